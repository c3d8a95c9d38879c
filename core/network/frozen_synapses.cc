// SPDX-License-Identifier: Apache-2.0

#include "core/network/frozen_synapses.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/model/synapse_table.h"
#include "core/network/network.h"

namespace spiked {

FrozenSynapses::FrozenSynapses(const Network& network, int group,
                               const std::vector<int>& projections, bool of_all)
    : all_(of_all), ranges_(network.blocks.size()) {
  std::vector<int> ordered = projections;
  std::stable_sort(ordered.begin(), ordered.end(), [&](int a, int b) {
    return network.projections[a].source < network.projections[b].source;
  });
  const int64_t first_source =
      network.groups[group].kernel->layout().first_source;
  for (size_t i = 0; i < ordered.size(); ++i) {
    const Projection& projection = network.projections[ordered[i]];
    const Population& source = network.populations[projection.source];
    const int64_t begin = source.first_neuron - first_source;
    if (rows_.empty() || rows_.back().begin != begin) {
      rows_.push_back({begin, begin + source.count, i, i});
    }
    rows_.back().last = i + 1;
    for (size_t b = 0; b < ranges_.size(); ++b) {
      const Run& run = network.blocks[b].runs[projection.target];
      ranges_[b].push_back(
          {run.first_slot, run.first_slot + static_cast<uint32_t>(run.count)});
    }
  }
}

absl::Span<const SlotRange> FrozenSynapses::At(int block, int64_t row) const {
  const auto rows = std::upper_bound(
      rows_.begin(), rows_.end(), row,
      [](int64_t at, const Rows& candidate) { return at < candidate.end; });
  if (rows == rows_.end() || row < rows->begin) return {};
  return absl::MakeConstSpan(ranges_[block])
      .subspan(rows->first, rows->last - rows->first);
}

bool FrozenSynapses::IsFrozen(const SynapseLayout& layout, int block,
                              size_t index) const {
  if (all_) return true;
  const SynapseTable& table = layout.blocks[block];
  const size_t delays = layout.delays.size();
  const uint32_t* begins = table.fours();
  // The segment of the synapse is the last one that begins at or before it.
  // Empty segments that begin there come earlier.
  const uint32_t* next =
      std::upper_bound(begins, begins + layout.source_count * delays,
                       static_cast<uint32_t>(index / SynapseTable::kPad));
  const auto row = static_cast<int64_t>((next - begins - 1) / delays);
  return IsIn(At(block, row), table.targets.as<uint16_t>()[index]);
}

std::vector<SwitchedGroup> MakeSwitchedGroups(const Network& network,
                                              const std::vector<int>& groups,
                                              const std::vector<bool>& frozen) {
  struct Members {
    std::vector<int> frozen;
    size_t count = 0;
  };
  std::map<int, Members> members;
  for (int group : groups) members[group];
  for (size_t p = 0; p < network.projections.size(); ++p) {
    const auto it = members.find(network.projections[p].group);
    if (it == members.end()) continue;
    ++it->second.count;
    if (frozen[p]) it->second.frozen.push_back(static_cast<int>(p));
  }
  std::vector<SwitchedGroup> switched;
  for (const auto& [group, of_group] : members) {
    switched.push_back({group, nullptr});
    if (of_group.frozen.empty()) continue;
    switched.back().frozen = std::make_shared<FrozenSynapses>(
        network, group, of_group.frozen,
        of_group.frozen.size() == of_group.count);
  }
  return switched;
}

}  // namespace spiked
