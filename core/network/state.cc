// SPDX-License-Identifier: Apache-2.0

#include "core/network/state.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/network/placed_synapses.h"
#include "core/numbers/all_finite.h"
#include "core/spec/mix_changes.h"

namespace spiked {
namespace {

double ReadScalar(const Network& network, const AlignedArray& array, size_t i) {
  return network.precision == Precision::kFloat64 ? array.as<double>()[i]
                                                  : array.as<float>()[i];
}

size_t VariableIndex(const Population& population, int variable, int64_t i) {
  return population.variables_offset + variable * population.stride + i;
}

// Calls body(population index, variable index, neuron in population).
template <class Body>
void ForEachVariable(const Network& network, Body body) {
  for (size_t p = 0; p < network.populations.size(); ++p) {
    const Population& population = network.populations[p];
    const size_t variables = population.model->info().variables.size();
    for (size_t v = 0; v < variables; ++v) {
      for (int64_t i = 0; i < population.count; ++i) body(p, v, i);
    }
  }
}

// Calls body(index in State::variables) for all state variables of inputs.
template <class Body>
void ForEachInputState(const Network& network, Body body) {
  for (const Input& input : network.inputs) {
    const Population& population = network.populations[input.population];
    for (int r = 0; r < input.state_rows; ++r) {
      const size_t row = input.state_offset + r * population.stride;
      for (int64_t i = 0; i < population.count; ++i) body(row + i);
    }
  }
}

// Offset of the first of `count` numbers from index `row` on that is not
// finite, or -1. The padding of a row isn't checked: it is stepped, too, and
// may be anything.
int64_t FindNonFinite(const Network& network, const AlignedArray& array,
                      size_t row, int64_t count) {
  const bool finite = network.precision == Precision::kFloat64
                          ? AllFinite(array.as<double>() + row, count)
                          : AllFinite(array.as<float>() + row, count);
  if (finite) return -1;
  int64_t i = 0;
  while (std::isfinite(ReadScalar(network, array, row + i))) ++i;
  return i;
}

// The states of a group, with all weight changes applied.
class SettledBlocks {
 public:
  SettledBlocks(const Network& network, const State& state, int group) {
    for (size_t b = 0; b < state.blocks.size(); ++b) {
      const SynapseState* own = state.blocks[b].synapses[group].get();
      if (network.groups[group].is_plastic) {
        settled_.push_back(network.groups[group].kernel->Settle(
            static_cast<int>(b), *own, state.spikes, state.step));
      }
      blocks_.push_back(settled_.empty() ? own : settled_.back().get());
    }
  }
  const std::vector<const SynapseState*>& blocks() const { return blocks_; }

