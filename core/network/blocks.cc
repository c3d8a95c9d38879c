// SPDX-License-Identifier: Apache-2.0

#include "core/network/blocks.h"

#include <algorithm>
#include <numeric>

namespace spiked {
namespace {

std::vector<Block> Split(const std::vector<int64_t>& sizes, int64_t count) {
  std::vector<Block> blocks(count);
  std::vector<int64_t> order(count);
  for (int64_t size : sizes) {
    const int64_t units = (size + kRunMultiple - 1) / kRunMultiple;
    // The remainder goes to the blocks with the fewest slots.
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return blocks[a].slot_count < blocks[b].slot_count;
    });
    std::vector<int64_t> share(count, units / count);
    for (int64_t i = 0; i < units % count; ++i) ++share[order[i]];
    int64_t first = 0;
    for (int64_t b = 0; b < count; ++b) {
      const int64_t end = std::min(size, (first + share[b] * kRunMultiple));
      blocks[b].runs.push_back({first, end - first, blocks[b].slot_count});
      blocks[b].slot_count += static_cast<uint32_t>(share[b] * kRunMultiple);
      first = end;
    }
  }
  return blocks;
}

}  // namespace

std::vector<Block> MakeBlocks(const std::vector<int64_t>& population_sizes,
                              int thread_count) {
  int64_t slots = 0;
  for (int64_t size : population_sizes) {
    slots += (size + kRunMultiple - 1) / kRunMultiple * kRunMultiple;
  }
  const int64_t most = thread_count * kMaxBlockSlots;
  int64_t count = std::max<int64_t>(1, (slots + most - 1) / most);
  for (count *= thread_count;; count += thread_count) {
    std::vector<Block> blocks = Split(population_sizes, count);
    const bool fits = std::all_of(
        blocks.begin(), blocks.end(),
        [](const Block& block) { return block.slot_count <= kMaxBlockSlots; });
    if (fits) return blocks;
  }
}

SlotMap::SlotMap(const std::vector<Block>& blocks, int population) {
  for (size_t b = 0; b < blocks.size(); ++b) {
    const Run& run = blocks[b].runs[population];
    const int64_t units = (run.count + kRunMultiple - 1) / kRunMultiple;
    blocks_.insert(blocks_.end(), units, static_cast<uint32_t>(b));
    offsets_.push_back(static_cast<int64_t>(run.first_slot) - run.first);
  }
}

}  // namespace spiked
