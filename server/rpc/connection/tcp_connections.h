// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_TCP_CONNECTIONS_H_
#define SPIKED_SERVER_RPC_CONNECTION_TCP_CONNECTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spiked {

// A TCP connection of this process, as the kernel sees it, because gRPC doesn't
// tell.
struct TcpConnection {
  std::string peer;            // as PlainPeer gives it
  uint16_t port = 0;           // this process's own
  int descriptor = -1;         // may be another's once the connection has ended
  int64_t received_bytes = 0;  // in all
  int64_t waiting_bytes = 0;   // of them, not yet read by this process
};

// All TCP connections. Looks at every descriptor: one to two microseconds each.
std::vector<TcpConnection> TcpConnections();

// Bytes that the connection with a client has received in all; `peer` as gRPC
// names it. Nullopt for Unix sockets and for connections that have ended.
std::optional<int64_t> ReceivedBytes(const std::string& peer);

// Ends a connection in both directions, at once, and drops what has not been
// read. Should its descriptor have passed to another client meanwhile, nothing
// happens.
void EndConnection(const TcpConnection& connection);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_TCP_CONNECTIONS_H_