 private:
  std::vector<std::unique_ptr<SynapseState>> settled_;
  std::vector<const SynapseState*> blocks_;
};

// Calls visit(SynapseReading) for the synapses of one source of a projection.
// `settled` are the states of its group; `synapses` is scratch.
template <class Visit>
void ForEachReadingOf(int64_t i, const Network& network, const State& state,
                      const SettledBlocks& settled,
                      const Projection& projection,
                      std::vector<PlacedSynapse>& synapses, Visit visit) {
  const SynapseGroup& group = network.groups[projection.group];
  const SynapseKernel& kernel = *group.kernel;
  const double unit =
      network.populations[projection.target].receptors[group.receptor].unit;
  const bool is_constant = kernel.layout().format == WeightFormat::kConstant;
  const double constant =
      is_constant ? ConstantWeight(network, state, projection) : 0;
  FindSynapses(network, projection, i, &synapses);
  for (const PlacedSynapse& synapse : synapses) {
    visit(SynapseReading{
        static_cast<int32_t>(i), synapse.target, synapse.delay_steps,
        is_constant ? constant
                    : kernel.Weight(synapse.at,
                                    settled.blocks()[synapse.at.block], unit)});
  }
}

// Calls visit(SynapseReading) for all sources, in the order of ReadSynapses.
template <class Visit>
void ForEachReading(const Network& network, const State& state,
                    const SettledBlocks& settled, const Projection& projection,
                    Visit visit) {
  std::vector<PlacedSynapse> synapses;
  const int64_t sources = network.populations[projection.source].count;
  for (int64_t i = 0; i < sources; ++i) {
    ForEachReadingOf(i, network, state, settled, projection, synapses, visit);
  }
}

template <class Mix>
void HashVariables(const Network& network, const State& state, Mix mix) {
  ForEachVariable(network, [&](size_t p, size_t v, int64_t i) {
    mix(ReadScalar(network, state.variables,
                   VariableIndex(network.populations[p], v, i)));
  });
  ForEachInputState(network, [&](size_t at) {
    mix(ReadScalar(network, state.variables, at));
  });
}

// The spikes that are on their way.
template <class Mix>
void HashSpikes(const Network& network, const State& state, Mix mix) {
  const int64_t oldest = state.step - network.max_delay_steps;
  for (int64_t k = std::max<int64_t>(0, oldest); k < state.step; ++k) {
    mix(-1);
    for (uint32_t neuron : state.spikes.At(k)) mix(neuron);
  }
}

template <class Mix>
void HashTraces(const Network& network, const State& state, Mix mix) {
  for (size_t g = 0; g < network.groups.size(); ++g) {
    std::vector<const SynapseState*> blocks;
    for (const BlockState& block : state.blocks) {
      blocks.push_back(block.synapses[g].get());
    }
    network.groups[g].kernel->HashTraces(blocks, network, state.step, mix);
  }
}

// A stimulus as it will act from `step` on.
template <class Mix>
void HashStimulus(const Stimulus& stimulus, int64_t step, Mix mix) {
  if (stimulus.end_step <= step) return;  // it has acted
  const StimulusTargets& targets = *stimulus.targets;
  mix(static_cast<double>(std::max(stimulus.begin_step, step)));
  mix(static_cast<double>(stimulus.end_step));
  mix(targets.population);
  mix(targets.receptor);
  if (stimulus.encoder >= 0) mix(stimulus.encoder);
  for (int32_t neuron : targets.neurons) mix(neuron);
  for (double amplitude : targets.amplitudes) mix(amplitude);
  if (targets.rates.has_value()) {
    mix(targets.rates->weight);
    // These select the random numbers.
    mix(static_cast<double>(stimulus.begin_step));
    mix(stimulus.ordinal);
  }
  if (targets.plasticity.has_value()) {
    mix(targets.plasticity->enabled ? -3 : -2);
    for (int32_t projection : targets.plasticity->projections) mix(projection);
  }
  if (targets.dopamine.has_value()) {
    mix(-1);
    mix(targets.dopamine->amount);
    for (int32_t projection : targets.dopamine->projections) mix(projection);
  }
}

// Mixes the weights of plastic projections, one projection after the other.
template <class Mix>
void HashWeights(const Network& network, const State& state, Mix mix) {
  std::map<int, int> uses;  // by group: projections still to come
  for (const Projection& projection : network.projections) {
    ++uses[projection.group];
  }
  // A settled group is a copy: made once, and dropped after its last
  // projection.
  std::map<int, SettledBlocks> settled;
  for (const Projection& projection : network.projections) {
    const int group = projection.group;
    if (!network.groups[group].is_plastic) continue;
    const auto it = settled.try_emplace(group, network, state, group).first;
    ForEachReading(network, state, it->second, projection,
                   [&](const SynapseReading& s) { mix(s.weight); });
    if (--uses[group] == 0) settled.erase(it);
  }
}

// Mixes the changes to the network: those in effect, and those that wait.
template <class Mix>
void HashChanges(const Network& network, const State& state, Mix mix) {
  for (const ScheduledChanges& later : state.scheduled) {
    mix(-5);
    mix(static_cast<double>(later.step));
    MixChanges(*later.changes, mix);
  }
  if (state.changes == nullptr) return;
  const auto mix_parameters = [&](int kind, size_t i,
                                  const Parameters* parameters,
                                  const ModelInfo& info) {
    if (parameters == nullptr) return;
    mix(kind);
    mix(static_cast<double>(i));
    for (size_t p = 0; p < info.parameters.size(); ++p) {
      for (double x : parameters->column(static_cast<int>(p))) mix(x);
    }
  };
  // Populations: parameters and silenced neurons.
  for (size_t p = 0; p < network.populations.size(); ++p) {
    const NetworkChanges::OfPopulation& own = state.changes->populations[p];
    mix_parameters(-6, p, own.parameters.get(),
                   network.populations[p].model->info());
    if (own.silenced == nullptr) continue;
    mix(-7);
    mix(static_cast<double>(p));
    for (int64_t i = 0; i < network.populations[p].count; ++i) {
      if (own.silenced->Has(i)) mix(static_cast<double>(i));
    }
  }
  // Inputs: parameters.
  for (size_t i = 0; i < network.inputs.size(); ++i) {
    mix_parameters(-8, i, state.changes->inputs[i].parameters.get(),
                   network.inputs[i].model->info());
  }
  // Projections: weights.
  for (size_t p = 0; p < network.projections.size(); ++p) {
    const NetworkChanges::OfProjection& own = state.changes->projections[p];
    if (!own.has_weights && !own.constant.has_value()) continue;
    mix(-9 - static_cast<double>(p));
    if (own.constant.has_value()) mix(*own.constant);
    const Projection& projection = network.projections[p];
    // The weights of plastic groups are in the hash anyway.
    if (!own.has_weights || network.IsPlastic(projection)) continue;
    ForEachReading(network, state,
                   SettledBlocks(network, state, projection.group), projection,
                   [&](const SynapseReading& s) { mix(s.weight); });
  }
}

// Mixes the input of a population for the coming step.
template <class Mix>
void HashInputs(const Network& network, const State& state, int p, Mix mix) {
  const Population& population = network.populations[p];
  for (size_t r = 0; r < population.receptors.size(); ++r) {
    const ReceptorInput& receptor = population.receptors[r];
    for (size_t b = 0; b < network.blocks.size(); ++b) {
      const Run& run = network.blocks[b].runs[p];
      const InputBuffer& input = state.blocks[b].input;
      for (int64_t i = 0; i < run.count; ++i) {
        const size_t slot = run.first_slot + i;
        mix(ReadScalar(network, input.sums, r * input.length + slot));
        if (receptor.integer_row >= 0) {
          const size_t at = receptor.integer_row * input.length + slot;
          mix(input.integers.as<int16_t>()[at] +
              input.carries.as<int32_t>()[at]);
        }
        for (const ReceptorInput::Counts& counts : receptor.counts) {
          mix(input.counts.as<uint16_t>()[counts.row * input.length + slot]);
        }
      }
    }
  }
}

}  // namespace

BlockState::BlockState(const BlockState& other)
    : input(other.input),
      spike_count(other.spike_count),
      spike_buffer(other.spike_buffer),
      spike_slots(other.spike_slots),
      all_spikes(other.all_spikes),
      rows(other.rows) {
  for (const auto& state : other.synapses) {
    synapses.push_back(state == nullptr ? nullptr : state->Clone());
  }
}

BlockState& BlockState::operator=(BlockState other) noexcept {
  std::swap(input, other.input);
  std::swap(synapses, other.synapses);
  std::swap(spike_count, other.spike_count);
  std::swap(spike_buffer, other.spike_buffer);
  std::swap(spike_slots, other.spike_slots);
  std::swap(all_spikes, other.all_spikes);
  std::swap(rows, other.rows);
  return *this;
}

State MakeState(const Network& network) {
  State state;
  state.variables = network.initial_variables;
  state.spikes = SpikeHistory(network.max_delay_steps);
  state.frozen_projections.resize(network.projections.size());
  state.blocks.resize(network.blocks.size());
  for (size_t b = 0; b < network.blocks.size(); ++b) {
    BlockState& block = state.blocks[b];
    block.input.Allocate(network.input_rows, network.blocks[b].row_length(),
                         network.scalar_bytes());
    block.spike_buffer.resize(network.blocks[b].slot_count);
    block.rows = AlignedArray((network.input_rows.sums + 1) * kChunk *
                              network.scalar_bytes());
    for (const SynapseGroup& group : network.groups) {
      block.synapses.push_back(group.kernel->MakeState(static_cast<int>(b)));
    }
  }
  for (const Stimulus& stimulus : network.stimuli) state.stimuli.Add(stimulus);
  return state;
}

void AppendLastSpikes(const Network& /*network*/, const State& state,
                      std::vector<int32_t>* neurons) {
  const auto spikes = state.spikes.At(state.step - 1);
  neurons->insert(neurons->end(), spikes.begin(), spikes.end());
}

double ReadVariable(const Network& network, const State& state, int population,
                    int variable, int64_t neuron_in_population) {
  return ReadScalar(network, state.variables,
                    VariableIndex(network.populations[population], variable,
                                  neuron_in_population));
}

double ConstantWeight(const Network& network, const State& state,
                      const Projection& projection) {
  double weight =
      network.groups[projection.group].kernel->layout().constant_weight;
  if (state.changes != nullptr) {
    const auto index = &projection - network.projections.data();
    weight = state.changes->projections[index].constant.value_or(weight);
  }
  return network.precision == Precision::kFloat64
             ? weight
             : static_cast<double>(static_cast<float>(weight));
}

std::vector<SynapseReading> ReadSynapses(const Network& network,
                                         const State& state, int projection) {
  const Projection& wanted = network.projections[projection];
  std::vector<SynapseReading> result;
  result.reserve(wanted.synapse_count);
  ForEachReading(network, state, SettledBlocks(network, state, wanted.group),
                 wanted, [&](const SynapseReading& s) { result.push_back(s); });
  return result;
}

int64_t CountSynapses(const Network& network, int projection,
                      absl::Span<const int32_t> sources, int64_t max_count) {
  int64_t count = 0;
  std::vector<PlacedSynapse> synapses;
  for (int32_t source : sources) {
    FindSynapses(network, network.projections[projection], source, &synapses);
    count += std::ssize(synapses);
    if (count > max_count) break;
  }
  return count;
}

void VisitSynapses(const Network& network, const State& state, int projection,
                   const std::function<void(const SynapseReading&)>& visit) {
  const Projection& wanted = network.projections[projection];
  ForEachReading(network, state, SettledBlocks(network, state, wanted.group),
                 wanted, visit);
}

bool ReadSynapses(const Network& network, const State& state, int projection,
                  absl::Span<const int32_t> sources, int64_t max_count,
                  std::vector<SynapseReading>* synapses) {
  const Projection& wanted = network.projections[projection];
  const SettledBlocks settled(network, state, wanted.group);
  std::vector<PlacedSynapse> scratch;
  for (int32_t source : sources) {
    ForEachReadingOf(source, network, state, settled, wanted, scratch,
                     [&](const SynapseReading& s) { synapses->push_back(s); });
    if (std::ssize(*synapses) > max_count) return false;
  }
  return true;
}

std::string FindNonFinite(const Network& network, const State& state) {
  const auto text = [&](size_t row, int64_t i) {
    return absl::StrCat(" of neuron ", i, " is ",
                        ReadScalar(network, state.variables, row + i),
                        " after step ", state.step);
  };
  for (const Population& population : network.populations) {
    const auto& variables = population.model->info().variables;
    for (size_t v = 0; v < variables.size(); ++v) {
      const size_t row = VariableIndex(population, static_cast<int>(v), 0);
      const int64_t i =
          FindNonFinite(network, state.variables, row, population.count);
      if (i < 0) continue;
      return absl::StrCat("population ", population.name, ": ",
                          variables[v].name, text(row, i));
    }
  }
  for (const Input& input : network.inputs) {
    const Population& population = network.populations[input.population];
    for (int r = 0; r < input.state_rows; ++r) {
      const size_t row = input.state_offset + r * population.stride;
      const int64_t i =
          FindNonFinite(network, state.variables, row, population.count);
      if (i < 0) continue;
      return absl::StrCat("input ", input.name, ": the state", text(row, i));
    }
  }
  return "";
}

uint64_t HashState(const Network& network, const State& state) {
  uint64_t hash = 0x9e3779b97f4a7c15 ^ static_cast<uint64_t>(state.step);
  const auto mix = [&](double x) {
    hash = (hash ^ std::bit_cast<uint64_t>(x)) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  };
  // The seed stands for all that was drawn from it.
  mix(std::bit_cast<double>(network.seed));
  HashVariables(network, state, mix);
  HashSpikes(network, state, mix);
  // Input of the coming step.
  for (size_t p = 0; p < network.populations.size(); ++p) {
    HashInputs(network, state, static_cast<int>(p), mix);
  }
  // Weights and traces of synapses.
  HashWeights(network, state, mix);
  HashTraces(network, state, mix);
  state.stimuli.Visit([&](const Stimulus& stimulus) {
    HashStimulus(stimulus, state.step, mix);
  });
  // Switched plasticity and other changes.
  for (size_t p = 0; p < state.frozen_projections.size(); ++p) {
    if (state.frozen_projections[p]) mix(-4 - static_cast<double>(p));
  }
  HashChanges(network, state, mix);
  return hash;
}

}  // namespace spiked
