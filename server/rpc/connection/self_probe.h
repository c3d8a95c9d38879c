// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_SELF_PROBE_H_
#define SPIKED_SERVER_RPC_CONNECTION_SELF_PROBE_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/base/periodic.h"
#include "server/rpc/connection/tls.h"
#include "server/statistics/statistics.h"

namespace spiked {

// Connects to one's own listeners, again and again. A listener of gRPC 1.51
// that once ran out of file descriptors never accepts again, and nothing inside
// of the process tells so: better to end and be started anew.
//
// The health service is asked, with TLS too, whatever the certificate. Where
// clients must show certificates, the server shows its own; if it is one that
// it does not take from clients, that the connection is taken and ended has to
// do.
class SelfProbe {
 public:
  struct Options {
    std::vector<std::string> addresses;  // "127.0.0.1:50051", "unix:/path"
    TlsFiles tls;                        // of addresses that are no sockets
    std::chrono::nanoseconds period{2'000'000'000};
  };
  static constexpr int kMaxMisses = 3;

  // Calls `on_dead` with the reason, on a thread of the probe's own, each time
  // that an address has missed kMaxMisses probes in a row. An answer may take
  // as long as three quarters of a period, and a second at least.
  SelfProbe(Options options, Statistics* statistics,
            std::function<void(const std::string&)> on_dead);

 private:
  void ProbeIfDue();
  absl::Status ProbeOne(const std::string& address) const;
  std::chrono::nanoseconds timeout() const {
    return std::max<std::chrono::nanoseconds>(options_.period / 4 * 3,
                                              std::chrono::seconds(1));
  }

  const Options options_;
  Statistics* const statistics_;
  const std::function<void(const std::string&)> on_dead_;
  std::vector<int> misses_;  // [addresses]
  SteadyClock clock_;
  int64_t due_nanos_;
  Periodic periodic_;  // last: it uses the rest
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_SELF_PROBE_H_
