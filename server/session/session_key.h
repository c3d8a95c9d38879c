// SPDX-License-Identifier: Apache-2.0
//
// Sessions are kept by key: "tenant/id", or "id" for the only tenant of a
// server without tokens. Clients see ids alone. The ids of a tenant are next to
// each other in the order of the keys, because neither part has a '/'.

#ifndef SPIKED_SERVER_SESSION_SESSION_KEY_H_
#define SPIKED_SERVER_SESSION_SESSION_KEY_H_

#include <string>

namespace spiked {

inline std::string SessionKey(const std::string& tenant,
                              const std::string& id) {
  return tenant.empty() ? id : tenant + "/" + id;
}

inline std::string IdOf(const std::string& key) {
  return key.substr(key.find('/') + 1);  // npos + 1 is 0
}

inline std::string TenantOf(const std::string& key) {
  const size_t slash = key.find('/');
  return slash == std::string::npos ? "" : key.substr(0, slash);
}

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_KEY_H_
