// SPDX-License-Identifier: Apache-2.0
//
// The interface of synapse models: the plug point of core/synapses/.

#ifndef SPIKED_CORE_SYNAPSE_MODEL_H_
#define SPIKED_CORE_SYNAPSE_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/aligned_array.h"
#include "core/model_info.h"
#include "core/network_spec.h"
#include "core/parameters.h"
#include "core/spike_history.h"

namespace spiked {

// Synapses onto one receptor, sorted by source, then delay, then projection,
// then target. The synapses of source slot s with the i-th delay are
// [begin[s * D + i], begin[s * D + i + 1]), D = delays.size().
struct SynapseTable {
  std::vector<int32_t> delays;   // [D] distinct delays in steps, descending
  std::vector<uint32_t> begin;   // [slots * D + 1]
  std::vector<uint32_t> target;  // [S] slots
  int64_t slot_count = 0;

  absl::Span<const uint32_t> Segment(uint32_t source,
                                     size_t delay_index) const {
    const size_t at = source * delays.size() + delay_index;
    return {target.data() + begin[at], begin[at + 1] - begin[at]};
  }
};

// Everything of a group of synapses that changes: arrays that its kernel knows.
struct SynapseState {
  std::vector<AlignedArray> arrays;
};

// One step of a group of synapses.
struct Propagation {
  int64_t step;  // the step in which `spikes.At(step)` were found
  const SpikeHistory& spikes;
  void* input;  // [slots] of the receptor: what acts in step + 1
  SynapseState& state;
};

// A group of synapses with their parameters built in. Immutable.
class SynapseKernel {
 public:
  virtual ~SynapseKernel() = default;

  // The state at step 0.
  virtual SynapseState MakeState() const = 0;

  // Delivers what arrives in step + 1 to the input, and changes the weights:
  // the spikes of step n with delay d act in step n + d. Adds to each target in
  // one fixed order: by step of emission, then source, then row.
  virtual void Propagate(const Propagation& propagation) const = 0;

  virtual const SynapseTable& table() const = 0;

  // The weight of a synapse now.
  virtual double Weight(const SynapseState& state, uint32_t synapse) const = 0;
};

// A synapse model. Immutable.
class SynapseModel {
 public:
  virtual ~SynapseModel() = default;

  virtual const ModelInfo& info() const = 0;

  // What a projection's weights must lie in. Default: any.
  virtual void CheckWeights(const Parameters& /*parameters*/, double* /*min*/,
                            double* /*max*/) const {}

  // Builds the kernel of a group. `weights` [S] are those of step 0.
  virtual std::unique_ptr<SynapseKernel> Compile(const Parameters& parameters,
                                                 SynapseTable table,
                                                 std::vector<double> weights,
                                                 double dt_ms,
                                                 Precision precision) const = 0;

  // Bytes per synapse, and per neuron slot of the network, that a group of this
  // model takes, state included: an estimate for admission.
  virtual double BytesPerSynapse(Precision precision) const = 0;
  virtual double BytesPerSlot(int64_t max_delay_steps,
                              Precision precision) const = 0;
};

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSE_MODEL_H_
