// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/spike_counter.h"

namespace spiked {

std::vector<SpikeGroup> MakeSpikeGroups(
    const std::vector<PopulationShape>& shapes,
    const std::vector<bool>& populations, bool by_column) {
  std::vector<SpikeGroup> groups;
  int64_t begin = 0;
  for (size_t p = 0; p < shapes.size(); ++p) {
    const int64_t end = begin + shapes[p].size;
    if (populations[p]) {
      const int64_t columns = by_column ? shapes[p].column_count : 1;
      const int64_t size = shapes[p].size / columns;
      for (int64_t c = 0; c < columns; ++c) {
        groups.push_back({begin + c * size, begin + (c + 1) * size});
      }
    }
    begin = end;
  }
  return groups;
}

SpikeFilter FilterOf(absl::Span<const SpikeGroup> groups,
                     int64_t neuron_count) {
  SpikeFilter filter = SpikeFilter::None(neuron_count);
  for (const SpikeGroup& group : groups) filter.Add(group.begin, group.end);
  return filter;
}

}  // namespace spiked
