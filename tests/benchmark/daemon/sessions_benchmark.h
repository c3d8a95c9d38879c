// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_SESSIONS_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_SESSIONS_BENCHMARK_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// The number of small real-time sessions that one daemon keeps on time: 100
// neurons with 10 synapses each, dt 1 ms, without streams, at ticks of 1 and of
// 10 ms. The figure is the pace of the worst session, with the number of
// sessions that the bar asks for, then more until the worst is late. The bare
// figure is the pace of one session alone.
absl::Status RunRealTimeSessions(const RunOptions& options,
                                 std::vector<Measurement>* results);

// Memory of the daemon for an idle session and for an idle stream: the slope
// over a thousand of each.
absl::Status RunDaemonMemory(const RunOptions& options,
                             std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_SESSIONS_BENCHMARK_H_
