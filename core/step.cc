// SPDX-License-Identifier: Apache-2.0

#include "core/step.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "core/change/change.h"
#include "core/network/frozen_synapses.h"
#include "core/network/plasticity_switch.h"
#include "core/network/rate_stimulus.h"

namespace spiked {
namespace {

// Adds a stimulus to the input of a run. `row`: sums of the run's block.
template <typename T>
void AddStimulus(const Run& run, const Stimulus& stimulus, int64_t step,
                 T* row) {
  const StimulusTargets& targets = *stimulus.targets;
  if (targets.rates.has_value()) {
    AddRates(stimulus, step, run, row);
    return;
  }
  const size_t stride = targets.amplitudes.size() == 1 ? 0 : 1;
  for (size_t i = 0; i < targets.neurons.size(); ++i) {
    const int64_t at = targets.neurons[i] - run.first;
    if (at < 0 || at >= run.count) continue;
    row[run.first_slot + at] += static_cast<T>(targets.amplitudes[i * stride]);
  }
}

void AddStimuli(const Network& network, const std::vector<Stimulus>& stimuli,
                int64_t step, const Block& block, InputBuffer& input) {
  for (const Stimulus& stimulus : stimuli) {
    const StimulusTargets& targets = *stimulus.targets;
    if (!targets.is_for_neurons()) continue;
    const Run& run = block.runs[targets.population];
    if (network.precision == Precision::kFloat64) {
      AddStimulus(run, stimulus, step, input.SumRow<double>(targets.receptor));
    } else {
      AddStimulus(run, stimulus, step, input.SumRow<float>(targets.receptor));
    }
  }
}

// A population as it is stepped now: as compiled, with the changes of the
// state.
struct CurrentPopulation {
  CurrentPopulation(const Network& network, const State& state, int p)
      : kernel(network.populations[p].kernel.get()),
        receptors(network.populations[p].receptors.data()) {
    if (state.changes == nullptr) return;
    const NetworkChanges::OfPopulation& own = state.changes->populations[p];
    if (own.kernel != nullptr) kernel = own.kernel.get();
    if (!own.receptors.empty()) receptors = own.receptors.data();
    silenced = own.silenced.get();
  }

