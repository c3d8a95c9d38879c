// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_ACCESS_FILES_H_
#define SPIKED_SERVER_ACCESS_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "server/base/mutex.h"
#include "server/security/tenants.h"
#include "server/security/token_store.h"

namespace spiked {

// The files that say who may call and what tenants may use, as they are now.
// Thread-safe.
class AccessFiles {
 public:
  // Empty paths: there is no such file.
  AccessFiles(std::string token_path, std::string quota_path, Tenants* tenants);

  // Reads both, at the start.
  absl::Status Load();

  // Reads both again, or those that have changed. A file with a mistake changes
  // nothing, and is logged.
  void Reload();
  void ReloadIfChanged();

  bool has_files() const {
    return !tokens_file_.path.empty() || !quotas_file_.path.empty();
  }
  // Null: tokens are not asked for.
  const TokenStore* tokens() const {
    return tokens_file_.path.empty() ? nullptr : &tokens_;
  }

 private:
  struct File {
    std::string path;
    std::string stamp;  // when it was last read
  };
  // Whether it is to be read; takes note of its stamp.
  static bool IsDue(bool always, File* file);
  absl::Status LoadTokens();
  absl::Status LoadQuotas();
  void Reload(bool always);

  Tenants* const tenants_;
  TokenStore tokens_;
  Mutex mutex_;  // one reload at a time
  File tokens_file_;
  File quotas_file_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_ACCESS_FILES_H_
