// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/core/core_benchmark.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/benchmark/core/core_stepper.h"
#include "tests/support/network_file.h"

namespace spiked::benchmark {
namespace {

// Returns an error if rates differ from the expected rates of the benchmark.
// `who` names the program that was measured.
absl::Status CheckRates(const CoreBenchmark& benchmark, const std::string& who,
                        double mean_hz, const std::vector<double>& rates_hz) {
  const std::vector<double>& expected = benchmark.rates_hz;
  const std::vector<double> mean = {mean_hz};
  const std::vector<double>& rates = expected.size() == 1 ? mean : rates_hz;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (i >= rates.size() ||
        !(std::abs(rates[i] / expected[i] - 1) <= benchmark.rate_tolerance)) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "%s: rate %d of %s is %.3f Hz, which is not %.3f within %.0f %%",
          benchmark.name, i, who, i < rates.size() ? rates[i] : 0, expected[i],
          100 * benchmark.rate_tolerance));
    }
  }
  return absl::OkStatus();
}

std::string RatesText(const std::vector<double>& rates_hz) {
  std::string text = "rates";
  for (const double rate : rates_hz)
    absl::StrAppendFormat(&text, " %.3f", rate);
  return text;
}

// One benchmark with one number of threads.
class Runner {
 public:
  Runner(const CoreBenchmark& benchmark, const RunOptions& options, int threads)
      : benchmark_(benchmark), options_(options) {
    m_.benchmark = benchmark.name;
    m_.threads = threads;
    m_.unit = "real-time factor";
    m_.model_s = options.model_s > 0 ? options.model_s : benchmark.model_s;
    const auto bar = benchmark.bars.find(threads);
    if (bar != benchmark.bars.end()) m_.bar = Bar{bar->second};
  }

  absl::StatusOr<Measurement> Run() {
    if (auto status = Build(); !status.ok()) return status;
    for (int run = 0; run < options_.runs; ++run) {
      if (auto status = RunCore(); !status.ok()) return status;
      if (!options_.bare) continue;
      if (auto status = RunBare(); !status.ok()) return status;
    }
    m_.synaptic_events_per_s =
        synaptic_events_ / (m_.figure.Median() * m_.model_s);
    return m_;
  }

 private:
  absl::Status Build() {
    const auto spec = testing::ReadNetworkSpec(benchmark_.network_file);
    if (!spec.ok()) return spec.status();
    dt_ms_ = spec->dt_ms;
    auto stepper = CoreStepper::Build(*spec, m_.threads, &m_);
    if (!stepper.ok()) return stepper.status();
    stepper_ = *std::move(stepper);
    return absl::OkStatus();
  }

  absl::Status RunCore() {
    stepper_->Restart();
    stepper_->Run(Steps(benchmark_.warm_up_s));
    stepper_->ClearCounts();
    const double begin = Now();
    stepper_->Run(Steps(m_.model_s));
    m_.figure.runs.push_back((Now() - begin) / m_.model_s);
    const std::string hash =
        absl::StrCat(absl::Hex(stepper_->Hash(), absl::kZeroPad16));
    if (m_.figure.runs.size() > 1) {
      if (hash == m_.hash) return absl::OkStatus();
      return absl::FailedPreconditionError(absl::StrCat(
          m_.benchmark, ": two runs with one seed differ: ", m_.hash, ", ",
          hash));
    }
    m_.hash = hash;
    return CheckActivity(stepper_->CountSpikes());
  }

  absl::Status CheckActivity(const Activity& activity) {
    m_.spikes = activity.spikes;
    synaptic_events_ = activity.synaptic_events;
    const std::vector<int64_t> sizes = stepper_->PopulationSizes();
    std::vector<double> rates_hz;
    for (size_t i = 0; i < sizes.size(); ++i) {
      rates_hz.push_back(static_cast<double>(activity.by_population[i]) /
                         static_cast<double>(sizes[i]) / m_.model_s);
    }
    if (sizes.size() > 1) m_.note = RatesText(rates_hz);
    if (!HasUsualLength()) return absl::OkStatus();
    return CheckRates(benchmark_, "spiked", MeanHz(activity.spikes), rates_hz);
  }

