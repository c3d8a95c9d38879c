// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_CALLER_H_
#define SPIKED_SERVER_SECURITY_CALLER_H_

#include <memory>

#include "server/security/tenant.h"

namespace spiked {

// On whose behalf a call is made, and what it may do. Handlers get it from
// RpcEnvironment::For; one that was made by itself finds no session of any
// tenant.
struct Caller {
  std::shared_ptr<Tenant> tenant;
  bool admin = false;
  // Whether callers are told apart: false on a server without tokens.
  bool authenticated = false;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_CALLER_H_
