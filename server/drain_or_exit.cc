// SPDX-License-Identifier: Apache-2.0

#include "server/drain_or_exit.h"

#include <time.h>
#include <unistd.h>

#include <future>

#include "server/base/log.h"

namespace spiked {

void DrainOrExit(const std::function<void()>& drain,
                 std::chrono::milliseconds limit, const sigset_t& signals) {
  auto drained = std::async(std::launch::async, drain);
  const auto give_up = std::chrono::steady_clock::now() + limit;
  while (drained.wait_for(std::chrono::seconds(0)) !=
         std::future_status::ready) {
    const timespec look_again = {.tv_sec = 0, .tv_nsec = 20'000'000};
    const int signal = sigtimedwait(&signals, nullptr, &look_again);
    if (signal > 0 && signal != SIGHUP) {
      Log(LogLevel::kWarning, "second signal: stopping at once");
      FlushLogAndExit(128 + signal);
    }
    if (std::chrono::steady_clock::now() > give_up) {
      Log(LogLevel::kError, "a call did not end: giving up");
      FlushLogAndExit(kDrainHungExitCode);
    }
  }
}

}  // namespace spiked
