// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_SLEEP_LOOP_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_SLEEP_LOOP_H_

#include "server/statistics/histogram.h"

namespace spiked::benchmark {

// The least lateness of a thread on this machine: sleeps until each of the next
// milliseconds, for `seconds`, and adds the lateness of each waking to
// `lateness`.
void RunSleepLoop(double seconds, DurationHistogram* lateness);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_SLEEP_LOOP_H_
