// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_LATENESS_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_LATENESS_BENCHMARK_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// The lateness of the ticks of one real-time session of 2,000 neurons, in
// microseconds: alone, and while ten clients stream its spikes, of which one
// has stopped reading. The bare figure is the lateness of a thread that only
// sleeps until the same times.
absl::Status RunLateness(const RunOptions& options,
                         std::vector<Measurement>* results);

// The lateness of the ticks of a session of 100 neurons, beside a session at
// full pace whose steps take many milliseconds, on one thread and on two. The
// bare figure is the lateness of the session alone, in the same run.
absl::Status RunLatenessBesideLong(const RunOptions& options,
                                   std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_LATENESS_BENCHMARK_H_
