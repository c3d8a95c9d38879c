// SPDX-License-Identifier: Apache-2.0

#include "core/step.h"

#include <cstddef>
#include <cstring>

namespace spiked {
namespace {

// The input of a receptor at a slot.
std::byte* InputAt(const Network& network, State& state, int64_t receptor,
                   int64_t slot) {
  return state.input.as<std::byte>() +
         (receptor * network.slot_count + slot) * network.scalar_bytes();
}

void AddInputs(const Network& network, State& state) {
  for (const Input& input : network.inputs) {
    const Population& population = network.populations[input.population];
    input.kernel->Add(state.step, 0, population.count,
                      InputAt(network, state, 0, population.first_slot));
  }
}

template <typename T>
void AddStimulus(const StimulusTargets& targets, T* input) {
  const size_t stride = targets.amplitudes.size() == 1 ? 0 : 1;
  for (size_t i = 0; i < targets.inputs.size(); ++i) {
    input[targets.inputs[i]] += static_cast<T>(targets.amplitudes[i * stride]);
  }
}

void AddStimuli(const Network& network, State& state) {
  for (const Stimulus& stimulus : state.stimuli.Advance(state.step)) {
    if (network.precision == Precision::kFloat64) {
      AddStimulus(*stimulus.targets, state.input.as<double>());
    } else {
      AddStimulus(*stimulus.targets, state.input.as<float>());
    }
  }
}

void UpdateNeurons(const Network& network, State& state) {
  const size_t scalar = network.scalar_bytes();
  uint32_t* const begin = state.spikes.scratch();
  uint32_t* end = begin;
  for (const Population& population : network.populations) {
    end += population.kernel->Update({
        .first = 0,
        .count = population.count,
        .first_neuron = static_cast<uint32_t>(population.first_slot),
        .variables = state.variables.as<std::byte>() +
                     population.variables_offset * scalar,
        .stride = static_cast<size_t>(population.stride),
        .input = InputAt(network, state, 0, population.first_slot),
        .input_stride = static_cast<size_t>(network.slot_count),
        .spikes = end,
    });
  }
  state.spikes.Commit(state.step, end - begin);
}

void ClearInput(State& state) {
  if (state.input.bytes() > 0) {
    std::memset(state.input.as<std::byte>(), 0, state.input.bytes());
  }
}

void Propagate(const Network& network, State& state) {
  for (size_t g = 0; g < network.groups.size(); ++g) {
    const SynapseGroup& group = network.groups[g];
    group.kernel->Propagate({
        .step = state.step,
        .spikes = state.spikes,
        .input = InputAt(network, state, group.receptor, 0),
        .state = state.synapses[g],
    });
  }
}

}  // namespace

void Step(const Network& network, State& state) {
  AddInputs(network, state);
  AddStimuli(network, state);
  UpdateNeurons(network, state);
  ClearInput(state);
  Propagate(network, state);
  ++state.step;
}

}  // namespace spiked
