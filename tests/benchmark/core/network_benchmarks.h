// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_CORE_NETWORK_BENCHMARKS_H_
#define SPIKED_TESTS_BENCHMARK_CORE_NETWORK_BENCHMARKS_H_

#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// What a synaptic event costs as networks grow: w4 with a tenth, all and four
// times its neurons, each with 1,000 + 250 inputs, on one thread.
absl::Status RunScaling(const RunOptions& options,
                        std::vector<Measurement>* results);

// What a step of a session costs in which nothing happens.
absl::Status RunIdle(const RunOptions& options,
                     std::vector<Measurement>* results);

// How long the largest network takes to build, and how much memory.
absl::Status RunBuild(const RunOptions& options,
                      std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_CORE_NETWORK_BENCHMARKS_H_
