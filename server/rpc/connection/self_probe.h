// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_SELF_PROBE_H_
#define SPIKED_SERVER_RPC_CONNECTION_SELF_PROBE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/base/periodic.h"
#include "server/rpc/connection/listener_verdict.h"
#include "server/rpc/connection/own_listener.h"
#include "server/rpc/connection/tls.h"
#include "server/statistics/statistics.h"

namespace spiked {

// Connects to the server's own listeners periodically. A listener of gRPC 1.51
// that once ran out of file descriptors never accepts again, and the process
// has no other way to find out; it had better exit and be restarted. A listener
// that is slow is measured and logged, and nothing more (ListenerVerdict).
class SelfProbe {
 public:
  struct Options {
    std::vector<std::string> addresses;  // "127.0.0.1:50051", "unix:/path"
    TlsFiles tls;                        // of TCP addresses
    std::chrono::nanoseconds period{2'000'000'000};
  };

  // Probes each address once, so that there is a connection to compare later
  // ones with, then begins a thread that does so in every period. An answer may
  // take three quarters of a period, or one second if that is longer.
  //
  // `progress` gives a number that grows with everything that calls do.
  // `on_dead` is called with the reason, on the probe's own thread, when a
  // listener is dead, and after each further try.
  SelfProbe(const Options& options, Statistics* statistics,
            std::function<int64_t()> progress,
            std::function<void(const std::string&)> on_dead);

 private:
  struct Probed {
    OwnListener listener;
    ListenerVerdict verdict;
    int64_t answer_nanos = 0;  // of the last answer, or waited for one
  };

  void ProbeIfDue();
  void ProbeAll();
  void Probe(Probed* probed);
  void LogMiss(const Probed& probed, const ListenerTry& tried);

  const int64_t period_nanos_;
  Statistics* const statistics_;
  const std::function<int64_t()> progress_;
  const std::function<void(const std::string&)> on_dead_;
  std::vector<Probed> probed_;
  SteadyClock clock_;
  int64_t due_nanos_ = 0;
  int64_t log_from_nanos_ = 0;
  std::optional<Periodic> periodic_;  // last: uses all other members
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_SELF_PROBE_H_
