// SPDX-License-Identifier: Apache-2.0
//
// Draws the synapses of a network and lays them out in memory.

#ifndef SPIKED_CORE_BUILD_BUILD_SYNAPSES_H_
#define SPIKED_CORE_BUILD_BUILD_SYNAPSES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/build/build_progress.h"
#include "core/build/synapse_groups.h"
#include "core/model/synapse_table.h"
#include "core/network/network.h"
#include "core/numbers/thread_team.h"
#include "core/spec/network_spec.h"

namespace spiked {

struct BuiltSynapses {
  SynapseLayout layout;                 // input_row is left to the caller
  std::vector<int64_t> synapse_counts;  // [the group's projections]
  // Most input that one neuron can receive in one step: synapses for kConstant,
  // units of weight for kBits16; 0 for kFull.
  int64_t largest_sum = 0;
  int64_t largest_indegree = 0;  // most synapses onto a neuron; kBits16 only
};

// Draws all synapses of a group and stores them. Each synapse is drawn twice,
// first to count it, then to store it in its place, so that none is ever moved
// or held twice. A draw depends on its projection and element alone, so any
// member of the team can make it, in any order. Synapses in a segment are
// ordered by projection, then by element.
//
// `choices` has one entry for each projection of the network. Requires: a
// network with populations and blocks. RESOURCE_EXHAUSTED if a block has too
// many synapses, CANCELLED if `progress` was cancelled. `progress` counts one
// unit of work for each draw of an owner and for each draw of a synapse.
absl::StatusOr<BuiltSynapses> BuildSynapses(
    const NetworkSpec& spec, const SynapseGroupSpec& group,
    const std::vector<WeightChoice>& choices, const Network& network,
    ThreadTeam& team, BuildProgress& progress);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_BUILD_SYNAPSES_H_
