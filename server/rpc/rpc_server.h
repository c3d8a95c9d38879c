// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_RPC_SERVER_H_
#define SPIKED_SERVER_RPC_RPC_SERVER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/session/session_registry.h"
#include "server/statistics/call_statistics.h"
#include "server/statistics/statistics.h"

namespace grpc {
class Server;
}

namespace spiked {

// The gRPC side of the daemon: the services of proto/spiked/v1, health and
// reflection, on one address. Thread-safe, but for Shutdown.
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
    CallStatistics* call_statistics;  // Start registers the methods
    Clock* clock;
  };

  // Listens and serves. UNAVAILABLE if the address can't be had.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(
      const Options& options, const ServerFacts& facts, const Parts& parts);

  // Shuts down without grace, if that was not done.
  ~RpcServer();

  // The port that was chosen; 1 for a Unix socket.
  int port() const { return port_; }

  // Health says NOT_SERVING, the registry takes no new sessions, and streams
  // end after their last message. Other calls are still answered.
  void SetDraining();

  // Takes no more calls, waits for those in progress, cancels what is left when
  // `grace` has passed, and returns when nothing is left.
  void Shutdown(std::chrono::milliseconds grace);

 private:
  struct Services;

  RpcServer(const Options& options, const ServerFacts& facts,
            const Parts& parts);
  bool Listen(const Options& options);

  const Parts parts_;
  std::unique_ptr<Services> services_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_RPC_SERVER_H_
