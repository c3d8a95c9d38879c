// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_RECEIVED_BYTES_H_
#define SPIKED_SERVER_RPC_CONNECTION_RECEIVED_BYTES_H_

#include <cstdint>
#include <optional>
#include <string>

namespace spiked {

// Bytes that this process's TCP connection with a client has received in all,
// from the kernel, because gRPC doesn't tell. `peer` is the client as gRPC
// names it: "ipv4:127.0.0.1:50000", "ipv6:%5B::1%5D:50000". Nullopt for Unix
// sockets and for connections that have ended. Looks at every descriptor: some
// tenths of a microsecond for each.
std::optional<int64_t> ReceivedBytes(const std::string& peer);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_RECEIVED_BYTES_H_
