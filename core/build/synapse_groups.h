// SPDX-License-Identifier: Apache-2.0
//
// Which projections are stored together. A spike then walks one row per group
// instead of one per projection: the columnar network has ten projections and
// one group.

#ifndef SPIKED_CORE_BUILD_SYNAPSE_GROUPS_H_
#define SPIKED_CORE_BUILD_SYNAPSE_GROUPS_H_

#include <cstddef>
#include <vector>

#include "core/build/weight_format.h"
#include "core/spec/network_spec.h"

namespace spiked {

struct SynapseGroupSpec {
  int receptor;  // index in the target's model
  SynapseSpec synapse;
  WeightChoice weights;             // the unit may differ from target to target
  std::vector<size_t> projections;  // indices in NetworkSpec, ascending
};

// Groups projections that share receptor index, synapse model, parameter
// set, parameters and weight format (`choices`, one for each projection); two
// that join the same populations never share a group, so that a synapse tells
// which projection it belongs to, and one that takes dopamine has its group for
// itself. Requires: a valid specification.
std::vector<SynapseGroupSpec> GroupSynapses(
    const NetworkSpec& spec, const std::vector<WeightChoice>& choices);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_SYNAPSE_GROUPS_H_
