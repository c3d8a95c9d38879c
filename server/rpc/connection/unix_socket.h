// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_UNIX_SOCKET_H_
#define SPIKED_SERVER_RPC_CONNECTION_UNIX_SOCKET_H_

#include <string>

#include "absl/status/status.h"

namespace spiked {

// The path in "unix:/path"; empty for other addresses.
std::string UnixPathOf(const std::string& address);

// Prepares the path of a Unix socket for listening: removes a socket that a
// dead process has left. (gRPC would also remove one in use.) Errors:
// UNAVAILABLE if a process listens on it, FAILED_PRECONDITION if the path is
// another kind of file or too long.
absl::Status PrepareUnixSocket(const std::string& path);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_UNIX_SOCKET_H_
