// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_CORE_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_CORE_BENCHMARK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// A network file, stepped by the core alone on one thread.
struct CoreBenchmark {
  std::string name;
  std::string network_file;  // from the root of the repository
  double model_s;
};

// Runs the network several times from step 0 and measures the simulation loop;
// building isn't counted. FAILED_PRECONDITION if two runs differ in a bit.
absl::StatusOr<Measurement> Run(const CoreBenchmark& benchmark, int runs);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_CORE_BENCHMARK_H_
