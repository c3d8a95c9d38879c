// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_TLS_HANDSHAKE_H_
#define SPIKED_SERVER_RPC_CONNECTION_TLS_HANDSHAKE_H_

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "server/rpc/connection/tls.h"

namespace spiked {

// What a server does with a client that shows a certificate.
enum class Handshake {
  kTaken,    // it begins to speak HTTP/2
  kRefused,  // it ends the connection
};

// Connects to "host:port", whoever that is, and shows the server's certificate
// as a client's. If its own files say that it will be refused, hangs up
// instead: each refusal is a line in the server's log. UNAVAILABLE if nobody
// does anything in time: a listener that is dead takes connections, too, as far
// as the system's queue goes. Blocks for up to `timeout` whenever it waits for
// the other side, which is a few times at most.
absl::StatusOr<Handshake> TryHandshake(const std::string& address,
                                       const TlsFiles& files,
                                       std::chrono::nanoseconds timeout);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_TLS_HANDSHAKE_H_
