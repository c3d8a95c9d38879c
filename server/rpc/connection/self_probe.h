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

// Connects to the server's own listeners periodically. A listener of gRPC 1.51
// that once ran out of file descriptors never accepts again, and the process
// has no other way to find out; it had better exit and be restarted.
//
// The probe calls the health service, with TLS where the listener has it, and
// accepts any server certificate. Where clients must show a certificate, the
// probe shows the server's own. If the server's authorities don't accept that
// one from clients, it is enough that the listener accepts the connection and
// then ends it.
class SelfProbe {
 public:
  struct Options {
    std::vector<std::string> addresses;  // "127.0.0.1:50051", "unix:/path"
    TlsFiles tls;                        // of TCP addresses
    std::chrono::nanoseconds period{2'000'000'000};
  };
  static constexpr int kMaxMisses = 3;

  // Calls `on_dead` with the reason, on the probe's own thread, each time an
  // address has missed kMaxMisses probes in a row. An answer may take three
  // quarters of a period, or one second if that is longer.
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
  Periodic periodic_;  // last: uses all other members
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_SELF_PROBE_H_
