// SPDX-License-Identifier: Apache-2.0
//
// spiked_benchmark: measures and writes results.csv. What each benchmark is and
// what came out stands in README.md.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "tests/benchmark/core_benchmark.h"

namespace spiked::benchmark {
namespace {

const std::vector<CoreBenchmark>& CoreBenchmarks() {
  static const auto* const benchmarks = new std::vector<CoreBenchmark>{
      {"w2", "clients/networks/columnar.yaml", 20},
  };
  return *benchmarks;
}

bool IsKnown(const std::string& name) {
  return std::any_of(
      CoreBenchmarks().begin(), CoreBenchmarks().end(),
      [&name](const CoreBenchmark& known) { return known.name == name; });
}

int Main(int argc, char** argv) {
  CLI::App app("Measures the speed of spiked.");
  std::string csv_path = "results.csv";
  std::string filter;
  int runs = 5;
  app.add_option("--csv", csv_path, "File for the results");
  app.add_option("--filter", filter, "Only the benchmark with this name");
  app.add_option("--runs", runs, "Runs of each; the median counts")
      ->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);

  if (!filter.empty() && !IsKnown(filter)) {
    std::cerr << "--filter: there is no benchmark " << filter << "; there are:";
    for (const CoreBenchmark& known : CoreBenchmarks()) {
      std::cerr << " " << known.name;
    }
    std::cerr << "\n";
    return 2;
  }
  std::ofstream csv(csv_path);
  if (!csv) {
    std::cerr << "cannot write " << csv_path << "\n";
    return 1;
  }
  WriteCsvHeader(csv);
  for (const CoreBenchmark& benchmark : CoreBenchmarks()) {
    if (!filter.empty() && filter != benchmark.name) continue;
    const auto measurement = Run(benchmark, runs);
    if (!measurement.ok()) {
      std::cerr << measurement.status() << "\n";
      return 1;
    }
    Print(*measurement, std::cout);
    WriteCsvRow(*measurement, csv);
  }
  std::cout << "results: " << csv_path << "\n";
  return 0;
}

}  // namespace
}  // namespace spiked::benchmark

int main(int argc, char** argv) { return spiked::benchmark::Main(argc, argv); }
