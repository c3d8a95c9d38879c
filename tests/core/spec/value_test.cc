// SPDX-License-Identifier: Apache-2.0

#include "core/spec/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "tests/support/statistics.h"

namespace spiked {
namespace {

using testing::BinomialStd;
using testing::ChiSquareOfEqual;
using ::testing::Each;
using ::testing::Eq;
using testing::KolmogorovDistance;
using testing::NormalCdf;

constexpr int kDraws = 100000;

RandomStream Stream() {
  return MakeRandomStream(1, RandomPurpose::kWeight, "p");
}
std::vector<double> Draws(const Value& value) {
  return NumbersOf(value, Stream(), kDraws);
}
void ExpectRange(const Value& value, double min, double max) {
  EXPECT_EQ(RangeOf(value).min, min);
  EXPECT_EQ(RangeOf(value).max, max);
}

TEST(RangeOf, CoversWhatAValueCanGive) {
  ExpectRange(3.0, 3, 3);
  ExpectRange(std::vector<double>{2, -1, 5}, -1, 5);
  ExpectRange(Uniform{-2, 4}, -2, 4);
  ExpectRange(DiscreteUniform{1, 19, 1}, 1, 19);
  ExpectRange(Normal{0, 1}, -kInfinity, kInfinity);
  ExpectRange(Normal{0, 1, -3, 2}, -3, 2);
  ExpectRange(Normal{5, 0}, 5, 5);
  ExpectRange(Normal{0, 1, -3, 2, OutOfBounds::kClip}, -3, 2);
  ExpectRange(Lognormal{0, 1}, 0, kInfinity);
  ExpectRange(Lognormal{0, 1, 0.5, 2}, 0.5, 2);
  ExpectRange(Lognormal{0, 1, -kInfinity, 2, OutOfBounds::kClip}, 0, 2);
  ExpectRange(Lognormal{0, 0}, 1, 1);
  ExpectRange(Mixture{{{0.5, Uniform{0, 1}}, {0.5, -7.0}}}, -7, 1);
}

TEST(LargestMagnitude, IsABoundOfWhatIsDrawn) {
  EXPECT_EQ(LargestMagnitude(-3.0), 3);
  EXPECT_EQ(LargestMagnitude(std::vector<double>{2, -5, 4}), 5);
  EXPECT_EQ(LargestMagnitude(Uniform{-2, 1}), 2);
  EXPECT_EQ(LargestMagnitude(DiscreteUniform{1, 19, 1}), 19);
  EXPECT_EQ(LargestMagnitude(Normal{-10, 2}), 28);
  EXPECT_EQ(LargestMagnitude(Normal{-10, 2, -kInfinity, 0}), 28);
  EXPECT_EQ(LargestMagnitude(Normal{-10, 2, -13, 0}), 13);
  EXPECT_EQ(LargestMagnitude(Normal{-10, 2, -13, 0, OutOfBounds::kClip}), 13);
  EXPECT_EQ(LargestMagnitude(Normal{7, 0}), 7);
  EXPECT_DOUBLE_EQ(LargestMagnitude(Lognormal{1, 0.5}), std::exp(5.5));
  EXPECT_EQ(LargestMagnitude(Lognormal{1, 0.5, 0, 4}), 4);
  EXPECT_EQ(LargestMagnitude(
                Mixture{{{0.5, Uniform{0, 1}}, {0.5, -7.0}, {0, 100.0}}}),
            7);
}

TEST(NumbersOf, ConstantIsOneNumberForAll) {
  EXPECT_THAT(Draws(2.5), ::testing::ElementsAre(2.5));
}

TEST(NumbersOf, ListIsTakenAsItIs) {
  const std::vector<double> list = {3, 1, 2};
  EXPECT_EQ(NumbersOf(list, Stream(), 3), list);
}

TEST(NumbersOf, NumberOfAnElementDependsOnNothingElse) {
  const Value value = Normal{1, 2, 0, 5};
  const std::vector<double> few = NumbersOf(value, Stream(), 10);
  const std::vector<double> many = NumbersOf(value, Stream(), 1000);
  for (size_t i = 0; i < few.size(); ++i) {
    EXPECT_EQ(few[i], many[i]);
    EXPECT_EQ(few[i], NumberOf(value, Stream(), i));
  }
}

TEST(UniformValue, IsUniformOverItsRange) {
  const std::vector<double> x = Draws(Uniform{-2, 6});
  EXPECT_LT(KolmogorovDistance(x, [](double v) { return (v + 2) / 8; }),
            1.95 / std::sqrt(kDraws));
}

TEST(UniformValue, HighEndIsNeverReachedEvenByRounding) {
  const double low = 1;
  const double high = std::nextafter(1.0, 2.0);
  EXPECT_THAT(Draws(Uniform{low, high}), Each(Eq(low)));
}

TEST(DiscreteUniformValue, AllNumbersFromLowToHighAreEquallyLikely) {
  std::map<double, double> counts;
  for (double x : Draws(DiscreteUniform{1, 19, 1})) counts[x] += 1;
  ASSERT_EQ(counts.size(), 19u);
  EXPECT_EQ(counts.begin()->first, 1);
  EXPECT_EQ(counts.rbegin()->first, 19);
  std::vector<double> frequencies;
  for (const auto& [x, count] : counts) {
    EXPECT_EQ(x, std::round(x));
    frequencies.push_back(count);
  }
  EXPECT_LT(ChiSquareOfEqual(frequencies), 18 + 4 * std::sqrt(2 * 18.0));
}

TEST(DiscreteUniformValue, SpacingMayBeAFraction) {
  std::map<int, int> counts;  // in tenths
  for (double x : Draws(DiscreteUniform{0.1, 0.5, 0.1})) {
    EXPECT_NEAR(x * 10, std::round(x * 10), 1e-9);
    ++counts[static_cast<int>(std::round(x * 10))];
  }
  ASSERT_EQ(counts.size(), 5u);
  EXPECT_EQ(counts.begin()->first, 1);
  EXPECT_EQ(counts.rbegin()->first, 5);
}

TEST(NormalValue, IsNormalWithoutBounds) {
  EXPECT_LT(KolmogorovDistance(Draws(Normal{3, 2}),
                               [](double x) { return NormalCdf((x - 3) / 2); }),
            1.95 / std::sqrt(kDraws));
}

TEST(NormalValue, TailsAreCutByRedrawing) {
  const double below = NormalCdf(-0.5), above = NormalCdf(1);
  const auto cdf = [&](double x) {
    return (NormalCdf((x - 3) / 2) - below) / (above - below);
  };
  const std::vector<double> x = Draws(Normal{3, 2, 2, 5});
  EXPECT_THAT(x, Each(::testing::AllOf(::testing::Ge(2), ::testing::Le(5))));
  EXPECT_LT(KolmogorovDistance(x, cdf), 1.95 / std::sqrt(kDraws));
}

TEST(NormalValue, ClippedTailsAreOnTheBounds) {
  const std::vector<double> x = Draws(Normal{3, 2, 2, 5, OutOfBounds::kClip});
  std::vector<double> within;
  double low = 0, high = 0;
  for (double v : x) {
    if (v > 2 && v < 5) within.push_back(v);
    low += v == 2;
    high += v == 5;
  }
  EXPECT_EQ(low + high + static_cast<double>(within.size()), kDraws);
  const double below = NormalCdf(-0.5), above = NormalCdf(1);
  EXPECT_NEAR(low, kDraws * below, 4.5 * BinomialStd(kDraws, below));
  EXPECT_NEAR(high, kDraws * (1 - above), 4.5 * BinomialStd(kDraws, 1 - above));
  EXPECT_LT(KolmogorovDistance(within,
                               [&](double v) {
                                 return (NormalCdf((v - 3) / 2) - below) /
                                        (above - below);
                               }),
            1.95 / std::sqrt(static_cast<double>(within.size())));
}

TEST(LognormalValue, IsLognormalWithinItsBounds) {
  const auto cdf = [](double v) { return NormalCdf((std::log(v) - 1) / 0.5); };
  EXPECT_LT(KolmogorovDistance(Draws(Lognormal{1, 0.5}), cdf),
            1.95 / std::sqrt(kDraws));
  EXPECT_LT(KolmogorovDistance(Draws(Lognormal{1, 0.5, 2, 4}),
                               [&](double v) {
                                 return (cdf(v) - cdf(2)) / (cdf(4) - cdf(2));
                               }),
            1.95 / std::sqrt(kDraws));
  double high = 0;
  for (double v : Draws(Lognormal{1, 0.5, 2, 4, OutOfBounds::kClip})) {
    ASSERT_GE(v, 2);
    ASSERT_LE(v, 4);
    high += v == 4;
  }
  EXPECT_NEAR(high, kDraws * (1 - cdf(4)),
              4.5 * BinomialStd(kDraws, 1 - cdf(4)));
  EXPECT_THAT(Draws(Lognormal{0, 0}), Each(Eq(1)));
}

TEST(NormalValue, WithoutDeviationIsItsMean) {
  EXPECT_THAT(Draws(Normal{3, 0}), Each(Eq(3)));
}

TEST(MixtureValue, ComponentsHaveTheirProbabilities) {
  const std::vector<double> x =
      Draws(Mixture{{{0.7, Uniform{0, 1}}, {0, 5.0}, {0.2, 2.0}, {0.1, 3.0}}});
  std::map<int, int> counts;
  for (double value : x) ++counts[static_cast<int>(value)];
  const double tolerance = 4.5;
  EXPECT_NEAR(counts[0], 0.7 * kDraws, tolerance * BinomialStd(kDraws, 0.7));
  EXPECT_NEAR(counts[2], 0.2 * kDraws, tolerance * BinomialStd(kDraws, 0.2));
  EXPECT_NEAR(counts[3], 0.1 * kDraws, tolerance * BinomialStd(kDraws, 0.1));
  EXPECT_EQ(counts[5], 0);
}

TEST(MixtureValue, ChoiceAndValueAreIndependent) {
  std::vector<double> chosen;
  for (double x : Draws(Mixture{{{0.5, Uniform{0, 1}}, {0.5, 7.0}}})) {
    if (x < 1) chosen.push_back(x);
  }
  EXPECT_LT(KolmogorovDistance(chosen, [](double v) { return v; }),
            1.95 / std::sqrt(static_cast<double>(chosen.size())));
}

}  // namespace
}  // namespace spiked
