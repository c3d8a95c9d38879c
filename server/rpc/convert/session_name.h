// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONVERT_SESSION_NAME_H_
#define SPIKED_SERVER_RPC_CONVERT_SESSION_NAME_H_

#include <string>

#include "core/spec/violations.h"
#include "server/security/caller.h"

namespace spiked {

// Returns "sessions/{id}".
std::string SessionName(const std::string& id);

// Returns the key (session_key.h) of the caller's session of this name, which a
// request gives in `field`; empty, with a violation, if the name is malformed.
// Every name from a client becomes a key here, so a call never reaches another
// tenant's session.
std::string ParseSessionName(const Caller& caller, const std::string& name,
                             const std::string& field, Violations* violations);

// The session that a request means.
struct SessionTarget {
  std::string name;                 // "sessions/{id}"
  std::string incarnation_id = {};  // that it must have; empty: any
  std::string name_field = "session";
};

// The session that a request names in `name` or `session`. Every request that
// names one has expected_incarnation_id; without it this does not compile.
template <typename Request>
SessionTarget TargetOf(const Request& request) {
  if constexpr (requires { request.session(); }) {
    return {request.session(), request.expected_incarnation_id()};
  } else {
    return {request.name(), request.expected_incarnation_id(), "name"};
  }
}

// As ParseSessionName, and checks the form of the incarnation.
std::string ParseTarget(const Caller& caller, const SessionTarget& target,
                        Violations* violations);

// The key of a caller's session by its id.
std::string KeyFor(const Caller& caller, const std::string& id);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_SESSION_NAME_H_
