// SPDX-License-Identifier: Apache-2.0
//
// Which synapses of a group keep their weights while plasticity is off for some
// of the projections that share the group.

#ifndef SPIKED_CORE_NETWORK_HELD_SYNAPSES_H_
#define SPIKED_CORE_NETWORK_HELD_SYNAPSES_H_

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
class HeldSynapses {
 public:
  // `projections` are the held projections of the group, as ascending indices
  // in the network; `of_all` says that they are all projections of the group.
  HeldSynapses(const Network& network, int group,
               const std::vector<int>& projections, bool of_all);

  // True if every synapse of the group is held.
  bool all() const { return all_; }

  // Target slots of the held synapses of a row of the group, as ranges.
  absl::Span<const SlotRange> At(int block, int64_t row) const;

  // Whether one synapse (an index into the targets of the group's sparse
  // layout) is held. For callers that found it by its target: searches for its
  // row.
  bool Holds(const SynapseLayout& layout, int block, size_t index) const;

 private:
  // The rows of one source population, and the positions [first, last) of its
  // held projections in `ranges_`.
  struct Rows {
    int64_t begin;
    int64_t end;
    size_t first;
    size_t last;
  };

  bool all_;
  std::vector<Rows> rows_;                      // ascending
  std::vector<std::vector<SlotRange>> ranges_;  // [blocks][held projections]
};

// Held synapses of a group whose plasticity was switched; null: none.
struct SwitchedGroup {
  int group;
  std::shared_ptr<const HeldSynapses> held;
};

// One result for each of `groups`, in ascending order. `held` says for each
// projection of the network whether it is held.
std::vector<SwitchedGroup> MakeSwitchedGroups(const Network& network,
                                              const std::vector<int>& groups,
                                              const std::vector<bool>& held);

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_HELD_SYNAPSES_H_
