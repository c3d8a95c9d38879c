// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_RPC_SERVER_H_
#define SPIKED_SERVER_RPC_RPC_SERVER_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/session/session_registry.h"
#include "server/statistics/call_statistics.h"
#include "server/statistics/statistics.h"

namespace spiked {

// The gRPC side of the daemon: the services of proto/spiked/v1, health and
// reflection, on one address. Thread-safe.
class RpcServer {
 public:
  struct Options {
    // "127.0.0.1:50051", "[::1]:0" (any free port) or "unix:/path".
    std::string listen_address = "127.0.0.1:50051";
    int max_receive_bytes = 16 << 20;
    // What messages and connections may use together before calls wait.
    int64_t buffer_bytes = int64_t{512} << 20;
  };

  // What GetServerInfo says of the daemon.
  struct ServerFacts {
    std::string version;
    std::string boot_id;
    int worker_count = 0;
  };

  // What the server works with; all of it outlives the server.
  struct Parts {
    SessionRegistry* registry;
    Statistics* statistics;
    CallStatistics* call_statistics;  // the methods are registered by Start
    Clock* clock;
  };

  // Listens and serves. UNAVAILABLE if the address can't be had.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(
      const Options& options, const ServerFacts& facts, const Parts& parts);

  // Shuts down without grace, if that was not done.
  virtual ~RpcServer() = default;

  // The port that was chosen; 1 for a Unix socket.
  virtual int port() const = 0;

  // Health says NOT_SERVING, the registry takes no new sessions, and streams
  // end after their last message. Calls are still answered.
  virtual void SetDraining() = 0;

  // Takes no more calls, waits for those in progress, cancels what is left when
  // `grace` has passed, and returns when nothing is left.
  virtual void Shutdown(std::chrono::milliseconds grace) = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_RPC_SERVER_H_
