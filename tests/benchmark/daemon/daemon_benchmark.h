// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_BENCHMARK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// A network file, stepped by a daemon of its own at full pace.
struct DaemonBenchmark {
  std::string name;
  std::string network_file;
  double model_s;  // of the core; sessions run for the same wall time
  double bar;      // speed of a session by that of the core, at least
};
const std::vector<DaemonBenchmark>& DaemonBenchmarks();

// Runs the core alone, a session and two sessions at once in turn, several
// times. Appends a measurement for one session, whose figure is its speed by
// that of the core, and one for two, whose figure is the sum of their speeds by
// that of one.
absl::Status Run(const DaemonBenchmark& benchmark, const RunOptions& options,
                 std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_BENCHMARK_H_
