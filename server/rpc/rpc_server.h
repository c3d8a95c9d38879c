// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_RPC_SERVER_H_
#define SPIKED_SERVER_RPC_RPC_SERVER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/periodic.h"
#include "server/rpc/connection/tls.h"
#include "server/security/token_store.h"
#include "server/session/registry/session_builder.h"
#include "server/session/registry/session_editor.h"
#include "server/session/registry/session_registry.h"
#include "server/statistics/call_statistics.h"
#include "server/statistics/statistics.h"

namespace grpc {
class Server;
}

namespace spiked {

// The gRPC server of the daemon: the services of proto/spiked/v1, health and
// reflection, on one or more addresses. Thread-safe, except for Shutdown.
class RpcServer {
 public:
  // Times for keeping and closing connections.
  struct ConnectionTimes {
    // The time without data from a client after which the server pings it.
    std::chrono::milliseconds keepalive{20'000};
    // The time for the answer, after which the connection is closed.
    std::chrono::milliseconds keepalive_timeout{10'000};
    // The time after which a connection without calls is closed; gRPC's clients
    // open a new one for their next call.
    std::chrono::milliseconds max_idle{300'000};
  };

  struct Options {
    // "127.0.0.1:50051", "[::1]:0" (any free port) or "unix:/path".
    std::string listen_address = "127.0.0.1:50051";
    // Further addresses.
    std::vector<std::string> more_addresses = {};
    // For all addresses except Unix sockets.
    TlsFiles tls = {};
    // The permissions of Unix sockets.
    int socket_mode = 0600;
    int max_receive_bytes = 16 << 20;
    // The memory that messages and connections may use together. When it is
    // used up, gRPC ends calls of any tenant, so it must be more than one
    // tenant can use: the requests of one tenant may take up to half of the
    // default.
    int64_t buffer_bytes = int64_t{512} << 20;
    // When the process takes more than this, requests on their way may take
    // `transit_bytes` together: connections with more of them are ended.
    int64_t process_bytes = std::numeric_limits<int64_t>::max();
    int64_t transit_bytes = 0;
    ConnectionTimes times = {};
  };

  // Constant facts about the daemon for GetServerInfo.
  struct ServerFacts {
    std::string version;
    std::string boot_id;
    int worker_count = 0;
  };

  // Objects that the server uses; they outlive it.
  struct Parts {
    SessionRegistry* registry;
    SessionBuilder* builder;
    SessionEditor* editor;
    Statistics* statistics;
    CallStatistics* call_statistics;  // Start registers the methods
    Clock* clock;
    // The valid tokens; null: calls need none. With tokens there is no
    // reflection, which cannot check them.
    const TokenStore* tokens = nullptr;
    // Called at the first call of DrainServer only.
    std::function<void()> drain = nullptr;
  };

  // Listens and serves. Errors: UNAVAILABLE if an address is in use or not this
  // machine's, FAILED_PRECONDITION if the path of a Unix socket can't be used,
  // INVALID_ARGUMENT or NOT_FOUND if the TLS files are wrong.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(
      const Options& options, const ServerFacts& facts, const Parts& parts);

  // Shuts down without grace, unless Shutdown was called.
  ~RpcServer();

  // The port of listen_address in use; 1 for a Unix socket.
  int port() const { return ports_.front(); }

  // All addresses, with the ports in use.
  std::vector<std::string> addresses() const;

  // Sets health to NOT_SERVING and makes the registry refuse new sessions. All
  // else continues.
  void RefuseNewSessions();

  // Does as RefuseNewSessions and ends streams after their last message. Other
  // calls are still answered.
  void SetDraining();

  // Takes no more calls, waits for those in progress, cancels the rest when
  // `grace` has passed, and returns when all have ended.
  void Shutdown(std::chrono::milliseconds grace);

 private:
  struct Services;

  RpcServer(const Options& options, const ServerFacts& facts,
            const Parts& parts);
  bool Listen();
  void GuardTransit();

  const Options options_;
  const Parts parts_;
  std::unique_ptr<Services> services_;
  std::vector<int> ports_;  // [addresses]
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Periodic> give_back_;
  std::unique_ptr<Periodic> guard_transit_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_RPC_SERVER_H_
