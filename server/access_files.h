// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_ACCESS_FILES_H_
#define SPIKED_SERVER_ACCESS_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "server/base/mutex.h"
#include "server/security/tenants.h"
#include "server/security/token_store.h"

namespace spiked {

// The token file (who may call) and the quota file (what tenants may use), with
// their current contents. Thread-safe.
class AccessFiles {
 public:
  // An empty path means that there is no such file. `tenants` gets the quotas
  // and outlives this.
  AccessFiles(std::string token_path, std::string quota_path, Tenants* tenants);

  // Reads both files at the start. Error: a file is missing or has a mistake.
  absl::Status Load();

  // Reload reads both files again, ReloadIfChanged those that have changed. A
  // file with a mistake is logged and changes nothing.
  void Reload();
  void ReloadIfChanged();

  bool has_files() const {
    return !tokens_file_.path.empty() || !quotas_file_.path.empty();
  }
  // The tokens that calls need; null if none is needed.
  const TokenStore* tokens() const {
    return tokens_file_.path.empty() ? nullptr : &tokens_;
  }

 private:
  struct File {
    std::string path;
    std::string stamp;  // FileStamp at the last reading
  };
  // Whether the file must be read, because it has changed or `always`; updates
  // the stamp.
  static bool IsDue(bool always, File* file);
  absl::Status LoadTokens();
  absl::Status LoadQuotas();
  void Reload(bool always);

  Tenants* const tenants_;
  TokenStore tokens_;
  Mutex mutex_;  // held while files are read: one reload at a time
  File tokens_file_;
  File quotas_file_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_ACCESS_FILES_H_
