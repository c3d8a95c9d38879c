// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_TLS_HANDSHAKE_H_
#define SPIKED_SERVER_RPC_CONNECTION_TLS_HANDSHAKE_H_

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "server/rpc/connection/tls.h"

namespace spiked {

// The reaction of a server to a client that shows a certificate.
enum class Handshake {
  kTaken,    // it begins to speak HTTP/2
  kRefused,  // it ends the connection
};

// Connects to "host:port" and shows the server's own certificate as that of a
// client; the other side's certificate is not checked. If the files show that
// the server will refuse it, closes the connection before the handshake
// instead, because each refused handshake is a line in the server's log. Error:
// UNAVAILABLE if the other side doesn't react in time; a connection alone
// proves nothing, because the system's queue accepts some for a dead listener
// too. Each wait for the other side blocks for up to `timeout`, a few times at
// most.
absl::StatusOr<Handshake> TryHandshake(const std::string& address,
                                       const TlsFiles& files,
                                       std::chrono::nanoseconds timeout);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_TLS_HANDSHAKE_H_
