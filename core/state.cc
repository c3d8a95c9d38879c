// SPDX-License-Identifier: Apache-2.0

#include "core/state.h"

#include <bit>
#include <cmath>

#include "absl/strings/str_cat.h"

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

}  // namespace

State MakeState(const Network& network) {
  State state;
  state.variables = network.initial_variables;
  state.input = AlignedArray(network.receptor_count * network.slot_count *
                             network.scalar_bytes());
  state.spikes = SpikeHistory(network.max_delay_steps, network.slot_count);
  for (const SynapseGroup& group : network.groups) {
    state.synapses.push_back(group.kernel->MakeState());
  }
  for (const Stimulus& stimulus : network.stimuli) state.stimuli.Add(stimulus);
  return state;
}

void AppendLastSpikes(const Network& network, const State& state,
                      std::vector<int32_t>* neurons) {
  const Population* population = network.populations.data();
  for (uint32_t slot : state.spikes.At(state.step - 1)) {
    while (slot >= population->first_slot + population->stride) ++population;
    neurons->push_back(static_cast<int32_t>(slot - population->first_slot +
                                            population->first_neuron));
  }
}

double ReadVariable(const Network& network, const State& state, int population,
                    int variable, int64_t neuron_in_population) {
  return ReadScalar(network, state.variables,
                    VariableIndex(network.populations[population], variable,
                                  neuron_in_population));
}

std::vector<SynapseReading> ReadSynapses(const Network& network,
                                         const State& state, int projection) {
  const Projection& wanted = network.projections[projection];
  const Population& source = network.populations[wanted.source];
  const Population& target = network.populations[wanted.target];
  const SynapseKernel& kernel = *network.groups[wanted.group].kernel;
  const SynapseTable& table = kernel.table();
  std::vector<SynapseReading> result;
  result.reserve(wanted.synapse_count);
  for (int64_t i = 0; i < source.count; ++i) {
    for (size_t d = 0; d < table.delays.size(); ++d) {
      const size_t at = (source.first_slot + i) * table.delays.size() + d;
      for (uint32_t s = table.begin[at]; s < table.begin[at + 1]; ++s) {
        const int64_t j = table.target[s] - target.first_slot;
        if (j < 0 || j >= target.count) continue;
        result.push_back({static_cast<int32_t>(i), static_cast<int32_t>(j),
                          table.delays[d],
                          kernel.Weight(state.synapses[wanted.group], s)});
      }
    }
  }
  return result;
}

std::string FindNonFinite(const Network& network, const State& state) {
  std::string found;
  ForEachVariable(network, [&](size_t p, size_t v, int64_t i) {
    if (!found.empty()) return;
    const Population& population = network.populations[p];
    const double x =
        ReadScalar(network, state.variables, VariableIndex(population, v, i));
    if (std::isfinite(x)) return;
    found =
        absl::StrCat("population ", population.name, ": ",
                     population.model->info().variables[v].name, " of neuron ",
                     i, " is ", x, " after step ", state.step);
  });
  return found;
}

uint64_t HashState(const Network& network, const State& state) {
  uint64_t hash = 0x9e3779b97f4a7c15 ^ static_cast<uint64_t>(state.step);
  const auto mix = [&](double x) {
    hash = (hash ^ std::bit_cast<uint64_t>(x)) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  };
  ForEachVariable(network, [&](size_t p, size_t v, int64_t i) {
    mix(ReadScalar(network, state.variables,
                   VariableIndex(network.populations[p], v, i)));
  });
  for (size_t p = 0; p < network.projections.size(); ++p) {
    for (const SynapseReading& s : ReadSynapses(network, state, p)) {
      mix(s.weight);
    }
  }
  return hash;
}

}  // namespace spiked
