// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/core_stepper.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/compile.h"
#include "core/step.h"

namespace spiked::benchmark {
namespace {

std::vector<double> OutDegrees(const Network& network) {
  std::vector<double> degrees(network.slot_count);
  for (const SynapseGroup& group : network.groups) {
    const SynapseTable& table = group.kernel->table();
    const size_t delays = table.delays.size();
    for (int64_t slot = 0; slot < network.slot_count; ++slot) {
      degrees[slot] +=
          table.begin[(slot + 1) * delays] - table.begin[slot * delays];
    }
  }
  return degrees;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CoreStepper>> CoreStepper::Build(
    const NetworkSpec& spec, int thread_count) {
  if (thread_count != 1) {
    return absl::UnimplementedError(
        absl::StrCat("the core has one thread, not ", thread_count));
  }
  auto network = Compile(spec);
  if (!network.ok()) return network.status();
  return absl::WrapUnique(new CoreStepper(*std::move(network)));
}

CoreStepper::CoreStepper(std::unique_ptr<const Network> network)
    : network_(std::move(network)),
      counts_(network_->slot_count),
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
    Step(*network_, *state_);
    for (uint32_t slot : state_->spikes.At(step)) ++counts_[slot];
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
      const int64_t slot = population.first_slot + i;
      spikes += counts_[slot];
      activity.synaptic_events +=
          static_cast<double>(counts_[slot]) * out_degrees_[slot];
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
