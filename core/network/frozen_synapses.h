// SPDX-License-Identifier: Apache-2.0
//
// Which synapses of a group keep their weights while plasticity is off for some
// of the projections that share the group.

#ifndef SPIKED_CORE_NETWORK_FROZEN_SYNAPSES_H_
#define SPIKED_CORE_NETWORK_FROZEN_SYNAPSES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"

namespace spiked {

struct Network;
struct SynapseLayout;

// Slots of a block: [begin, end).
struct SlotRange {
  uint32_t begin;
  uint32_t end;
};

inline bool IsIn(absl::Span<const SlotRange> ranges, uint32_t slot) {
  for (const SlotRange& range : ranges) {
    if (slot >= range.begin && slot < range.end) return true;
  }
  return false;
}

// Immutable, so that the states of all blocks and their copies share one.
class FrozenSynapses {
 public:
  // `projections` are the frozen projections of the group, as ascending indices
  // in the network; `of_all` says that they are all projections of the group.
  FrozenSynapses(const Network& network, int group,
                 const std::vector<int>& projections, bool of_all);

  // True if every synapse of the group is frozen.
  bool all() const { return all_; }

  // Target slots of the frozen synapses of a row of the group, as ranges.
  absl::Span<const SlotRange> At(int block, int64_t row) const;

  // Whether one synapse (an index into the targets of the group's sparse
  // layout) is frozen. For callers that found it by its target: searches for
  // its row.
  bool IsFrozen(const SynapseLayout& layout, int block, size_t index) const;

 private:
  // The rows of one source population, and the positions [first, last) of its
  // frozen projections in `ranges_`.
  struct Rows {
    int64_t begin;
    int64_t end;
    size_t first;
    size_t last;
  };

  bool all_;
  std::vector<Rows> rows_;                      // ascending
  std::vector<std::vector<SlotRange>> ranges_;  // [blocks][frozen projections]
};

// Frozen synapses of a group whose plasticity was switched; null: none.
struct SwitchedGroup {
  int group;
  std::shared_ptr<const FrozenSynapses> frozen;
};

// One result for each of `groups`, in ascending order. `frozen` says for each
// projection of the network whether it is frozen.
std::vector<SwitchedGroup> MakeSwitchedGroups(const Network& network,
                                              const std::vector<int>& groups,
                                              const std::vector<bool>& frozen);

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_FROZEN_SYNAPSES_H_
