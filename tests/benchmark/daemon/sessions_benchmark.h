// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_SESSIONS_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_SESSIONS_BENCHMARK_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// How many small real-time sessions one daemon keeps on time: 100 neurons with
// 10 synapses each, dt 1 ms, without streams, at ticks of 1 and of 10 ms. The
// figure is the pace of the worst session; for each tick as many sessions as
// the bar asks for, then more until the worst is late. The time of one session
// alone, times their number, stands beside it.
absl::Status RunRealTimeSessions(const RunOptions& options,
                                 std::vector<Measurement>* results);

// What an idle session and an idle stream take of the daemon's memory: the
// slope over a thousand of them.
absl::Status RunDaemonMemory(const RunOptions& options,
                             std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_SESSIONS_BENCHMARK_H_
