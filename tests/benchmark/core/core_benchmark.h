// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_CORE_CORE_BENCHMARK_H_
#define SPIKED_TESTS_BENCHMARK_CORE_CORE_BENCHMARK_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/benchmark/bare/bare.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// Options of the command line.
struct RunOptions {
  int runs = 5;
  std::vector<int> threads;  // empty: as the benchmark says
  double model_s = 0;        // 0: as the benchmark says
  bool bare = true;
  std::string daemon_path;
};

// A benchmark of a network file that the core steps without a daemon.
struct CoreBenchmark {
  std::string name;
  std::string network_file;  // from the root of the repository
  double model_s;
  double warm_up_s;            // before the timed part
  std::map<int, double> bars;  // real-time factor, by thread count
  BareResult (*bare)(const BareOptions&);
  // Expected rates: one for all neurons, or one for each population.
  std::vector<double> rates_hz;
  double rate_tolerance;  // relative
};

// The benchmarks w1 to w5, described in README.md.
const std::vector<CoreBenchmark>& CoreBenchmarks();

// Runs the core and the bare loop in turn, several times from step 0, with each
// number of threads; only the loops are timed. Appends one measurement for each
// number of threads. FAILED_PRECONDITION if two runs, with the same or
// different numbers of threads, differ in a bit of the state, or if rates
// differ from the expected ones.
absl::Status Run(const CoreBenchmark& benchmark, const RunOptions& options,
                 std::vector<Measurement>* results);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_CORE_CORE_BENCHMARK_H_
