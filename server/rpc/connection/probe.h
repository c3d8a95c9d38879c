// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_PROBE_H_
#define SPIKED_SERVER_RPC_CONNECTION_PROBE_H_

#include <chrono>
#include <string>

#include "absl/status/status.h"
#include "server/rpc/connection/tls.h"

namespace spiked {

// Asks the health service (grpc.health.v1) at an address, "host:port" or
// "unix:/path", whether the server serves. OK if it does. Error: UNAVAILABLE if
// it doesn't serve or doesn't answer; NOT_FOUND if a file of `tls` cannot be
// read. Blocks for up to `timeout`.
absl::Status Probe(const std::string& address,
                   std::chrono::duration<double> timeout,
                   const ClientTls& tls = {});

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_PROBE_H_
