// SPDX-License-Identifier: Apache-2.0
//
// spiked_benchmark: measures and writes tables. README.md describes the
// benchmarks and their results.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/build/catalogue.h"
#include "tests/benchmark/core/core_benchmark.h"
#include "tests/benchmark/core/model_benchmarks.h"
#include "tests/benchmark/core/network_benchmarks.h"
#include "tests/benchmark/daemon/crowd_benchmark.h"
#include "tests/benchmark/daemon/daemon_benchmark.h"
#include "tests/benchmark/daemon/health_benchmark.h"
#include "tests/benchmark/daemon/lateness_benchmark.h"
#include "tests/benchmark/daemon/reader_process.h"
#include "tests/benchmark/daemon/round_trip_benchmark.h"
#include "tests/benchmark/daemon/sessions_benchmark.h"
#include "tests/benchmark/daemon/stream_benchmark.h"
#include "tests/benchmark/machine.h"

namespace spiked::benchmark {
namespace {

struct Entry {
  std::string name;
  std::function<absl::Status(const RunOptions&, std::vector<Measurement>*)> run;
};

std::vector<Entry> AllBenchmarks() {
  std::vector<Entry> all;
  for (const CoreBenchmark& benchmark : CoreBenchmarks()) {
    all.push_back(
        {benchmark.name, [&benchmark](const auto& options, auto* out) {
           return Run(benchmark, options, out);
         }});
  }
  all.push_back({"scaling", RunScaling});
  all.push_back({"idle", RunIdle});
  all.push_back({"build", RunBuild});
  for (const NeuronModel* model : NeuronModels()) {
    all.push_back({absl::StrCat("model_", model->info().name),
                   [model](const auto& options, auto* out) {
                     return RunModel(*model, options, out);
                   }});
  }
  for (const DaemonBenchmark& benchmark : DaemonBenchmarks()) {
    all.push_back(
        {benchmark.name, [&benchmark](const auto& options, auto* out) {
           return Run(benchmark, options, out);
         }});
  }
  all.push_back({"sessions", RunRealTimeSessions});
  all.push_back({"late", RunLateness});
  all.push_back({"crowd", RunCrowd});
  all.push_back({"health", RunHealth});
  all.push_back({"late_beside_long", RunLatenessBesideLong});
  all.push_back({"lockstep", RunLockstep});
  all.push_back({"reaction", RunReaction});
  all.push_back({"memory", RunDaemonMemory});
  all.push_back({"stream_throughput", RunStreamThroughput});
  all.push_back({"stream_bytes", RunStreamBytes});
  return all;
}

// True if `name` is the name of the entry or, if no entry has that name, its
// beginning.
bool Selects(const std::string& name, const Entry& entry,
             const std::vector<Entry>& entries) {
  const bool is_whole =
      std::any_of(entries.begin(), entries.end(),
                  [&](const Entry& e) { return e.name == name; });
  return is_whole ? entry.name == name : absl::StartsWith(entry.name, name);
}

// Keeps the entries that the names select; false if one of them selects
// nothing.
bool Select(const std::vector<std::string>& names,
            std::vector<Entry>* entries) {
  if (names.empty()) return true;
  std::vector<Entry> selected;
  for (const std::string& name : names) {
    const bool is_known = std::any_of(
        entries->begin(), entries->end(),
        [&](const Entry& e) { return absl::StartsWith(e.name, name); });
    if (!is_known) {
      std::cerr << "--filter: there is no benchmark " << name << "; there are:";
      for (const Entry& entry : *entries) std::cerr << " " << entry.name;
      std::cerr << "\n";
      return false;
    }
  }
  for (const Entry& entry : *entries) {
    const bool is_wanted =
        std::any_of(names.begin(), names.end(), [&](const std::string& name) {
          return Selects(name, entry, *entries);
        });
    if (is_wanted) selected.push_back(entry);
  }
  *entries = std::move(selected);
  return true;
}

int Main(int argc, char** argv) {
  // Options.
  CLI::App app("Measures the speed of spiked.");
  RunOptions options;
  options.daemon_path = SPIKED_DAEMON;
  std::string csv_path;
  std::vector<std::string> filter;
  bool no_bare = false;
  bool record = false;
  app.add_option("--csv", csv_path, "File for the results");
  app.add_option("--filter", filter,
                 "Only these benchmarks, by their names or the beginnings of "
                 "them; with commas between them")
      ->delimiter(',');
  app.add_option("--runs", options.runs, "Runs of each; the median counts")
      ->check(CLI::Range(1, 100));
  app.add_option("--threads", options.threads,
                 "Only with these numbers of threads")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024));
  auto* const model_s =
      app.add_option("--model-s", options.model_s,
                     "Model time of each in seconds, instead of its own")
          ->check(CLI::Range(0.001, 10000.0));
  app.add_option("--daemon", options.daemon_path, "The daemon's binary");
  auto* const without_bare =
      app.add_flag("--no-bare", no_bare, "Don't run the bare loops");
  app.add_flag("--record", record,
               "Write to tests/benchmark/results of the repository, too")
      ->excludes(model_s)
      ->excludes(without_bare);
  CLI11_PARSE(app, argc, argv);
  options.bare = !no_bare;

  // Run the selected benchmarks.
  std::vector<Entry> entries = AllBenchmarks();
  if (!Select(filter, &entries)) return 2;
  const Machine& machine = ThisMachine();
  std::cout << machine.cpu << "; " << machine.compiler << " " << machine.flags
            << "; " << machine.vector_target << "; " << machine.date
            << std::endl;
  PrintHeader(std::cout);
  std::vector<Measurement> results;
  int failures = 0;
  for (const Entry& entry : entries) {
    const absl::Status status = entry.run(options, &results);
    if (status.ok()) continue;
    std::cerr << entry.name << ": " << status << "\n";
    ++failures;
  }
  // Write the results.
  if (!csv_path.empty()) {
    std::ofstream csv(csv_path);
    WriteCsv(results, csv);
    if (!csv) {
      std::cerr << "cannot write " << csv_path << "\n";
      return 1;
    }
    std::cout << "results: " << csv_path << "\n";
  }
  if (record) {
    std::string path;
    const absl::Status status =
        Record(results, SPIKED_SOURCE_DIR "/tests/benchmark/results", &path);
    if (!status.ok()) {
      std::cerr << status << "\n";
      return 1;
    }
    std::cout << "recorded: " << path << "\n";
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace spiked::benchmark

int main(int argc, char** argv) {
  using spiked::benchmark::ReaderProcess;
  // A reader process, started by the benchmark itself.
  if (argc == 5 && std::string(argv[1]) == ReaderProcess::kOption) {
    return ReaderProcess::Main(argv[2], argv[3], argv[4]);
  }
  return spiked::benchmark::Main(argc, argv);
}
