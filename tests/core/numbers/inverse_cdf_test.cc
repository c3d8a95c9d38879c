// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/inverse_cdf.h"

#include <gtest/gtest.h>

#include <vector>

namespace spiked {
namespace {

TEST(InverseCdf, BordersAreWhereTheProbabilitiesAre) {
  const InverseCdf inverse({0.25, 0.5, 0.5, 1});
  EXPECT_EQ(inverse(0), 0u);
  EXPECT_EQ(inverse(0x3fffffff), 0u);
  EXPECT_EQ(inverse(0x40000000), 1u);
  EXPECT_EQ(inverse(0x7fffffff), 1u);
  EXPECT_EQ(inverse(0x80000000), 3u);  // 2 has probability 0
  EXPECT_EQ(inverse(0xffffffff), 3u);
  EXPECT_EQ(inverse.first(), 0u);
  EXPECT_EQ(inverse.last(), 3u);
}

TEST(InverseCdf, TailsWithoutProbabilityAreLeftOut) {
  const InverseCdf inverse({0, 0x1p-34, 0.5, 1 - 0x1p-34, 1, 1});
  EXPECT_EQ(inverse.first(), 2u);
  EXPECT_EQ(inverse.last(), 3u);
  EXPECT_EQ(inverse(0), 2u);
  EXPECT_EQ(inverse(0xffffffff), 3u);
}

TEST(InverseCdf, ASingleOutcomeTakesAllWords) {
  for (const std::vector<double>& cumulative :
       {std::vector<double>{1}, std::vector<double>{0, 0, 1, 1}}) {
    const InverseCdf inverse(cumulative);
    EXPECT_EQ(inverse.first(), cumulative.size() / 2);
    EXPECT_EQ(inverse.last(), inverse.first());
    EXPECT_EQ(inverse(0), inverse.first());
    EXPECT_EQ(inverse(0xffffffff), inverse.first());
  }
}

TEST(InverseCdf, LastCountsAsOne) {
  EXPECT_EQ(InverseCdf({0.5, 0.999})(0xffffffff), 1u);
}

// Each outcome has 2^16 words, which begin in the right places.
TEST(InverseCdf, AsManyOutcomesAsThereMayBe) {
  std::vector<double> cumulative;
  for (size_t i = 1; i <= InverseCdf::kMaxOutcomes; ++i) {
    cumulative.push_back(static_cast<double>(i) / InverseCdf::kMaxOutcomes);
  }
  const InverseCdf inverse(cumulative);
  for (uint64_t i = 0; i < InverseCdf::kMaxOutcomes; ++i) {
    ASSERT_EQ(inverse(static_cast<uint32_t>(i << 16)), i);
    ASSERT_EQ(inverse(static_cast<uint32_t>(i << 16 | 0xffff)), i);
  }
}

// Many outcomes within one interval of the guide.
TEST(InverseCdf, RareOutcomesAreFound) {
  std::vector<double> cumulative;
  for (int i = 1; i <= 1000; ++i) cumulative.push_back(i * 0x1p-32);
  cumulative.push_back(1);
  const InverseCdf inverse(cumulative);
  for (uint32_t word = 0; word < 1000; ++word) EXPECT_EQ(inverse(word), word);
  EXPECT_EQ(inverse(1000), 1000u);
  EXPECT_EQ(inverse(0xffffffff), 1000u);
}

}  // namespace
}  // namespace spiked
