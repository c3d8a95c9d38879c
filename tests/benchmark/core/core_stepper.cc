// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/core/core_stepper.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <initializer_list>
#include <utility>

#include "absl/memory/memory.h"
#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "core/network/state_hash.h"
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

// The neuron of a slot.
struct Target {
  uint64_t neuron = 0;  // index in the network
  size_t population = 0;
};

std::vector<Target> TargetsOf(const Network& network, size_t block) {
  std::vector<Target> targets(network.blocks[block].slot_count);
  for (size_t p = 0; p < network.populations.size(); ++p) {
    const spiked::Run& run = network.blocks[block].runs[p];
    for (int64_t i = 0; i < run.count; ++i) {
      targets[run.first_slot + i] = {
          static_cast<uint64_t>(network.populations[p].first_neuron +
                                run.first + i),
          p};
    }
  }
  return targets;
}

uint64_t HashOf(std::initializer_list<uint64_t> words) {
  uint64_t hash = 0x9e3779b97f4a7c15;
  for (const uint64_t word : words) {
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CoreStepper>> CoreStepper::Build(
    const NetworkSpec& spec, int thread_count) {
  auto network = Compile(spec, thread_count);
  if (!network.ok()) return network.status();
  return absl::WrapUnique(new CoreStepper(*std::move(network), thread_count));
}

absl::StatusOr<std::unique_ptr<CoreStepper>> CoreStepper::Build(
    const NetworkSpec& spec, int thread_count, Measurement* m) {
  ResetPeakResident();
  const double resident = ResidentBytes();
  const double begin = Now();
  auto network = Compile(spec, thread_count);
  if (!network.ok()) return network.status();
  m->build_s = Now() - begin;
  m->peak_rss_mb = (PeakResidentBytes() - resident) / 1e6;
  m->threads = thread_count;
  m->neurons = (*network)->neuron_count;
  m->synapses = (*network)->synapse_count;
  m->precision =
      (*network)->precision == Precision::kFloat64 ? "FLOAT64" : "FLOAT32";
  auto stepper =
      absl::WrapUnique(new CoreStepper(*std::move(network), thread_count));
  stepper->Run(1);  // touches memory that is only reserved
  if (m->synapses > 0) {
    const auto synapses = static_cast<double>(m->synapses);
    m->bytes_per_synapse = EstimateNetwork(spec, thread_count).bytes / synapses;
    m->rss_bytes_per_synapse = (ResidentBytes() - resident) / synapses;
  }
  stepper->Restart();
  stepper->ClearCounts();
  return stepper;
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
  state_ = nullptr;  // frees the old state before it makes another
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

uint64_t CoreStepper::SynapseHash() const {
  std::atomic<uint64_t> sum{0};
  for (size_t b = 0; b < network_->blocks.size(); ++b) {
    const std::vector<Target> targets = TargetsOf(*network_, b);
    for (size_t g = 0; g < network_->groups.size(); ++g) {
      const SynapseGroup& group = network_->groups[g];
      const SynapseLayout& layout = group.kernel->layout();
      const SynapseState* state = state_->blocks[b].synapses[g].get();
      std::vector<double> units;  // by population
      for (const Population& population : network_->populations) {
        const auto& receptors = population.receptors;
        units.push_back(static_cast<size_t>(group.receptor) < receptors.size()
                            ? receptors[group.receptor].unit
                            : 0);
      }
      ParallelFor(
          team_, layout.source_count, 64, [&](int64_t begin, int64_t end) {
            uint64_t own = 0;
            for (int64_t row = begin; row < end; ++row) {
              ForEachSynapse(
                  layout, static_cast<int>(b), network_->blocks[b].slot_count,
                  row, [&](const SynapseAt& at) {
                    const Target& target = targets[at.slot];
                    own += HashOf(
                        {static_cast<uint64_t>(layout.first_source + row),
                         target.neuron, static_cast<uint64_t>(group.receptor),
                         static_cast<uint64_t>(layout.delays[at.delay_index]),
                         std::bit_cast<uint64_t>(group.kernel->Weight(
                             at, state, units[target.population]))});
                  });
            }
            sum += own;
          });
    }
  }
  return sum;
}

std::vector<int64_t> CoreStepper::PopulationSizes() const {
  std::vector<int64_t> sizes;
  for (const Population& population : network_->populations) {
    sizes.push_back(population.count);
  }
  return sizes;
}

}  // namespace spiked::benchmark
