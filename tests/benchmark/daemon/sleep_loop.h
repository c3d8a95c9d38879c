// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_SLEEP_LOOP_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_SLEEP_LOOP_H_

#include "server/statistics/histogram.h"

namespace spiked::benchmark {

// The best that a thread of this machine can do: sleeps until each of the next
// milliseconds, for `seconds`, and adds how late it woke.
void RunSleepLoop(double seconds, DurationHistogram* lateness);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_SLEEP_LOOP_H_
