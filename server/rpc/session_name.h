// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SESSION_NAME_H_
#define SPIKED_SERVER_RPC_SESSION_NAME_H_

#include <string>

#include "core/violations.h"

namespace spiked {

// "sessions/{id}"
std::string SessionName(const std::string& id);

// The id in the name that a request gives in `field`; empty, with a violation,
// if the name is malformed.
std::string ParseSessionName(const std::string& name, const std::string& field,
                             Violations* violations);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SESSION_NAME_H_
