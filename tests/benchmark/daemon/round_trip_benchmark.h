// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_ROUND_TRIP_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_ROUND_TRIP_BENCHMARK_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// One step of a LOCKSTEP session of 2,000 neurons, in one call with a stimulus
// and the spikes in its answer, beside a call that does nothing
// (GetServerInfo): microseconds as the client sees them.
absl::Status RunLockstep(const RunOptions& options,
                         std::vector<Measurement>* results);

// From the call that injects a spike as soon as possible to the arrival of the
// spike that it causes, on a stream with a window of 1 ms, of a real-time
// session at dt 1 ms: milliseconds, beside a call that does nothing.
absl::Status RunReaction(const RunOptions& options,
                         std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_ROUND_TRIP_BENCHMARK_H_
