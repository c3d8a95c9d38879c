// SPDX-License-Identifier: Apache-2.0
//
// Everything that changes while a network is stepped, as plain arrays. A copy
// of it is a snapshot.

#ifndef SPIKED_CORE_NETWORK_STATE_H_
#define SPIKED_CORE_NETWORK_STATE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/model/spike_history.h"
#include "core/model/synapse_model.h"
#include "core/network/network.h"
#include "core/network/network_changes.h"
#include "core/network/stimulus.h"
#include "core/numbers/aligned_array.h"
#include "core/spec/change_spec.h"

namespace spiked {

// The part of the state that only the thread of one block writes.
struct BlockState {
  InputBuffer input;                                    // input of State::step
  std::vector<std::unique_ptr<SynapseState>> synapses;  // [groups]; some null

  // Spikes of the step that is being done, or of the last one.
  size_t spike_count = 0;
  std::vector<uint32_t> spike_buffer;  // [slots]: neurons of the network
  std::vector<uint16_t> spike_slots;   // the same spikes as slots of the block
  std::vector<uint32_t> all_spikes;    // spikes of all blocks
  AlignedArray rows;  // [receptors + 1][kChunk]: inputs of a run; zeros
  std::vector<uint32_t> scratch;

  // The block's spikes: neurons of the network, ascending.
  absl::Span<const uint32_t> spikes() const {
    return {spike_buffer.data(), spike_count};
  }

  BlockState() = default;
  BlockState(const BlockState& other);
  BlockState(BlockState&&) = default;
  BlockState& operator=(BlockState other) noexcept;
};

// Changes that wait for their step.
struct ScheduledChanges {
  int64_t step;
  std::shared_ptr<const ChangeSpecs> changes;
  int64_t element_count;  // CountElements(*changes)
};

struct State {
  int64_t step = 0;        // steps done; the coming one has this number
  AlignedArray variables;  // [variables x stride] of each population, then
                           // [state rows x stride] of each input
  SpikeHistory spikes{1};  // as far back as the longest delay
  std::vector<BlockState> blocks;
  StimulusQueue stimuli;
  std::vector<bool> frozen_projections;  // [projections]: plasticity is off

  // Changes to the network: in effect, and waiting (core/change/change.h).
  std::shared_ptr<const NetworkChanges> changes;  // null: nothing
  std::vector<ScheduledChanges> scheduled;        // by step

  // Grows when `frozen_projections` or the set of silenced neurons changes, so
  // that displays know when to read them again. The simulation doesn't use it.
  int64_t overview_revision = 0;
};

// The state of a network at step 0.
State MakeState(const Network& network);

// Appends the neurons that spiked in the last step, ascending.
void AppendLastSpikes(const Network& network, const State& state,
                      std::vector<int32_t>* neurons);

// A number of an array in the network's precision.
inline double ReadScalar(const Network& network, const AlignedArray& array,
                         size_t i) {
  return network.precision == Precision::kFloat64 ? array.as<double>()[i]
                                                  : array.as<float>()[i];
}

// Index in State::variables of a variable of neuron i of a population.
inline size_t VariableIndex(const Population& population, int variable,
                            int64_t i) {
  return population.variables_offset + variable * population.stride + i;
}

// A state variable of one neuron. Requires: indices in range.
double ReadVariable(const Network& network, const State& state, int population,
                    int variable, int64_t neuron_in_population);

// The weight of all synapses of a projection that stores no weights.
double ConstantWeight(const Network& network, const State& state,
                      const Projection& projection);

// Describes the first number of the state that is not finite: population,
// variable, neuron and step, or the input whose state it is. Empty if all are
// finite.
std::string FindNonFinite(const Network& network, const State& state);

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_STATE_H_
