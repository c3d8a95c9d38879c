// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "tests/support/statistics.h"

namespace spiked {
namespace {

using testing::Correlation;
using testing::KolmogorovDistance;
using testing::Mean;
using testing::NormalCdf;
using testing::Variance;

constexpr int kDrawCount = 100000;

RandomStream AnyStream() {
  return MakeRandomStream(1, RandomPurpose::kWeight, "a->b");
}

TEST(RandomStream, IsTheSameForTheSameArguments) {
  EXPECT_EQ(MakeRandomStream(7, RandomPurpose::kInput, "noise", "x").key,
            MakeRandomStream(7, RandomPurpose::kInput, "noise", "x").key);
}

TEST(RandomStream, DiffersBySeedPurposeOwnerAndPart) {
  const RandomStream streams[] = {
      MakeRandomStream(1, RandomPurpose::kWeight, "ab"),
      MakeRandomStream(2, RandomPurpose::kWeight, "ab"),
      MakeRandomStream(-1, RandomPurpose::kWeight, "ab"),
      MakeRandomStream(int64_t{1} << 32, RandomPurpose::kWeight, "ab"),
      MakeRandomStream(1, RandomPurpose::kDelay, "ab"),
      MakeRandomStream(1, RandomPurpose::kWeight, "ba"),
      MakeRandomStream(1, RandomPurpose::kWeight, "a", "b"),
      MakeRandomStream(1, RandomPurpose::kWeight, "", "ab"),
      MakeRandomStream(1, RandomPurpose::kWeight, "ab", "a"),
  };
  std::set<std::array<uint32_t, 2>> keys;
  for (const RandomStream& stream : streams) keys.insert(stream.key);
  EXPECT_EQ(keys.size(), std::size(streams));
}

TEST(ElementRandom, TakesTheWordsOfItsBlocksInOrder) {
  const RandomStream stream = AnyStream();
  ElementRandom random(stream, 5);
  for (uint64_t block = 0; block < 3; ++block) {
    const auto words = RandomBlock(stream, block, 5);
    for (int half : {0, 2}) {
      const uint64_t bits =
          (uint64_t{words[half]} << 32 | words[half + 1]) >> 11;
      EXPECT_EQ(random.Uniform01(), std::ldexp(static_cast<double>(bits), -53));
    }
  }
}

TEST(ElementRandom, Uniform01IsUniform) {
  std::vector<double> x;
  for (int i = 0; i < kDrawCount; ++i) {
    x.push_back(ElementRandom(AnyStream(), i).Uniform01());
    ASSERT_GE(x.back(), 0);
    ASSERT_LT(x.back(), 1);
  }
  EXPECT_LT(KolmogorovDistance(x, [](double p) { return p; }),
            1.95 / std::sqrt(kDrawCount));
}

TEST(ElementRandom, StandardNormalIsStandardNormal) {
  std::vector<double> x;
  ElementRandom random(AnyStream(), 3);
  for (int i = 0; i < kDrawCount; ++i) x.push_back(random.StandardNormal());
  EXPECT_NEAR(Mean(x), 0, 4 / std::sqrt(kDrawCount));
  EXPECT_NEAR(Variance(x), 1, 4 * std::sqrt(2.0 / kDrawCount));
  EXPECT_LT(KolmogorovDistance(x, NormalCdf), 1.95 / std::sqrt(kDrawCount));
}

TEST(ElementRandom, ElementsAndPartsAreIndependent) {
  std::vector<double> here, next_element, other_part;
  const RandomStream part = MakeRandomStream(1, RandomPurpose::kDelay, "a->b");
  for (int i = 0; i < kDrawCount; ++i) {
    here.push_back(ElementRandom(AnyStream(), i).Uniform01());
    next_element.push_back(ElementRandom(AnyStream(), i + 1).Uniform01());
    other_part.push_back(ElementRandom(part, i).Uniform01());
  }
  EXPECT_NEAR(Correlation(here, next_element), 0, 4 / std::sqrt(kDrawCount));
  EXPECT_NEAR(Correlation(here, other_part), 0, 4 / std::sqrt(kDrawCount));
}

}  // namespace
}  // namespace spiked
