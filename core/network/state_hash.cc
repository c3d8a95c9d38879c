// SPDX-License-Identifier: Apache-2.0

#include "core/network/state_hash.h"

#include <algorithm>
#include <bit>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/network/synapse_readings.h"
#include "core/spec/mix_changes.h"

namespace spiked {
namespace {

// The finalizer of SplitMix64: Steele, Lea & Flood 2014,
// doi:10.1145/2714064.2660195.
uint64_t Finish(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio
constexpr uint64_t kOdd = 0xff51afd7ed558ccd;     // of MurmurHash3

// Adds the numbers of one section to a hash.
class Section {
 public:
  // `kind` and `name` say what the section is of; `index`, which of several.
  Section(uint64_t* hash, std::string_view kind, std::string_view name = "",
          int64_t index = 0)
      : hash_(hash) {
    for (std::string_view text : {kind, name}) {
      for (char c : text) Take(static_cast<unsigned char>(c));
      Take(256 + text.size());  // so that "ab", "c" is not "a", "bc"
    }
    Take(static_cast<uint64_t>(index));
  }

  void At(int64_t index, double value) {
    *hash_ += Finish(Finish(id_ + static_cast<uint64_t>(index) * kGolden) ^
                     (std::bit_cast<uint64_t>(value) * kOdd));
  }
  // Of a sequence, whose numbers have no index of their own.
  void Next(double value) { At(next_++, value); }

 private:
  void Take(uint64_t value) { id_ = Finish((id_ + kGolden) ^ value); }

  uint64_t* const hash_;
  uint64_t id_ = 0;
  int64_t next_ = 0;
};

class StateHasher {
 public:
  StateHasher(const Network& network, const State& state)
      : network_(network), state_(state) {}

  uint64_t Hash() {
    Section whole = Of("state");
    whole.At(0, static_cast<double>(state_.step));
    // The seed stands for all that was drawn from it.
    whole.At(1, std::bit_cast<double>(network_.seed));
    for (const Population& population : network_.populations) {
      AddVariables(population);
      AddSpikes(population);
      AddArrivals(population);
    }
    for (const Input& input : network_.inputs) AddInput(input);
    AddPlasticWeights();
    AddTraces();
    AddStimuli();
    AddSwitches();
    AddScheduledChanges();
    if (state_.changes != nullptr) AddChanges();
    return hash_;
  }

 private:
  Section Of(std::string_view kind, std::string_view name = "",
             int64_t index = 0) {
    return Section(&hash_, kind, name, index);
  }

  size_t IndexOf(const Population& population) const {
    return &population - network_.populations.data();
  }

  void AddVariables(const Population& population) {
    const auto& variables = population.model->info().variables;
    for (size_t v = 0; v < variables.size(); ++v) {
      Section section = Of("variable " + variables[v].name, population.name);
      for (int64_t i = 0; i < population.count; ++i) {
        section.At(
            i, ReadScalar(network_, state_.variables,
                          VariableIndex(population, static_cast<int>(v), i)));
      }
    }
  }

  void AddInput(const Input& input) {
    const Population& population = network_.populations[input.population];
    for (int r = 0; r < input.state_rows; ++r) {
      Section section = Of("input state", input.name, r);
      const size_t row = input.state_offset + r * population.stride;
      for (int64_t i = 0; i < population.count; ++i) {
        section.At(i, ReadScalar(network_, state_.variables, row + i));
      }
    }
  }

  // Spikes that are on their way.
  void AddSpikes(const Population& population) {
    Section section = Of("spike", population.name);
    const int64_t oldest = state_.step - network_.max_delay_steps;
    const auto first = static_cast<uint32_t>(population.first_neuron);
    for (int64_t k = std::max<int64_t>(0, oldest); k < state_.step; ++k) {
      const auto spikes = state_.spikes.At(k);
      for (auto it = std::lower_bound(spikes.begin(), spikes.end(), first);
           it != spikes.end() && *it < first + population.count; ++it) {
        section.At(*it - first, static_cast<double>(k));
      }
    }
  }

  // What has arrived for the coming step.
  void AddArrivals(const Population& population) {
    const size_t p = IndexOf(population);
    for (size_t r = 0; r < population.receptors.size(); ++r) {
      const ReceptorInput& receptor = population.receptors[r];
      const auto index = static_cast<int64_t>(r);
      Section sums = Of("arrived", population.name, index);
      Section integers = Of("arrived integers", population.name, index);
      for (size_t b = 0; b < network_.blocks.size(); ++b) {
        const Run& run = network_.blocks[b].runs[p];
        const InputBuffer& input = state_.blocks[b].input;
        for (int64_t i = 0; i < run.count; ++i) {
          const size_t slot = run.first_slot + i;
          sums.At(run.first + i,
                  ReadScalar(network_, input.sums, r * input.length + slot));
          if (receptor.integer_row < 0) continue;
          const size_t at = receptor.integer_row * input.length + slot;
          integers.At(run.first + i, input.integers.as<int16_t>()[at] +
                                         input.carries.as<int32_t>()[at]);
        }
      }
      for (size_t c = 0; c < receptor.counts.size(); ++c) {
        AddCounts(p, receptor.counts[c].row,
                  Of("arrived counts", population.name,
                     index << 32 | static_cast<int64_t>(c)));
      }
    }
  }

  void AddCounts(size_t p, int row, Section section) {
    for (size_t b = 0; b < network_.blocks.size(); ++b) {
      const Run& run = network_.blocks[b].runs[p];
      const InputBuffer& input = state_.blocks[b].input;
      for (int64_t i = 0; i < run.count; ++i) {
        section.At(
            run.first + i,
            input.counts
                .as<uint16_t>()[row * input.length + run.first_slot + i]);
      }
    }
  }

  void AddPlasticWeights() {
    std::map<int, int> uses;  // by group: projections still to come
    for (const Projection& projection : network_.projections) {
      ++uses[projection.group];
    }
    // A settled group is a copy: made once, and dropped after its last
    // projection.
    std::map<int, SettledBlocks> settled;
    for (const Projection& projection : network_.projections) {
      const int group = projection.group;
      if (!network_.groups[group].is_plastic) continue;
      const auto it = settled.try_emplace(group, network_, state_, group).first;
      Section section = Of("weight", projection.name);
      ForEachReading(
          network_, state_, it->second, projection,
          [&](const SynapseReading& synapse) { section.Next(synapse.weight); });
      if (--uses[group] == 0) settled.erase(it);
    }
  }

  void AddTraces() {
    for (size_t g = 0; g < network_.groups.size(); ++g) {
      std::vector<const SynapseState*> blocks;
      for (const BlockState& block : state_.blocks) {
        blocks.push_back(block.synapses[g].get());
      }
      Section section = Of("trace", "", static_cast<int64_t>(g));
      network_.groups[g].kernel->HashTraces(
          blocks, network_, state_.step,
          [&](double value) { section.Next(value); });
    }
  }

  void AddStimuli() {
    int64_t count = 0;
    state_.stimuli.Visit([&](const Stimulus& stimulus) {
      if (stimulus.end_step <= state_.step) return;  // it has acted
      AddStimulus(stimulus, Of("stimulus", "", count));
      ++count;
    });
  }

  // A stimulus as it will act from the coming step on.
  void AddStimulus(const Stimulus& stimulus, Section section) {
    const StimulusTargets& targets = *stimulus.targets;
    section.Next(
        static_cast<double>(std::max(stimulus.begin_step, state_.step)));
    section.Next(static_cast<double>(stimulus.end_step));
    section.Next(targets.population);
    section.Next(targets.receptor);
    section.Next(stimulus.encoder);
    const auto list = [&](const auto& numbers) {
      section.Next(static_cast<double>(numbers.size()));
      for (auto number : numbers) section.Next(number);
    };
    list(targets.neurons);
    list(targets.amplitudes);
    section.Next(targets.rates.has_value() ? 1 : 0);
    if (targets.rates.has_value()) {
      section.Next(targets.rates->weight);
      // These select the random numbers.
      section.Next(static_cast<double>(stimulus.begin_step));
      section.Next(stimulus.ordinal);
    }
    section.Next(targets.plasticity.has_value() ? 1 : 0);
    if (targets.plasticity.has_value()) {
      section.Next(targets.plasticity->enabled ? 1 : 0);
      list(targets.plasticity->projections);
    }
    section.Next(targets.dopamine.has_value() ? 1 : 0);
    if (targets.dopamine.has_value()) {
      section.Next(targets.dopamine->amount);
      list(targets.dopamine->projections);
    }
  }

  void AddSwitches() {
    for (size_t p = 0; p < state_.frozen_projections.size(); ++p) {
      if (!state_.frozen_projections[p]) continue;
      Of("plasticity is off", network_.projections[p].name).Next(1);
    }
  }

  void AddScheduledChanges() {
    int64_t count = 0;
    for (const ScheduledChanges& later : state_.scheduled) {
      Section section = Of("scheduled", "", count++);
      section.Next(static_cast<double>(later.step));
      MixChanges(*later.changes, [&](double value) { section.Next(value); });
    }
  }

  void AddParameters(std::string_view kind, const std::string& name,
                     const Parameters* parameters, const ModelInfo& info) {
    if (parameters == nullptr) return;
    for (size_t p = 0; p < info.parameters.size(); ++p) {
      Section section = Of(kind, name, static_cast<int64_t>(p));
      for (double x : parameters->column(static_cast<int>(p))) section.Next(x);
    }
  }

  void AddChanges() {
    const NetworkChanges& changes = *state_.changes;
    for (size_t p = 0; p < network_.populations.size(); ++p) {
      const Population& population = network_.populations[p];
      const NetworkChanges::OfPopulation& own = changes.populations[p];
      AddParameters("parameter", population.name, own.parameters.get(),
                    population.model->info());
      if (own.silenced == nullptr) continue;
      Section section = Of("silenced", population.name);
      for (int64_t i = 0; i < population.count; ++i) {
        if (own.silenced->Has(i)) section.At(i, 1);
      }
    }
    for (size_t i = 0; i < network_.inputs.size(); ++i) {
      AddParameters("input parameter", network_.inputs[i].name,
                    changes.inputs[i].parameters.get(),
                    network_.inputs[i].model->info());
    }
    for (size_t p = 0; p < network_.projections.size(); ++p) {
      AddChangedWeights(network_.projections[p], changes.projections[p]);
    }
  }

  void AddChangedWeights(const Projection& projection,
                         const NetworkChanges::OfProjection& own) {
    if (own.constant.has_value()) {
      Of("changed constant", projection.name).Next(*own.constant);
    }
    if (!own.has_weights) return;
    Of("weights were changed", projection.name).Next(1);
    // The weights of plastic groups are in the hash anyway.
    if (network_.IsPlastic(projection)) return;
    Section section = Of("changed weight", projection.name);
    ForEachReading(
        network_, state_, SettledBlocks(network_, state_, projection.group),
        projection,
        [&](const SynapseReading& synapse) { section.Next(synapse.weight); });
  }

  const Network& network_;
  const State& state_;
  uint64_t hash_ = 0;
};

}  // namespace

uint64_t HashState(const Network& network, const State& state) {
  return StateHasher(network, state).Hash();
}

}  // namespace spiked
