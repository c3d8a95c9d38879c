// SPDX-License-Identifier: Apache-2.0
//
// Which projections are stored together. A spike then walks one row per group
// instead of one per projection: the columnar network has ten projections and
// one group.

#ifndef SPIKED_CORE_SYNAPSE_GROUPS_H_
#define SPIKED_CORE_SYNAPSE_GROUPS_H_

#include <cstddef>
#include <vector>

#include "core/network_spec.h"

namespace spiked {

// Bytes that building takes per synapse, beyond what remains.
inline constexpr double kBuildBytesPerSynapse = 40;

struct SynapseGroupSpec {
  int receptor;  // index in the target's model
  SynapseSpec synapse;
  std::vector<size_t> projections;  // indices in NetworkSpec, ascending
};

// Groups projections that share receptor index, synapse model and parameters;
// two that join the same populations never share a group, so that a synapse
// tells which projection it belongs to. Requires: a valid specification.
std::vector<SynapseGroupSpec> GroupSynapses(const NetworkSpec& spec);

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSE_GROUPS_H_
