// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_RPC_SERVER_H_
#define SPIKED_SERVER_RPC_RPC_SERVER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/rpc/connection/tls.h"
#include "server/security/token_store.h"
#include "server/session/registry/session_registry.h"
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
  // When connections are looked after.
  struct ConnectionTimes {
    // A client that has said nothing for so long is asked whether it is there,
    std::chrono::milliseconds keepalive{20'000};
    // and its connection is closed if it doesn't answer in time.
    std::chrono::milliseconds keepalive_timeout{10'000};
    // A connection without a call is closed; gRPC's clients make a new one for
    // their next call.
    std::chrono::milliseconds max_idle{300'000};
  };

  struct Options {
    // "127.0.0.1:50051", "[::1]:0" (any free port) or "unix:/path".
    std::string listen_address = "127.0.0.1:50051";
    // More of them.
    std::vector<std::string> more_addresses = {};
    // Of all addresses but Unix sockets.
    TlsFiles tls = {};
    // The permissions of Unix sockets.
    int socket_mode = 0600;
    int max_receive_bytes = 16 << 20;
    // What messages and connections may use together. Beyond, gRPC ends calls
    // of anybody, so that it is to be more than anybody can use: half of it is
    // what the requests of a tenant may take.
    int64_t buffer_bytes = int64_t{512} << 20;
    ConnectionTimes times = {};
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
    // Who may call; null: everybody. With tokens there is no reflection, which
    // cannot ask for them.
    const TokenStore* tokens = nullptr;
    // DrainServer was called, once.
    std::function<void()> drain = nullptr;
  };

  // Listens and serves. UNAVAILABLE if an address can't be had,
  // INVALID_ARGUMENT if the TLS files are wrong.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(
      const Options& options, const ServerFacts& facts, const Parts& parts);

  // Shuts down without grace, if that was not done.
  ~RpcServer();

  // The port of listen_address that was chosen; 1 for a Unix socket.
  int port() const { return ports_.front(); }

  // All addresses, with the ports that were chosen.
  std::vector<std::string> addresses() const;

  // Health says NOT_SERVING, and the registry takes no new sessions. All else
  // goes on.
  void RefuseNewSessions();

  // And streams end after their last message. Other calls are still answered.
  void SetDraining();

  // Takes no more calls, waits for those in progress, cancels what is left when
  // `grace` has passed, and returns when nothing is left.
  void Shutdown(std::chrono::milliseconds grace);

 private:
  struct Services;

  RpcServer(const Options& options, const ServerFacts& facts,
            const Parts& parts);
  bool Listen();

  const Options options_;
  const Parts parts_;
  std::unique_ptr<Services> services_;
  std::vector<int> ports_;  // [addresses]
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_RPC_SERVER_H_
