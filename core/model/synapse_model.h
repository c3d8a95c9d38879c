// SPDX-License-Identifier: Apache-2.0
//
// The interface of synapse models: the plug point of core/synapses/.

#ifndef SPIKED_CORE_MODEL_SYNAPSE_MODEL_H_
#define SPIKED_CORE_MODEL_SYNAPSE_MODEL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "core/model/input_buffer.h"
#include "core/model/spike_history.h"
#include "core/model/synapse_table.h"
#include "core/spec/model_info.h"
#include "core/spec/network_spec.h"
#include "core/spec/parameters.h"

namespace spiked {

class FrozenSynapses;
struct CarriedGroup;
struct Network;

// The part of a group of synapses onto one block that changes. Its content is
// known to the group's kernel alone. A copy is a snapshot.
class SynapseState {
 public:
  virtual ~SynapseState() = default;
  virtual std::unique_ptr<SynapseState> Clone() const = 0;

  // Synapses whose weights don't change now, because plasticity is off; null:
  // none. Their traces of spikes continue to change. It is replaced only in a
  // state that has just been settled or made, so that it holds for all changes
  // that are put off from then on. Kernels of plastic models honour it in
  // Propagate and Settle.
  std::shared_ptr<const FrozenSynapses> frozen;
};

// One step of a group of synapses onto one block.
struct Propagation {
  int64_t step;  // the step in which `spikes.At(step)` were found
  int block;
  const SpikeWindow& spikes;
  absl::Span<const uint16_t> spike_slots;  // of this block, in this step
  InputBuffer& input;                      // for step + 1
  SynapseState* state;             // of this block; null if MakeState gave none
  std::vector<uint32_t>& scratch;  // anything, of any size
};

// A group of synapses with their parameters built in. Immutable.
class SynapseKernel {
 public:
  virtual ~SynapseKernel() = default;

  // The state of a block at step 0; null if nothing changes.
  virtual std::unique_ptr<SynapseState> MakeState(int /*block*/) const {
    return nullptr;
  }

  // Delivers what arrives in step + 1 to the input, and changes the weights:
  // the spikes of step n with delay d act in step n + d. Scalars are added to
  // each target in one fixed order: by step of emission, then source, then row.
  virtual void Propagate(const Propagation& propagation) const = 0;

  virtual const SynapseLayout& layout() const = 0;

  // Adds to the concentration of dopamine that all synapses of the group see,
  // in the state of a block after `step` steps; does nothing for models that
  // take none.
  virtual void AddDopamine(int /*block*/, double /*amount*/, int64_t /*step*/,
                           SynapseState* /*state*/) const {}

  // True if weights may change later than the events that change them, so that
  // a state has to be settled before it is looked at.
  virtual bool puts_off_changes() const { return false; }

  // A copy of a block's state after `step` steps, with all weight changes that
  // were put off applied. It continues as the state would have.
  virtual std::unique_ptr<SynapseState> Settle(int /*block*/,
                                               const SynapseState& state,
                                               const SpikeHistory& /*spikes*/,
                                               int64_t /*step*/) const {
    return state.Clone();
  }

  // The weight of a synapse. `unit` is the unit of integer weights at its
  // target's receptor; `state` has been settled, and is null if MakeState gave
  // null.
  virtual double Weight(const SynapseAt& synapse, const SynapseState* state,
                        double unit) const = 0;

  // Changes the weight of a synapse from the coming step's arrivals on: to the
  // nearest number that can be stored. `state` has been settled. Requires: the
  // weight is one that synapses of the group may have, and weights are stored
  // one by one.
  virtual void SetWeight(const SynapseAt& synapse, double weight, double unit,
                         SynapseState* state) const = 0;

  // Carries the memory of synapses, sources and targets, and the spikes on
  // their way, over an edit of the network: from the states in `group` to
  // `states` (of all blocks), which are as MakeState made them.
  virtual void CarryOver(const CarriedGroup& /*group*/,
                         absl::Span<SynapseState* const> /*states*/) const {}

  // Passes the traces of sources and targets to `mix`, as numbers that depend
  // neither on how targets are split over blocks nor on when weights were
  // settled. `blocks` are the states of all blocks.
  virtual void HashTraces(absl::Span<const SynapseState* const> /*blocks*/,
                          const Network&, int64_t /*step*/,
                          const std::function<void(double)>& /*mix*/) const {}
};

// A synapse model. Immutable.
class SynapseModel {
 public:
  virtual ~SynapseModel() = default;

  virtual const ModelInfo& info() const = 0;

  // Writes the bounds of a projection's weights to *min and *max. Default:
  // leaves them as they are, so that all weights are allowed.
  virtual void CheckWeights(const Parameters& /*parameters*/, double* /*min*/,
                            double* /*max*/) const {}

  // True if weights change, so that they are part of the state.
  virtual bool is_plastic() const = 0;

  // True if dopamine modulates how weights change. Each projection of such a
  // model is a group by itself, since it has a concentration of its own.
  virtual bool takes_dopamine() const { return false; }

  // True if weights are stored one by one, in the network's precision: kFull
  // and never dense. Plastic ones must be.
  virtual bool has_full_weights() const { return is_plastic(); }

  // The same model for groups whose delays have a dendritic part, where another
  // kernel is needed for it.
  virtual const SynapseModel& WithDendriticDelays() const { return *this; }

  // Builds the kernel of a group.
  virtual std::unique_ptr<SynapseKernel> Compile(
      const Parameters& parameters, SynapseLayout layout,
      const Network& network) const = 0;

  // Estimates for admission: bytes of the state of a group of this model per
  // synapse, per neuron of the network, and per source in each block; and bytes
  // of the tables of its kernel, which don't depend on the number of synapses.
  virtual double StateBytesPerSynapse(Precision /*precision*/) const {
    return 0;
  }
  virtual double StateBytesPerNeuron(Precision /*precision*/) const {
    return 0;
  }
  virtual double StateBytesPerSource(Precision /*precision*/) const {
    return 0;
  }
  virtual double TableBytes(const Parameters& /*parameters*/, double /*dt_ms*/,
                            Precision /*precision*/) const {
    return 0;
  }
};

}  // namespace spiked

#endif  // SPIKED_CORE_MODEL_SYNAPSE_MODEL_H_
