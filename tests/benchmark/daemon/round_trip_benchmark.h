// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_ROUND_TRIP_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_ROUND_TRIP_BENCHMARK_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// The time of one step of a LOCKSTEP session of 2,000 neurons, in microseconds
// as the client measures it: a call with a stimulus, and the spikes in its
// answer. The bare figure is a call that does nothing (GetServerInfo).
absl::Status RunLockstep(const RunOptions& options,
                         std::vector<Measurement>* results);

// The time from the call that injects a spike to the arrival of the spike that
// it causes, in milliseconds, on a stream with a window of 1 ms of a real-time
// session at dt 1 ms. The bare figure is a call that does nothing.
absl::Status RunReaction(const RunOptions& options,
                         std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_ROUND_TRIP_BENCHMARK_H_
