// SPDX-License-Identifier: Apache-2.0
//
// Groups of projections that share tables of synapses. A spike then visits one
// row per group instead of one per projection: the columnar network has ten
// projections and one group.

#ifndef SPIKED_CORE_BUILD_SYNAPSE_GROUPS_H_
#define SPIKED_CORE_BUILD_SYNAPSE_GROUPS_H_

#include <cstddef>
#include <vector>

#include "core/build/weight_format.h"
#include "core/model/synapse_model.h"
#include "core/spec/network_spec.h"

namespace spiked {

struct SynapseGroupSpec {
  int receptor;  // index in the target's model
  SynapseSpec synapse;
  double dendritic_delay_fraction;  // 0 for models that aren't plastic
  WeightChoice weights;             // the unit may differ from target to target
  std::vector<size_t> projections;  // indices in NetworkSpec, ascending
  // kConstant: the row of counts in which it delivers. Groups without a common
  // target population may share one, so there are about as many rows as one
  // population needs, and not as many as the network has weights.
  int count_row = 0;
};

// Groups projections that share receptor index, synapse model, parameter set,
// parameters, dendritic part of delays and weight format (`choices`, one for
// each projection). Two projections between the same populations never share a
// group, so that the group of a synapse tells its projection. A projection that
// takes dopamine has a group of its own. Requires: a valid specification.
std::vector<SynapseGroupSpec> GroupSynapses(
    const NetworkSpec& spec, const std::vector<WeightChoice>& choices);

// The synapse model of a group, as its delays need it.
const SynapseModel* ModelOf(const SynapseGroupSpec& group);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_SYNAPSE_GROUPS_H_
