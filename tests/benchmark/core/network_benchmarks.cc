// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/core/network_benchmarks.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/benchmark/core/core_stepper.h"
#include "tests/support/network_file.h"

namespace spiked::benchmark {
namespace {

void Finish(Measurement m, std::vector<Measurement>* results) {
  Print(m, std::cout);
  results->push_back(std::move(m));
}

// The network of w4 with `scale` times its neurons, but the same number of
// synapses onto each.
NetworkSpec Scaled(NetworkSpec spec, double scale) {
  for (PopulationSpec& population : spec.populations) {
    population.size =
        static_cast<int64_t>(static_cast<double>(population.size) * scale);
  }
  for (ProjectionSpec& projection : spec.projections) {
    projection.rule = FixedIndegree{projection.source == "exc" ? 1000 : 250};
    // The network with a tenth of the neurons has fewer sources than synapses
    // onto each neuron.
    projection.allow_multapses = true;
  }
  return spec;
}

}  // namespace

absl::Status RunScaling(const RunOptions& options,
                        std::vector<Measurement>* results) {
  constexpr int64_t kWarmUpSteps = 1000;  // 0.1 s, in which volleys die away
  const auto spec =
      testing::ReadNetworkSpec("clients/networks/brunel_2000.yaml");
  if (!spec.ok()) return spec.status();
  // Build all three networks, then run them in turn.
  const double scales[] = {0.1, 1.0, 4.0};
  std::vector<Measurement> measurements;
  std::vector<std::unique_ptr<CoreStepper>> steppers;
  for (const double scale : scales) {
    Measurement m;
    m.benchmark = absl::StrCat("scaling_", scale);
    m.unit = "ns per synaptic event";
    m.model_s = options.model_s > 0 ? options.model_s : 1;
    auto stepper = CoreStepper::Build(Scaled(*spec, scale), 1, &m);
    if (!stepper.ok()) return stepper.status();
    steppers.push_back(*std::move(stepper));
    measurements.push_back(std::move(m));
  }
  for (int run = 0; run < options.runs; ++run) {
    for (size_t i = 0; i < steppers.size(); ++i) {
      CoreStepper& stepper = *steppers[i];
      Measurement& m = measurements[i];
      stepper.Restart();
      stepper.Run(kWarmUpSteps);
      stepper.ClearCounts();
      const double begin = Now();
      stepper.Run(std::llround(m.model_s * 1000 / spec->dt_ms));
      const double wall_s = Now() - begin;
      const Activity activity = stepper.CountSpikes();
      m.spikes = activity.spikes;
      m.figure.runs.push_back(wall_s / activity.synaptic_events * 1e9);
      m.synaptic_events_per_s = 1e9 / m.figure.Median();
      m.note = absl::StrFormat("%d neurons; real-time factor %.3g", m.neurons,
                               wall_s / m.model_s);
      m.hash = absl::StrCat(absl::Hex(stepper.Hash(), absl::kZeroPad16));
    }
  }
  for (Measurement& m : measurements) Finish(std::move(m), results);
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
  m.bar = Bar{1000};
  m.note = "100 Izhikevich neurons at rest";
  const auto stepper = CoreStepper::Build(spec, 1, &m);
  if (!stepper.ok()) return stepper.status();
  (*stepper)->Run(kSteps / 10);
  (*stepper)->ClearCounts();
  for (int run = 0; run < options.runs; ++run) {
    const double begin = Now();
    (*stepper)->Run(kSteps);
    m.figure.runs.push_back((Now() - begin) / kSteps * 1e9);
  }
  if ((*stepper)->CountSpikes().spikes != 0) {
    return absl::FailedPreconditionError("idle: it isn't");
  }
  Finish(std::move(m), results);
  return absl::OkStatus();
}

absl::Status RunBuild(const RunOptions& options,
                      std::vector<Measurement>* results) {
  const auto spec =
      testing::ReadNetworkSpec("clients/networks/potjans_diesmann_2014.yaml");
  if (!spec.ok()) return spec.status();
  std::string hash;
  for (const int threads : {1, 2}) {
    Measurement time, peak, ratio;
    for (int run = 0; run < std::min(options.runs, 3); ++run) {
      const auto stepper = CoreStepper::Build(*spec, threads, &time);
      if (!stepper.ok()) return stepper.status();
      time.figure.runs.push_back(time.build_s);
      peak.figure.runs.push_back(time.peak_rss_mb / 1000);
      ratio.figure.runs.push_back(time.peak_rss_mb * 1e6 /
                                  time.rss_bytes_per_synapse /
                                  static_cast<double>(time.synapses));
      time.hash =
          absl::StrCat(absl::Hex((*stepper)->SynapseHash(), absl::kZeroPad16));
      if (hash.empty()) hash = time.hash;
      if (time.hash != hash) {
        return absl::FailedPreconditionError(
            absl::StrCat("build: two have other synapses: ", hash, ", ",
                         time.hash, " with ", threads, " threads"));
      }
    }
    // Three rows of the table: time, peak of memory, and peak by final memory.
    time.benchmark = "build";
    time.unit = "s";
    time.note =
        absl::StrFormat("%d synapses of %.3g bytes; their hash is the same",
                        time.synapses, time.rss_bytes_per_synapse);
    peak.benchmark = "build_peak";
    peak.unit = "GB while building";
    peak.bar = Bar{1.8};
    ratio.benchmark = "build_ratio";
    ratio.unit = "peak by final memory";
    ratio.bar = Bar{1.5};
    for (Measurement* m : {&peak, &ratio}) {
      m->threads = threads;
      m->precision = time.precision;
      m->neurons = time.neurons;
      m->synapses = time.synapses;
    }
    for (Measurement* m : {&time, &peak, &ratio}) {
      Finish(std::move(*m), results);
    }
  }
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
