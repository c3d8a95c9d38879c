// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_TOKEN_STORE_H_
#define SPIKED_SERVER_SECURITY_TOKEN_STORE_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/base/mutex.h"
#include "server/security/token_file.h"

namespace spiked {

// The currently valid tokens. Thread-safe.
class TokenStore {
 public:
  struct Owner {
    std::string tenant;
    Role role = Role::kUser;
  };

  // The owner of a token; nullopt if it is not valid. The time that it takes
  // tells something of the token's hash, which tells nothing of the tokens.
  std::optional<Owner> Find(const std::string& token) const;

  // Whether the tenant has any token.
  bool HasTenant(const std::string& tenant) const;

  // Replaces all tokens: removed tokens are refused from now on, but open
  // streams stay open.
  void Set(const std::vector<TokenEntry>& entries);

  // Reads the file and replaces all tokens, or keeps the old ones if it has a
  // mistake.
  absl::Status Load(const std::string& path);

 private:
  mutable Mutex mutex_;
  std::map<Sha256, Owner> owners_ ABSL_GUARDED_BY(mutex_);  // by hash
  std::set<std::string> tenants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TOKEN_STORE_H_
