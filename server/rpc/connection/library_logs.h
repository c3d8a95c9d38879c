// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_LIBRARY_LOGS_H_
#define SPIKED_SERVER_RPC_CONNECTION_LIBRARY_LOGS_H_

#include <string>

namespace spiked {

// Sends the messages that gRPC and protobuf would write to stderr to the
// server's log instead, at most ten lines per second, because a client can
// cause a line per message. Call it before either library is used; later calls
// do nothing.
void RouteLibraryLogs();

// Holds back what gRPC says while it exists, so that a failure which the caller
// tells in its own words is one line. One at a time.
class HeldLibraryLogs {
 public:
  HeldLibraryLogs();
  // Logs what was held, and not taken.
  ~HeldLibraryLogs();
  HeldLibraryLogs(const HeldLibraryLogs&) = delete;
  HeldLibraryLogs& operator=(const HeldLibraryLogs&) = delete;

  // Takes what was held; returns the error of the system that is in it, such as
  // "Address already in use", or "".
  std::string TakeSystemError();
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_LIBRARY_LOGS_H_
