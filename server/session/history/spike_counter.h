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

// Neurons of the network that are counted together: a population, or a column
// of one.
struct SpikeGroup {
  int64_t begin;
  int64_t end;  // exclusive
};

// The groups of the wanted populations, or of their columns, in the order of
// the network.
std::vector<SpikeGroup> MakeSpikeGroups(
    const std::vector<PopulationShape>& shapes,
    const std::vector<bool>& populations, bool by_column);

// Wants the neurons of some groups.
SpikeFilter FilterOf(absl::Span<const SpikeGroup> groups, int64_t neuron_count);

// Adds the spikes of one step to the counts of their groups. `neurons` ascend,
// and so do the groups; `counts` [groups].
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
