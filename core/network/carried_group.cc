// SPDX-License-Identifier: Apache-2.0

#include "core/network/carried_group.h"

#include "core/network/placed_synapses.h"

namespace spiked {

void ForEachCarriedSynapse(
    const CarriedGroup& group,
    const std::function<void(const CarriedProjection&, const SynapseAt&,
                             const SynapseAt&)>& visit) {
  std::vector<PlacedSynapse> before;
  std::vector<PlacedSynapse> now;
  for (const CarriedProjection& projection : group.projections) {
    const int64_t sources = group.now.populations[projection.now->source].count;
    for (int64_t i = 0; i < sources; ++i) {
      FindSynapses(group.before, *projection.before, i, &before);
      FindSynapses(group.now, *projection.now, i, &now);
      const size_t count = std::min(before.size(), now.size());
      for (size_t k = 0; k < count; ++k) {
        visit(projection, before[k].at, now[k].at);
      }
    }
  }
}

}  // namespace spiked
