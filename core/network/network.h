// SPDX-License-Identifier: Apache-2.0
//
// The compiled network: everything that stays the same while it is stepped.

#ifndef SPIKED_CORE_NETWORK_NETWORK_H_
#define SPIKED_CORE_NETWORK_NETWORK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/model/encoder_model.h"
#include "core/model/input_buffer.h"
#include "core/model/input_model.h"
#include "core/model/neuron_model.h"
#include "core/model/synapse_model.h"
#include "core/network/blocks.h"
#include "core/network/stimulus.h"
#include "core/numbers/aligned_array.h"
#include "core/spec/network_spec.h"

namespace spiked {

struct Population {
  std::string name;
  std::string layer;
  const NeuronModel* model;
  std::unique_ptr<NeuronKernel> kernel;
  int64_t count = 0;  // neurons
  int64_t column_count = 1;
  int64_t first_neuron = 0;     // index in the network
  int64_t stride = 0;           // count, rounded up to a multiple of 16
  size_t variables_offset = 0;  // scalars into State::variables: [V x stride]
  std::vector<ReceptorInput> receptors;  // [receptors of the model]
  std::vector<int> inputs;               // indices in Network::inputs

  // Source of the kernel.
  int scheme = 0;  // index in ModelInfo::schemes
  std::string cell_class;
  ValueMap parameters;
};

// Something that drives a receptor of one population in every step.
struct Input {
  std::string name;
  int population;
  int receptor;
  const InputModel* model;
  ValueMap parameters;  // source of the kernel
  std::unique_ptr<InputKernel> kernel;
  int state_rows = 0;       // [state_rows x the population's stride]
  size_t state_offset = 0;  // scalars into State::variables
};

// All synapses that share a synapse model, its parameters, a receptor index and
// the way in which weights are stored.
struct SynapseGroup {
  int receptor;
  bool is_plastic;
  bool takes_dopamine;  // only in groups of one projection
  std::unique_ptr<SynapseKernel> kernel;
  double weight_min = 0;  // bounds of all weights
  double weight_max = 0;
  int64_t largest_indegree = 0;  // kBits16: synapses onto one neuron
  int64_t state_bytes = 0;       // of a copy of its states, roughly
};

// The synapses of a projection are those of its group that join its source and
// target population. No two projections of a group join the same populations.
struct Projection {
  std::string name;
  int source;
  int target;
  int group;
  int64_t synapse_count = 0;
  int weight_bits = 32;  // per synapse; 0: all weights are the same
};

// Immutable once compiled.
struct Network {
  double dt_ms = 0;
  Precision precision = Precision::kFloat32;
  int64_t seed = 0;
  std::vector<Population> populations;
  std::vector<Projection> projections;
  std::vector<Input> inputs;
  std::vector<Encoder> encoders;
  // Indices into the lists above, ordered by name.
  std::vector<int32_t> populations_by_name;
  std::vector<int32_t> projections_by_name;
  std::vector<int32_t> inputs_by_name;
  std::vector<int32_t> encoders_by_name;
  std::vector<SynapseGroup> groups;
  std::vector<Stimulus> stimuli;  // from the specification, by step
  std::vector<Block> blocks;
  InputRows input_rows;
  AlignedArray initial_variables;  // State::variables at step 0
  int64_t neuron_count = 0;
  int64_t max_delay_steps = 1;  // for so many steps spikes are kept
  int64_t synapse_count = 0;

  size_t scalar_bytes() const {
    return precision == Precision::kFloat64 ? 8 : 4;
  }

  // Index of the object with this name, or -1. Fast also with many objects.
  int FindPopulation(const std::string& name) const;
  int FindProjection(const std::string& name) const;
  int FindInput(const std::string& name) const;
  int FindEncoder(const std::string& name) const;

  bool IsPlastic(const Projection& projection) const {
    return groups[projection.group].is_plastic;
  }
  bool TakesDopamine(const Projection& projection) const {
    return groups[projection.group].takes_dopamine;
  }
};

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_NETWORK_H_
