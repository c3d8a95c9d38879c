// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_DRAIN_OR_EXIT_H_
#define SPIKED_SERVER_DRAIN_OR_EXIT_H_

#include <signal.h>

#include <chrono>
#include <functional>

namespace spiked {

// What the process exits with when draining takes longer than its limit.
inline constexpr int kDrainHungExitCode = 70;

// Drains on another thread, because a call that doesn't end may block it for
// ever (gRPC 1.51). When the limit is over, the process exits all the same; at
// one of `signals` but SIGHUP it exits at once, with 128 and the signal.
// Requires: all threads block the signals.
void DrainOrExit(const std::function<void()>& drain,
                 std::chrono::milliseconds limit, const sigset_t& signals);

}  // namespace spiked

#endif  // SPIKED_SERVER_DRAIN_OR_EXIT_H_
