// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_CALLER_H_
#define SPIKED_SERVER_SECURITY_CALLER_H_

#include <memory>

#include "server/security/tenant.h"

namespace spiked {

// The tenant for which a call is made, and the call's rights. Handlers get it
// from RpcEnvironment::For. A default-constructed Caller has no tenant and
// finds no session of one.
struct Caller {
  std::shared_ptr<Tenant> tenant;
  bool admin = false;
  // Whether the call showed a valid token; false on a server without tokens.
  bool authenticated = false;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_CALLER_H_
