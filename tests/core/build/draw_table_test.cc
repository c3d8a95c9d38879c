// SPDX-License-Identifier: Apache-2.0

#include "core/build/draw_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/numbers/random_words.h"
#include "core/spec/value.h"
#include "tests/support/statistics.h"

namespace spiked {
namespace {

using testing::NormalCdf;

constexpr int kDraws = 200000;

// The exact probability of each index: the share of words that lead to it.
double ProbabilityOf(const DrawTable& table, int32_t index) {
  // The first word that gives `i` or more.
  const auto first_word = [&](int32_t i) {
    uint64_t low = 0, high = uint64_t{1} << 32;
    while (low < high) {
      const uint64_t middle = (low + high) / 2;
      if (table.Draw(static_cast<uint32_t>(middle)) >= i) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return static_cast<double>(low);
  };
  return (first_word(index + 1) - first_word(index)) * 0x1p-32;
}

// The two borders of an index are rounded once each.
constexpr double kRounding = 1.5 * 0x1p-32;

TEST(DrawTable, ConstantIsRoundedAndClamped) {
  for (const auto& [constant, index] :
       {std::pair(1.5, 15), {0.04, 1}, {1e9, 100}, {-3.0, 1}, {0.25, 3}}) {
    const DrawTable table = DrawTable::Of(constant, 0.1, 1, 100);
    EXPECT_EQ(table.min(), index);
    EXPECT_EQ(table.max(), index);
    EXPECT_EQ(table.Draw(0), index);
    EXPECT_EQ(table.Draw(0xffffffff), index);
  }
}

TEST(DrawTable, NegativeNumbersAreRoundedAsPositiveOnes) {
  EXPECT_EQ(DrawTable::Of(-2.5, 1, -10, 10).Draw(0), -3);
  EXPECT_EQ(DrawTable::Of(2.5, 1, -10, 10).Draw(0), 3);
}

TEST(DrawTable, UniformHasHalfOfAUnitAtItsEnds) {
  const DrawTable table = DrawTable::Of(Uniform{-2, 3}, 1, -10, 10);
  EXPECT_EQ(table.min(), -2);
  EXPECT_EQ(table.max(), 3);
  EXPECT_NEAR(ProbabilityOf(table, -2), 0.1, kRounding);
  for (int k : {-1, 0, 1, 2}) {
    EXPECT_NEAR(ProbabilityOf(table, k), 0.2, kRounding);
  }
  EXPECT_NEAR(ProbabilityOf(table, 3), 0.1, kRounding);
}

TEST(DrawTable, WhatIsBeyondTheIndicesGoesToTheEnds) {
  const DrawTable table = DrawTable::Of(Normal{5, 3}, 1, 3, 6);
  EXPECT_NEAR(ProbabilityOf(table, 3), NormalCdf((3.5 - 5) / 3), kRounding);
  EXPECT_NEAR(ProbabilityOf(table, 6), 1 - NormalCdf((5.5 - 5) / 3), kRounding);
}

// A normal delay is drawn again while it is below dt.
TEST(DrawTable, RedrawingComesBeforeRounding) {
  const double dt = 0.1, mean = 0.15, std = 0.075;
  const auto cdf = [&](double x) { return NormalCdf((x - mean) / std); };
  const DrawTable table = DrawTable::Of(Normal{mean, std, dt}, dt, 1, 65535);
  EXPECT_NEAR(ProbabilityOf(table, 1),
              (cdf(1.5 * dt) - cdf(dt)) / (1 - cdf(dt)), kRounding);
  EXPECT_NEAR(ProbabilityOf(table, 2),
              (cdf(2.5 * dt) - cdf(1.5 * dt)) / (1 - cdf(dt)), kRounding);
  // The table ends at six standard deviations, with less than 2^-32 beyond.
  EXPECT_LE(table.max(), 7);
}

TEST(DrawTable, ClippingPutsTailsOnTheBounds) {
  const DrawTable table =
      DrawTable::Of(Normal{0, 1, -1.2, 2.2, OutOfBounds::kClip}, 1, -10, 10);
  EXPECT_EQ(table.min(), -1);
  EXPECT_EQ(table.max(), 2);
  EXPECT_NEAR(ProbabilityOf(table, -1), NormalCdf(-0.5), kRounding);
  EXPECT_NEAR(ProbabilityOf(table, 2), 1 - NormalCdf(1.5), kRounding);
}

TEST(DrawTable, LognormalIsExact) {
  const DrawTable table = DrawTable::Of(Lognormal{1, 0.5}, 0.5, 0, 10000);
  for (int k = 1; k < 20; ++k) {
    const auto cdf = [](double x) {
      return NormalCdf((std::log(x) - 1) / 0.5);
    };
    EXPECT_NEAR(ProbabilityOf(table, k),
                cdf((k + 0.5) * 0.5) - cdf((k - 0.5) * 0.5), kRounding);
  }
}

TEST(DrawTable, DiscreteUniformOfOneValueForEachIndex) {
  const DrawTable table =
      DrawTable::Of(DiscreteUniform{0.1, 2, 0.1}, 0.1, 1, 65535);
  EXPECT_EQ(table.min(), 1);
  EXPECT_EQ(table.max(), 20);
  for (int k = 1; k <= 20; ++k) {
    EXPECT_NEAR(ProbabilityOf(table, k), 1.0 / 20, kRounding) << k;
  }
}

TEST(DrawTable, DiscreteUniformWiderAndNarrowerThanTheUnit) {
  const DrawTable wide = DrawTable::Of(DiscreteUniform{1, 7, 3}, 1, -9, 9);
  for (int k = 1; k <= 7; ++k) {
    EXPECT_NEAR(ProbabilityOf(wide, k), k % 3 == 1 ? 1.0 / 3 : 0, kRounding);
  }
  // The values are 0, 0.25, ..., 2; 0.5 and 1.5 are rounded up.
  const DrawTable narrow = DrawTable::Of(DiscreteUniform{0, 2, 0.25}, 1, 0, 9);
  EXPECT_NEAR(ProbabilityOf(narrow, 0), 2.0 / 9, kRounding);
  EXPECT_NEAR(ProbabilityOf(narrow, 1), 4.0 / 9, kRounding);
  EXPECT_NEAR(ProbabilityOf(narrow, 2), 3.0 / 9, kRounding);
  // A billion different values.
  const DrawTable many = DrawTable::Of(DiscreteUniform{0, 1e9, 1}, 1e8, 0, 10);
  EXPECT_NEAR(ProbabilityOf(many, 0), 0.05, 1e-8);
  EXPECT_NEAR(ProbabilityOf(many, 5), 0.1, 1e-8);
}

TEST(DrawTable, MixtureAddsUpItsComponents) {
  const DrawTable table = DrawTable::Of(
      Mixture{{{0.25, 2.0}, {0.75, Uniform{0, 4}}, {0, -1e9}}}, 1, -100, 100);
  EXPECT_EQ(table.min(), 0);
  EXPECT_EQ(table.max(), 4);
  EXPECT_NEAR(ProbabilityOf(table, 0), 0.75 / 8, kRounding);
  EXPECT_NEAR(ProbabilityOf(table, 1), 0.75 / 4, kRounding);
  EXPECT_NEAR(ProbabilityOf(table, 2), 0.25 + 0.75 / 4, kRounding);
}

// Compares a table with numbers that are drawn one by one and rounded.
struct NamedValue {
  std::string name;
  Value value;
  double unit;
};
class DrawTableTest : public ::testing::TestWithParam<NamedValue> {};

TEST_P(DrawTableTest, IsDistributedAsRoundedNumbers) {
  const auto& [name, value, unit] = GetParam();
  const double largest = LargestMagnitude(value);
  const DrawTable table = DrawTable::Of(value, unit, -32767, 32767);
  std::vector<uint32_t> words(kDraws);
  FillRandomWords({{1, 2}}, 3, words.size(), words.data());
  std::map<int64_t, std::pair<double, double>> counts;
  const RandomStream stream = MakeRandomStream(1, RandomPurpose::kWeight, name);
  for (int i = 0; i < kDraws; ++i) {
    const int32_t drawn = table.Draw(words[i]);
    ASSERT_LE(std::abs(drawn), largest / unit + 0.5);
    counts[drawn].first += 1;
    const double number = NumberOf(value, stream, i);
    ASSERT_LE(std::abs(number), largest);
    counts[std::llround(std::clamp(number / unit, -32767.0, 32767.0))].second +=
        1;
  }
  // Chi-square of two samples, over indices with 20 draws or more.
  double chi_square = 0, degrees = 0;
  for (const auto& [k, n] : counts) {
    if (n.first + n.second < 20) continue;
    chi_square +=
        (n.first - n.second) * (n.first - n.second) / (n.first + n.second);
    degrees += 1;
  }
  EXPECT_LE(chi_square, degrees + 4 * std::sqrt(2 * degrees));
}

INSTANTIATE_TEST_SUITE_P(
    Values, DrawTableTest,
    ::testing::Values(
        NamedValue{"Constant", 2.0, 0.1},
        NamedValue{"Uniform", Uniform{-1, 2}, 0.1},
        NamedValue{"DiscreteUniform", DiscreteUniform{1, 20, 1}, 0.5},
        NamedValue{"Normal", Normal{1.5, 0.75}, 0.1},
        NamedValue{"NormalRedrawn", Normal{1.5, 0.75, 0.1, 2}, 0.1},
        NamedValue{"NormalClipped", Normal{1, 1, 0, 3, OutOfBounds::kClip},
                   0.1},
        NamedValue{"NormalOfATail", Normal{0, 1, 1.5, kInfinity}, 0.05},
        NamedValue{"NormalBeyondTheIndices", Normal{0, 1}, 0.5 / 32767},
        NamedValue{"NegativeNormal", Normal{-350, 35, -kInfinity, 0}, 7},
        NamedValue{"Lognormal", Lognormal{0.3, 0.8}, 0.1},
        NamedValue{"LognormalRedrawn", Lognormal{0.3, 0.8, 1, 4}, 0.1},
        NamedValue{"LognormalClipped",
                   Lognormal{0.3, 0.8, 1, 4, OutOfBounds::kClip}, 0.1},
        NamedValue{"Mixture",
                   Mixture{{{0.5, Normal{1, 0.5}},
                            {0.3, DiscreteUniform{-1, 1, 0.5}},
                            {0.2, 3.0}}},
                   0.1}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace spiked
