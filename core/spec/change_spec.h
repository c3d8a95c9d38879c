// SPDX-License-Identifier: Apache-2.0
//
// What can be changed of a network while it is stepped, as plain values. The
// meaning of every field stands at the field of the same name in
// proto/spiked/v1/change.proto.

#ifndef SPIKED_CORE_SPEC_CHANGE_SPEC_H_
#define SPIKED_CORE_SPEC_CHANGE_SPEC_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/spec/network_spec.h"

namespace spiked {

struct SetParametersSpec {
  std::string population;
  std::vector<int32_t> neuron_indices;  // empty: all
  ValueMap parameters;
};

struct SetStateSpec {
  std::string population;
  std::vector<int32_t> neuron_indices;  // empty: all
  ValueMap values;
};

struct SetInputSpec {
  std::string input;
  ValueMap parameters;
};

// What all weights of a projection are multiplied by.
struct WeightFactor {
  double factor = 1;
};
// The weights of all synapses from each source to each target.
struct PairWeights {
  std::vector<int32_t> source_indices;
  std::vector<int32_t> target_indices;
  std::vector<double> weights;
};
struct SetWeightsSpec {
  std::string projection;
  std::variant<std::monostate, Value, WeightFactor, PairWeights> weights;
};

struct SilenceSpec {
  std::string population;
  std::vector<int32_t> neuron_indices;  // empty: all
  bool silenced = false;
};

// std::monostate: none was given.
using ChangeSpec =
    std::variant<std::monostate, SetParametersSpec, SetStateSpec, SetInputSpec,
                 SetWeightsSpec, SilenceSpec, PlasticitySwitchSpec>;

// What is changed together, in this order, between two steps.
using ChangeSpecs = std::vector<ChangeSpec>;

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_CHANGE_SPEC_H_
