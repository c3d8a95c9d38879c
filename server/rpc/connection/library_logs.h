// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_LIBRARY_LOGS_H_
#define SPIKED_SERVER_RPC_CONNECTION_LIBRARY_LOGS_H_

namespace spiked {

// Sends what gRPC and protobuf would write to stderr to our log instead, at
// most ten lines per second: a client can make them write a line per message.
// To be called before either is used; calling it again does nothing.
void RouteLibraryLogs();

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_LIBRARY_LOGS_H_
