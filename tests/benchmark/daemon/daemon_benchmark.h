// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_BENCHMARK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// A benchmark of a network file that a daemon steps at full pace.
struct DaemonBenchmark {
  std::string name;
  std::string network_file;
  double model_s;  // for the core; sessions run for the same time
  double bar;      // least speed of a session by the core's
};
const std::vector<DaemonBenchmark>& DaemonBenchmarks();

// Runs the core alone, a session and two sessions at once in turn, several
// times. Appends two measurements: the speed of one session divided by the
// core's, and the sum of the speeds of two sessions divided by the speed of
// one.
absl::Status Run(const DaemonBenchmark& benchmark, const RunOptions& options,
                 std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_BENCHMARK_H_
