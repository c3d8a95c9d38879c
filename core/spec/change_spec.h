// SPDX-License-Identifier: Apache-2.0
//
// Changes of a network between two steps, as plain values. Each field is
// described at the field of the same name in proto/spiked/v1/change.proto.

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

// A factor for all weights of a projection.
struct WeightFactor {
  double factor = 1;
};
// One weight for all synapses from a source to a target, for each listed pair.
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

// std::monostate: no change was given.
using ChangeSpec =
    std::variant<std::monostate, SetParametersSpec, SetStateSpec, SetInputSpec,
                 SetWeightsSpec, SilenceSpec, PlasticitySwitchSpec>;

// Changes that are made together, in this order, between two steps.
using ChangeSpecs = std::vector<ChangeSpec>;

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_CHANGE_SPEC_H_
