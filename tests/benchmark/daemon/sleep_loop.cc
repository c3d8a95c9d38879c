// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/sleep_loop.h"

#include <sys/prctl.h>
#include <time.h>

#include <thread>

namespace spiked::benchmark {
namespace {

constexpr int64_t kPeriodNanos = 1'000'000;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

int64_t NowNanos() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNanosPerSecond + now.tv_nsec;
}

}  // namespace

void RunSleepLoop(double seconds, DurationHistogram* lateness) {
  // A thread of its own, since timer slack is set for one thread.
  std::thread([seconds, lateness] {
    prctl(PR_SET_TIMERSLACK, 1);
    int64_t due = NowNanos();
    for (int i = 0; i < static_cast<int>(seconds * 1000); ++i) {
      due += kPeriodNanos;
      const timespec until = {.tv_sec = due / kNanosPerSecond,
                              .tv_nsec = due % kNanosPerSecond};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
      lateness->Add(NowNanos() - due);
    }
  }).join();
}

}  // namespace spiked::benchmark
