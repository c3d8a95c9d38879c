// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_DRAIN_OR_EXIT_H_
#define SPIKED_SERVER_DRAIN_OR_EXIT_H_

#include <signal.h>

#include <chrono>
#include <functional>

namespace spiked {

// The exit code of the process when draining takes longer than its limit.
inline constexpr int kDrainHungExitCode = 70;

// Runs `drain` on another thread, because a call that doesn't end may block it
// without end (gRPC 1.51). When `limit` is over, the process exits with
// kDrainHungExitCode. At one of `signals` other than SIGHUP it exits at once,
// with 128 + the signal's number. Requires: all threads block the signals.
void DrainOrExit(const std::function<void()>& drain,
                 std::chrono::milliseconds limit, const sigset_t& signals);

}  // namespace spiked

#endif  // SPIKED_SERVER_DRAIN_OR_EXIT_H_
