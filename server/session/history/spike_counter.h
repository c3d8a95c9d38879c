// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_SPIKE_COUNTER_H_
#define SPIKED_SERVER_SESSION_HISTORY_SPIKE_COUNTER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/build/validate.h"
#include "server/session/history/spike_filter.h"

namespace spiked {

// Neurons whose spikes are counted together: a population or one of its
// columns, by their indices through the network.
struct SpikeGroup {
  int64_t begin;
  int64_t end;  // exclusive
};

// Makes the groups of the selected populations, or of their columns, in the
// order of the network. `populations` [populations].
std::vector<SpikeGroup> MakeSpikeGroups(
    const std::vector<PopulationShape>& shapes,
    const std::vector<bool>& populations, bool by_column);

// Makes a filter that passes the neurons of the groups.
SpikeFilter FilterOf(absl::Span<const SpikeGroup> groups, int64_t neuron_count);

// Adds the spikes of one step to the counts of their groups. `counts` [groups].
// Requires: neurons and groups are in ascending order.
template <typename Count>
void CountSpikes(absl::Span<const int32_t> neurons,
                 absl::Span<const SpikeGroup> groups, Count* counts) {
  size_t group = 0;
  for (const int32_t neuron : neurons) {
    while (group < groups.size() && neuron >= groups[group].end) ++group;
    if (group == groups.size()) return;
    if (neuron >= groups[group].begin) ++counts[group];
  }
}

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_SPIKE_COUNTER_H_
