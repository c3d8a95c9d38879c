// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_LIBRARY_LOGS_H_
#define SPIKED_SERVER_RPC_CONNECTION_LIBRARY_LOGS_H_

namespace spiked {

// Sends the messages that gRPC and protobuf would write to stderr to the
// server's log instead, at most ten lines per second, because a client can
// cause a line per message. Call it before either library is used; later calls
// do nothing.
void RouteLibraryLogs();

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_LIBRARY_LOGS_H_
