// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/core_stepper.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "core/compile.h"
#include "core/step.h"

namespace spiked::benchmark {
namespace {

std::vector<double> OutDegrees(const Network& network) {
  std::vector<double> degrees(network.neuron_count);
  for (const SynapseGroup& group : network.groups) {
    const SynapseLayout& layout = group.kernel->layout();
    for (size_t b = 0; b < network.blocks.size(); ++b) {
      for (int64_t row = 0; row < layout.source_count; ++row) {
        ForEachSynapse(
            layout, static_cast<int>(b), network.blocks[b].slot_count, row,
            [&](const SynapseAt&) { ++degrees[layout.first_source + row]; });
      }
    }
  }
  return degrees;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CoreStepper>> CoreStepper::Build(
    const NetworkSpec& spec, int thread_count) {
  auto network = Compile(spec, thread_count);
  if (!network.ok()) return network.status();
  return absl::WrapUnique(new CoreStepper(*std::move(network), thread_count));
}

CoreStepper::CoreStepper(std::unique_ptr<const Network> network,
                         int thread_count)
    : network_(std::move(network)),
      team_(thread_count),
      counts_(network_->neuron_count),
      out_degrees_(OutDegrees(*network_)) {
  Restart();
}

void CoreStepper::Restart() {
  state_ = nullptr;  // two states of a large network would be one too many
  state_ = std::make_unique<State>(MakeState(*network_));
}

void CoreStepper::Run(int64_t step_count) {
  for (int64_t i = 0; i < step_count; ++i) {
    const int64_t step = state_->step;
    Step(*network_, *state_, &team_);
    for (uint32_t neuron : state_->spikes.At(step)) ++counts_[neuron];
  }
}

void CoreStepper::ClearCounts() {
  std::fill(counts_.begin(), counts_.end(), 0);
}

Activity CoreStepper::CountSpikes() const {
  Activity activity;
  for (const Population& population : network_->populations) {
    int64_t spikes = 0;
    for (int64_t i = 0; i < population.count; ++i) {
      const int64_t neuron = population.first_neuron + i;
      spikes += counts_[neuron];
      activity.synaptic_events +=
          static_cast<double>(counts_[neuron]) * out_degrees_[neuron];
    }
    activity.spikes += spikes;
    activity.by_population.push_back(spikes);
  }
  return activity;
}

uint64_t CoreStepper::Hash() const { return HashState(*network_, *state_); }

std::vector<int64_t> CoreStepper::PopulationSizes() const {
  std::vector<int64_t> sizes;
  for (const Population& population : network_->populations) {
    sizes.push_back(population.count);
  }
  return sizes;
}

std::string CoreStepper::PrecisionName() const {
  return network_->precision == Precision::kFloat64 ? "FLOAT64" : "FLOAT32";
}

}  // namespace spiked::benchmark
