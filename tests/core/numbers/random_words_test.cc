// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/random_words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/numbers/vector_target.h"

namespace spiked {
namespace {

constexpr RandomStream kStream = {{0xa4093822, 0x299f31d0}};

class RandomWords : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { ASSERT_TRUE(ForceVectorTarget(GetParam())); }
  void TearDown() override { ForceVectorTarget(""); }
};

TEST_P(RandomWords, BlocksAreThoseOfRandomBlock) {
  constexpr size_t kCount = 101;
  // Counters above 32 bits, and one that overflows into the upper half.
  for (uint64_t high : {uint64_t{0}, uint64_t{0x123456789abcdef0}}) {
    for (uint64_t first : {uint64_t{0}, uint64_t{7}, uint64_t{0xfffffff0},
                           uint64_t{0xfedcba9876543210}, ~uint64_t{0} - 50}) {
      std::vector<uint32_t> words(4 * kCount);
      FillRandomBlocks(kStream, high, first, kCount, words.data());
      for (size_t b = 0; b < kCount; ++b) {
        const auto block = RandomBlock(kStream, high, first + b);
        for (size_t w = 0; w < 4; ++w) {
          ASSERT_EQ(words[4 * b + w], block[w])
              << high << ", " << first << " + " << b;
        }
      }
    }
  }
}

TEST_P(RandomWords, NumberOfWordsDoesNotChangeThem) {
  std::vector<uint32_t> all(400);
  FillRandomWords(kStream, 5, all.size(), all.data());
  for (size_t count = 0; count < 140; ++count) {
    std::vector<uint32_t> words(count + 1, 0xdeadbeef);
    FillRandomWords(kStream, 5, count, words.data());
    EXPECT_EQ(words[count], 0xdeadbeef);  // nothing beyond the end
    words.pop_back();
    EXPECT_EQ(words, std::vector<uint32_t>(all.begin(), all.begin() + count));
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, RandomWords,
                         ::testing::ValuesIn(VectorTargets()),
                         [](const auto& info) { return info.param; });

TEST(RandomWordReader, GivesTheWordsInOrderSinglyAndInChunks) {
  std::vector<uint32_t> all(2000);
  FillRandomWords(kStream, 3, all.size(), all.data());
  RandomWordReader singly(kStream, 3);
  for (uint32_t word : all) ASSERT_EQ(singly.Next(), word);
  RandomWordReader reader(kStream, 3);
  EXPECT_EQ(reader.Next(), all[0]);
  size_t i = 1;
  while (i < 1500) {
    for (uint32_t word : reader.NextChunk()) ASSERT_EQ(word, all[i++]);
  }
}

TEST(UniformBelow, CoversItsRange) {
  EXPECT_EQ(UniformBelow(10, 0), 0u);
  EXPECT_EQ(UniformBelow(10, 0xffffffff), 9u);
  EXPECT_EQ(UniformBelow(10, 0x80000000), 5u);
  EXPECT_EQ(UniformBelow(1, 0xffffffff), 0u);
  EXPECT_EQ(UniformBelow(0xffffffff, 0xffffffff), 0xfffffffeu);
}

}  // namespace
}  // namespace spiked
