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

// The key of a caller's session by its id.
std::string KeyFor(const Caller& caller, const std::string& id);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_SESSION_NAME_H_
