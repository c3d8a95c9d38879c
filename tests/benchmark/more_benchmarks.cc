// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/more_benchmarks.h"

#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/estimate.h"
#include "tests/benchmark/core_stepper.h"
#include "tests/support/network_file.h"

namespace spiked::benchmark {
namespace {

double Now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Finish(Measurement m, std::vector<Measurement>* results) {
  Print(m, std::cout);
  results->push_back(std::move(m));
}

// Builds a network, as the first figures of a measurement.
absl::StatusOr<std::unique_ptr<CoreStepper>> Build(const NetworkSpec& spec,
                                                   Measurement* m) {
  ResetPeakResident();
  const double resident = ResidentBytes();
  const double begin = Now();
  auto stepper = CoreStepper::Build(spec, 1);
  if (!stepper.ok()) return stepper.status();
  m->build_s = Now() - begin;
  m->neurons = (*stepper)->neuron_count();
  m->synapses = (*stepper)->synapse_count();
  m->precision = (*stepper)->PrecisionName();
  m->peak_rss_mb = PeakResidentBytes() / 1048576;
  if (m->synapses > 0) {
    const auto synapses = static_cast<double>(m->synapses);
    m->bytes_per_synapse = EstimateNetwork(spec).bytes / synapses;
    m->rss_bytes_per_synapse = (ResidentBytes() - resident) / synapses;
  }
  return stepper;
}

// w4 with other numbers of neurons but the same number of inputs to each.
NetworkSpec Scaled(NetworkSpec spec, double scale) {
  for (PopulationSpec& population : spec.populations) {
    population.size =
        static_cast<int64_t>(static_cast<double>(population.size) * scale);
  }
  for (ProjectionSpec& projection : spec.projections) {
    projection.rule = FixedIndegree{projection.source == "exc" ? 1000 : 250};
    // A tenth of the network is smaller than the number of inputs.
    projection.allow_multapses = true;
  }
  return spec;
}

}  // namespace

absl::Status RunScaling(const RunOptions& options,
                        std::vector<Measurement>* results) {
  const auto spec =
      testing::ReadNetworkSpec("clients/networks/brunel_2000.yaml");
  if (!spec.ok()) return spec.status();
  for (const double scale : {0.1, 1.0, 4.0}) {
    Measurement m;
    m.benchmark = absl::StrCat("scaling_", scale);
    m.unit = "ns per synaptic event";
    m.model_s = options.model_s > 0 ? options.model_s : 1;
    const auto stepper = Build(Scaled(*spec, scale), &m);
    if (!stepper.ok()) return stepper.status();
    for (int run = 0; run < options.runs; ++run) {
      (*stepper)->Restart();
      (*stepper)->Run(1000);  // 0.1 s, in which volleys die away
      (*stepper)->ClearCounts();
      const double begin = Now();
      (*stepper)->Run(static_cast<int64_t>(m.model_s * 10'000));
      m.walls.runs.push_back(Now() - begin);
    }
    const Activity activity = (*stepper)->CountSpikes();
    m.spikes = activity.spikes;
    m.synaptic_events = activity.synaptic_events;
    m.figure = m.walls.Median() / m.synaptic_events * 1e9;
    m.hash = absl::StrCat(absl::Hex((*stepper)->Hash(), absl::kZeroPad16));
    Finish(std::move(m), results);
  }
  return absl::OkStatus();
}

absl::Status RunIdle(const RunOptions& options,
                     std::vector<Measurement>* results) {
  constexpr int64_t kSteps = 1'000'000;
  NetworkSpec spec;
  spec.dt_ms = 1;
  spec.populations.resize(1);
  spec.populations[0].name = "idle";
  spec.populations[0].size = 100;
  spec.populations[0].model = "izhikevich";
  Measurement m;
  m.benchmark = "idle";
  m.unit = "ns per step";
  m.bar = 1000;
  m.note = "100 Izhikevich neurons at rest";
  const auto stepper = Build(spec, &m);
  if (!stepper.ok()) return stepper.status();
  (*stepper)->Run(kSteps / 10);
  (*stepper)->ClearCounts();
  for (int run = 0; run < options.runs; ++run) {
    const double begin = Now();
    (*stepper)->Run(kSteps);
    m.walls.runs.push_back(Now() - begin);
  }
  if ((*stepper)->CountSpikes().spikes != 0) {
    return absl::FailedPreconditionError("idle: it isn't");
  }
  m.figure = m.walls.Median() / static_cast<double>(kSteps) * 1e9;
  Finish(std::move(m), results);
  return absl::OkStatus();
}

absl::Status RunBuild(const RunOptions& /*options*/,
                      std::vector<Measurement>* results) {
  const auto spec =
      testing::ReadNetworkSpec("clients/networks/potjans_diesmann_2014.yaml");
  if (!spec.ok()) return spec.status();
  Measurement m;
  m.benchmark = "build";
  m.unit = "s";
  const auto stepper = Build(*spec, &m);
  if (!stepper.ok()) return stepper.status();
  m.figure = m.build_s;
  m.note = absl::StrCat(m.synapses, " synapses; peak ",
                        static_cast<int64_t>(m.peak_rss_mb), " MB");
  Finish(std::move(m), results);
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