  const NeuronKernel* kernel;
  const ReceptorInput* receptors;
  const SilencedNeurons* silenced = nullptr;  // null: none
};

const InputKernel& KernelOf(const Network& network, const State& state,
                            int input) {
  if (state.changes != nullptr) {
    const InputKernel* own = state.changes->inputs[input].kernel.get();
    if (own != nullptr) return *own;
  }
  return *network.inputs[input].kernel;
}

// How the kernel of a population reads the input of a receptor.
InputRow InputRowOf(const Network& network, const CurrentPopulation& population,
                    size_t r, BlockState& block) {
  const ReceptorInput& receptor = population.receptors[r];
  const bool has_scalars =
      receptor.has_inputs || (block.input.sums_used >> r & 1) != 0;
  const bool has_counts_alone = !has_scalars && receptor.integer_row < 0;
  InputRow input = {};
  input.is_silent = has_counts_alone && receptor.counts.empty();
  // After the rows of receptors comes one that is always 0.
  const size_t row = input.is_silent ? network.input_rows.sums : r;
  input.row =
      block.rows.as<std::byte>() + row * kChunk * network.scalar_bytes();
  if (has_counts_alone && receptor.counts.size() == 1 &&
      population.kernel->ReadsCounts()) {
    input.counts = block.input.CountRow(receptor.counts[0].row);
    input.weight = static_cast<float>(receptor.counts[0].weight);
  }
  return input;
}

// Updates the neurons of a run; returns the end of their spikes.
uint32_t* UpdateRun(const Network& network, int population_index,
                    const Run& run, State& state, BlockState& block,
                    uint32_t* spikes) {
  const Population& population = network.populations[population_index];
  const CurrentPopulation current(network, state, population_index);
  const size_t scalar = network.scalar_bytes();
  auto* const rows = block.rows.as<std::byte>();
  const size_t receptors = population.receptors.size();
  // A model without variables has no row to point to.
  const bool has_variables = !population.model->info().variables.empty();
  // How each receptor is read, which is the same for all chunks.
  InputRow inputs[kMaxReceptors];
  for (size_t r = 0; r < receptors; ++r) {
    inputs[r] = InputRowOf(network, current, r, block);
  }
  for (int64_t begin = 0; begin < run.count; begin += kChunk) {
    const int64_t count = std::min(kChunk, run.count - begin);
    const int64_t first = run.first + begin;
    const int64_t slot = run.first_slot + begin;
    // Input that synapses and stimuli have delivered.
    for (size_t r = 0; r < receptors; ++r) {
      const ReceptorInput& receptor = current.receptors[r];
      if (inputs[r].counts != nullptr) {
        inputs[r].counts = block.input.CountRow(receptor.counts[0].row) + slot;
      } else if (!inputs[r].is_silent) {
        TakeInput(receptor, static_cast<int>(r), network.precision, slot, count,
                  block.input, rows + r * kChunk * scalar);
      }
    }
    // Inputs of the network, such as noise.
    for (int i : population.inputs) {
      const Input& input = network.inputs[i];
      KernelOf(network, state, i)
          .Add({
              .step = state.step,
              .first = first,
              .count = count,
              .row = rows + input.receptor * kChunk * scalar,
              .state = input.state_rows > 0
                           ? state.variables.as<std::byte>() +
                                 (input.state_offset + first) * scalar
                           : nullptr,
              .stride = static_cast<size_t>(population.stride),
          });
    }
    // The neurons, which write their spikes; then those of silenced neurons are
    // removed.
    uint32_t* const before = spikes;
    spikes += current.kernel->Update({
        .step = state.step,
        .first = first,
        .count = count,
        .first_neuron = static_cast<uint32_t>(population.first_neuron + first),
        .variables = has_variables
                         ? state.variables.as<std::byte>() +
                               (population.variables_offset + first) * scalar
                         : nullptr,
        .stride = static_cast<size_t>(population.stride),
        .inputs = inputs,
        .spikes = spikes,
    });
    if (current.silenced != nullptr) {
      spikes = std::remove_if(before, spikes, [&](uint32_t neuron) {
        return current.silenced->Has(neuron - population.first_neuron);
      });
    }
  }
  return spikes;
}

// Switches plasticity as the stimuli of this step say, in their order. Returns
// the groups whose frozen synapses change: mostly none.
std::vector<SwitchedGroup> SwitchPlasticity(
    const Network& network, const std::vector<Stimulus>& stimuli,
    State& state) {
  std::vector<int> groups;
  for (const Stimulus& stimulus : stimuli) {
    const auto& plasticity = stimulus.targets->plasticity;
    if (plasticity.has_value()) {
      NoteSwitch(network, *plasticity, state, &groups);
    }
  }
  return SwitchedGroupsOf(network, groups, state);
}

// Adds the dopamine of this step's stimuli to the state of a block.
void AddDopamine(const Network& network, int index,
                 const std::vector<Stimulus>& stimuli, State& state) {
  const auto add = [&](const Projection& projection, double amount) {
    network.groups[projection.group].kernel->AddDopamine(
        index, amount, state.step,
        state.blocks[index].synapses[projection.group].get());
  };
  for (const Stimulus& stimulus : stimuli) {
    const auto& dopamine = stimulus.targets->dopamine;
    if (!dopamine.has_value()) continue;
    for (int32_t p : dopamine->projections) {
      add(network.projections[p], dopamine->amount);
    }
    if (!dopamine->projections.empty()) continue;
    for (const Projection& projection : network.projections) {
      if (network.TakesDopamine(projection)) add(projection, dopamine->amount);
    }
  }
}

// Parts 1 and 2 of a step for one block, on the block's thread.
void UpdateBlock(const Network& network, int index,
                 const std::vector<Stimulus>& stimuli,
                 const std::vector<SwitchedGroup>& switched, State& state) {
  FreezeSynapses(network, index, switched, state);
  AddDopamine(network, index, stimuli, state);
  const Block& block = network.blocks[index];
  BlockState& own = state.blocks[index];
  AddStimuli(network, stimuli, state.step, block, own.input);
  own.spike_slots.clear();
  uint32_t* end = own.spike_buffer.data();
  for (size_t p = 0; p < block.runs.size(); ++p) {
    const Run& run = block.runs[p];
    const uint32_t* begin = end;
    end = UpdateRun(network, static_cast<int>(p), run, state, own, end);
    const auto first =
        static_cast<uint32_t>(network.populations[p].first_neuron + run.first);
    for (; begin < end; ++begin) {
      own.spike_slots.push_back(
          static_cast<uint16_t>(*begin - first + run.first_slot));
    }
  }
  own.spike_count = static_cast<size_t>(end - own.spike_buffer.data());
  own.input.sums_used = 0;
  own.input.carries_used = false;
}

// The spikes of all blocks, ascending; several blocks' are merged in the memory
// of one of them.
absl::Span<const uint32_t> AllSpikes(State& state, int block) {
  if (state.blocks.size() == 1) return state.blocks[0].spikes();
  std::vector<uint32_t>& all = state.blocks[block].all_spikes;
  all.clear();
  for (const BlockState& own : state.blocks) {
    const auto middle = static_cast<ptrdiff_t>(all.size());
    all.insert(all.end(), own.spikes().begin(), own.spikes().end());
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
  }
  return all;
}

// Part 3 of a step for one block, on the block's thread.
void PropagateBlock(const Network& network, int index,
                    const SpikeWindow& spikes, State& state) {
  BlockState& own = state.blocks[index];
  for (size_t g = 0; g < network.groups.size(); ++g) {
    network.groups[g].kernel->Propagate({
        .step = state.step,
        .block = index,
        .spikes = spikes,
        .spike_slots = own.spike_slots,
        .input = own.input,
        .state = own.synapses[g].get(),
        .scratch = own.scratch,
    });
  }
}

}  // namespace

void Step(const Network& network, State& state, ThreadTeam* team) {
  if (!state.scheduled.empty()) ApplyDueChanges(network, state);
  const std::vector<Stimulus>& stimuli = state.stimuli.Advance(state.step);
  const std::vector<SwitchedGroup> switched =
      SwitchPlasticity(network, stimuli, state);
  const auto blocks = static_cast<int>(network.blocks.size());
  const int members = team == nullptr || blocks == 1 ? 1 : team->size();
  const auto run = [&](int member) {
    for (int b = member; b < blocks; b += members) {
      UpdateBlock(network, b, stimuli, switched, state);
    }

    // Each member merges the spikes of all for itself: that is cheaper than to
    // wait again.
    if (members > 1) team->Wait();
    if (member >= blocks) return;
    const absl::Span<const uint32_t> all = AllSpikes(state, member);

    // The spikes that this overwrites are too old to be read by any member.
    if (member == 0) state.spikes.Commit(state.step, all);
    const SpikeWindow spikes(state.spikes, state.step, all);
    for (int b = member; b < blocks; b += members) {
      PropagateBlock(network, b, spikes, state);
    }
  };
  if (members == 1) {
    run(0);
  } else {
    team->Run(run);
  }
  ++state.step;
}

}  // namespace spiked
