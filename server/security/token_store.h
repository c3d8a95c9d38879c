// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_TOKEN_STORE_H_
#define SPIKED_SERVER_SECURITY_TOKEN_STORE_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/base/mutex.h"
#include "server/security/token_file.h"

namespace spiked {

// The tokens that are valid now. Thread-safe.
class TokenStore {
 public:
  struct Owner {
    std::string tenant;
    Role role = Role::kUser;
  };

  // Whose token it is; nothing if nobody's. Compares with every token, in a
  // time that tells nothing of them.
  std::optional<Owner> Find(const std::string& token) const;

  // Whether any token is the tenant's.
  bool HasTenant(const std::string& tenant) const;

  // Replaces all tokens: those that are gone are refused from now on. Streams
  // that are open stay open.
  void Set(std::vector<TokenEntry> entries);

  // Reads the file and replaces all tokens; leaves them as they were if it has
  // a mistake.
  absl::Status Load(const std::string& path);

 private:
  mutable Mutex mutex_;
  std::vector<TokenEntry> entries_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> tenants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TOKEN_STORE_H_
