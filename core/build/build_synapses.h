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
  std::vector<int64_t> synapse_counts;  // of the group's projections
  // What can arrive at one neuron in one step at most: synapses of kConstant,
  // units of kBits16; 0 for kFull.
  int64_t largest_sum = 0;
  int64_t largest_indegree = 0;  // synapses onto one neuron; kBits16 only
};

// Everything is drawn twice, first to be counted, then to be stored in its
// place, so that nothing is ever moved or held twice; each draw is a function
// of its projection and element, so the members of the team draw what they
// like. In a segment, synapses come by projection, then element.
//
// `choices` has one entry for each projection of the network. Requires: a
// network with populations and blocks. RESOURCE_EXHAUSTED if a block has too
// many synapses, CANCELLED if `progress` was. Each owner and each of its
// synapses, as often as they are drawn, is a unit of work in `progress`.
absl::StatusOr<BuiltSynapses> BuildSynapses(
    const NetworkSpec& spec, const SynapseGroupSpec& group,
    const std::vector<WeightChoice>& choices, const Network& network,
    ThreadTeam& team, BuildProgress& progress);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_BUILD_SYNAPSES_H_
