// SPDX-License-Identifier: Apache-2.0

#include "core/network/blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace spiked {
namespace {

TEST(Blocks, EveryNeuronIsInOneBlock) {
  const std::vector<int64_t> sizes = {701, 1, 64, 199, 3000};
  for (int threads : {1, 2, 5}) {
    const std::vector<Block> blocks = MakeBlocks(sizes, threads);
    ASSERT_EQ(blocks.size(), static_cast<size_t>(threads));
    for (size_t p = 0; p < sizes.size(); ++p) {
      const SlotMap slots(blocks, static_cast<int>(p));
      int64_t next = 0;
      for (size_t b = 0; b < blocks.size(); ++b) {
        const spiked::Run& run = blocks[b].runs[p];
        if (run.count == 0) continue;
        EXPECT_EQ(run.first, next);
        EXPECT_EQ(run.first % kRunMultiple, 0);
        EXPECT_EQ(run.first_slot % kRunMultiple, 0u);
        EXPECT_LE(run.first_slot + run.count, blocks[b].slot_count);
        for (int64_t i : {run.first, run.first + run.count - 1}) {
          EXPECT_EQ(slots.Find(i).block, b);
          EXPECT_EQ(slots.Find(i).slot, run.first_slot + (i - run.first));
        }
        next += run.count;
      }
      EXPECT_EQ(next, sizes[p]);
    }
  }
}

TEST(Blocks, AreEquallyLarge) {
  const std::vector<Block> blocks = MakeBlocks(std::vector<int64_t>(40, 50), 3);
  uint32_t least = blocks[0].slot_count;
  uint32_t most = least;
  for (const Block& block : blocks) {
    least = std::min(least, block.slot_count);
    most = std::max(most, block.slot_count);
  }
  EXPECT_LE(most - least, kRunMultiple);
}

TEST(Blocks, SlotsFitSixteenBits) {
  const std::vector<Block> blocks = MakeBlocks({200000, 65536}, 2);
  EXPECT_EQ(blocks.size() % 2, 0u);
  for (const Block& block : blocks) {
    EXPECT_LE(block.row_length(), 65536);
  }
}

}  // namespace
}  // namespace spiked
