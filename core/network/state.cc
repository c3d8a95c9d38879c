// SPDX-License-Identifier: Apache-2.0

#include "core/network/state.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/numbers/all_finite.h"

namespace spiked {
namespace {

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

}  // namespace spiked