  absl::Status RunBare() {
    const BareResult bare =
        benchmark_.bare({.threads = m_.threads,
                         .model_s = m_.model_s,
                         .warm_up_s = benchmark_.warm_up_s});
    m_.bare.runs.push_back(bare.wall_s / m_.model_s);
    if (!HasUsualLength()) return absl::OkStatus();
    return CheckRates(benchmark_, "the bare loop", MeanHz(bare.spikes),
                      bare.rates_hz);
  }

  int64_t Steps(double seconds) const {
    return std::llround(seconds * 1000 / dt_ms_);
  }
  double MeanHz(int64_t spikes) const {
    return static_cast<double>(spikes) / static_cast<double>(m_.neurons) /
           m_.model_s;
  }
  // Rates are checked only in runs of at least the usual length; shorter runs
  // have other rates.
  bool HasUsualLength() const { return m_.model_s >= benchmark_.model_s; }

  const CoreBenchmark& benchmark_;
  const RunOptions& options_;
  std::unique_ptr<CoreStepper> stepper_;
  double dt_ms_ = 0;
  double synaptic_events_ = 0;  // in one run
  Measurement m_;
};

}  // namespace

const std::vector<CoreBenchmark>& CoreBenchmarks() {
  static const auto* const benchmarks = new std::vector<CoreBenchmark>{
      {.name = "w1",
       .network_file = "clients/networks/izhikevich_2003.yaml",
       .model_s = 10,
       .warm_up_s = 0,
       .bars = {{1, 0.002}},
       .bare = RunW1,
       .rates_hz = {7.3, 6.8},
       .rate_tolerance = 0.1},
      {.name = "w2",
       .network_file = "clients/networks/columnar.yaml",
       .model_s = 20,
       .warm_up_s = 0,
       .bars = {{1, 0.0075}},
       .bare = RunW2,
       .rates_hz = {5.5},
       .rate_tolerance = 0.05},
      {.name = "w3cuba",
       .network_file = "clients/networks/vogels_abbott_cuba.yaml",
       .model_s = 10,
       .warm_up_s = 0,
       .bars = {{1, 0.010}},
       .bare = RunW3Cuba,
       .rates_hz = {5.5},
       .rate_tolerance = 0.1},
      {.name = "w3coba",
       .network_file = "clients/networks/vogels_abbott_coba.yaml",
       .model_s = 10,
       .warm_up_s = 0,
       .bars = {{1, 0.0135}},
       .bare = RunW3Coba,
       .rates_hz = {16.8},
       .rate_tolerance = 0.1},
      {.name = "w4",
       .network_file = "clients/networks/brunel_2000.yaml",
       .model_s = 2,
       .warm_up_s = 0.1,
       .bars = {{1, 0.45}, {2, 0.25}},
       .bare = RunW4,
       .rates_hz = {31.5},
       .rate_tolerance = 0.05},
      {.name = "w4stdp",
       .network_file = "clients/networks/brunel_2000_stdp.yaml",
       .model_s = 1,
       .warm_up_s = 0.1,
       .bars = {{1, 3.0}, {2, 1.7}},
       .bare = RunW4Stdp,
       .rates_hz = {31.5},
       .rate_tolerance = 0.05},
      {.name = "w5",
       .network_file = "clients/networks/potjans_diesmann_2014.yaml",
       .model_s = 10,
       .warm_up_s = 0.5,
       .bars = {{1, 1.2}, {2, 0.65}},
       .bare = RunW5,
       .rates_hz = {0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829},
       .rate_tolerance = 0.15},
  };
  return *benchmarks;
}

absl::Status Run(const CoreBenchmark& benchmark, const RunOptions& options,
                 std::vector<Measurement>* results) {
  std::string hash;
  for (const auto& [threads, bar] : benchmark.bars) {
    const std::vector<int>& wanted = options.threads;
    if (!wanted.empty() &&
        std::find(wanted.begin(), wanted.end(), threads) == wanted.end()) {
      continue;
    }
    const auto measurement = Runner(benchmark, options, threads).Run();
    if (absl::IsUnimplemented(measurement.status())) {
      std::cout << benchmark.name << ": " << threads
                << " threads: " << measurement.status().message() << "\n";
      continue;
    }
    if (!measurement.ok()) return measurement.status();
    Print(*measurement, std::cout);
    results->push_back(*measurement);
    if (hash.empty()) hash = measurement->hash;
    if (measurement->hash != hash) {
      return absl::FailedPreconditionError(absl::StrCat(
          benchmark.name, ": ", threads,
          " threads give another state than fewer: ", measurement->hash, ", ",
          hash));
    }
  }
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
