// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_CORE_NETWORK_BENCHMARKS_H_
#define SPIKED_TESTS_BENCHMARK_CORE_NETWORK_BENCHMARKS_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// The time of a synaptic event as networks grow: w4 with a tenth, all and four
// times its neurons, each with 1,000 + 250 inputs, on one thread.
absl::Status RunScaling(const RunOptions& options,
                        std::vector<Measurement>* results);

// The time of a step of the core in which nothing happens.
absl::Status RunIdle(const RunOptions& options,
                     std::vector<Measurement>* results);

// The time and memory of building the largest network.
absl::Status RunBuild(const RunOptions& options,
                      std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_CORE_NETWORK_BENCHMARKS_H_
