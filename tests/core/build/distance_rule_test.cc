// SPDX-License-Identifier: Apache-2.0

#include "core/build/distance_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <set>
#include <utility>
#include <vector>

#include "core/build/connectivity.h"
#include "tests/support/sanitized.h"
#include "tests/support/sheet.h"
#include "tests/support/statistics.h"

namespace spiked {
namespace {

using ::testing::Each;
using testing::Length;
using testing::MakeGrid;
using testing::MakeListed;
using testing::MakeScattered;
using testing::PeriodOf;
using testing::Towards;

using Kernel = decltype(DistanceDependent::kernel);
using PairList = std::vector<std::pair<int64_t, int64_t>>;

constexpr int64_t kSeed = 3;

DistanceDependent Rule(double probability, Kernel kernel,
                       DistanceMask mask = {}) {
  return {probability, kernel, std::move(mask)};
}

ProjectionSpec Connect(DistanceDependent rule, const PopulationSpec& source,
                       const PopulationSpec& target, bool autapses = false) {
  ProjectionSpec projection;
  projection.source = source.name;
  projection.target = target.name;
  projection.rule = std::move(rule);
  projection.allow_autapses = autapses;
  return projection;
}

PairList PairsByRule(const ProjectionSpec& projection,
                     const PopulationSpec& source, const PopulationSpec& target,
                     int64_t seed = kSeed) {
  const Connectivity connectivity(projection, source, target, seed);
  PairList pairs;
  Partners partners;
  for (int64_t i = 0; i < connectivity.owner_count(); ++i) {
    connectivity.Find(i, &partners);
    for (int64_t j : partners.neuron) pairs.emplace_back(i, j);
  }
  return pairs;
}

PairList PairsWithin(const DistanceDependent& rule, const PopulationSpec& p,
                     bool autapses = false) {
  return PairsByRule(Connect(rule, p, p, autapses), p, p);
}

// All pairs for which a function of the vector between them is true.
PairList PairsByDefinition(
    const PopulationSpec& source, const PopulationSpec& target, bool autapses,
    const std::function<bool(const Point& towards)>& admits) {
  const Positions from(source, kSeed), to(target, kSeed);
  PairList pairs;
  for (int64_t i = 0; i < source.size; ++i) {
    for (int64_t j = 0; j < target.size; ++j) {
      if (i == j && source.name == target.name && !autapses) continue;
      if (admits(Towards(from.At(i), to.At(j), PeriodOf(target)))) {
        pairs.emplace_back(i, j);
      }
    }
  }
  return pairs;
}

std::vector<double> InDegrees(const PairList& pairs, int64_t targets) {
  std::vector<double> degrees(targets);
  for (const auto& [i, j] : pairs) degrees[j] += 1;
  return degrees;
}

// Spacings of 0.1 are no binary fractions: whether (0.3, 0) is within a radius
// of 0.3 must not depend on rounding.
TEST(BoxRule, HasExactlyThePairsWithinTheRadiusOnAGrid) {
  for (bool periodic : {false, true}) {
    for (bool autapses : {false, true}) {
      const PopulationSpec p = MakeGrid("p", {17, 12}, 0.1, periodic, {3, -8});
      PairList expected;
      for (int64_t i = 0; i < p.size; ++i) {
        for (int64_t j = 0; j < p.size; ++j) {
          int64_t x = std::abs(i % 17 - j % 17), y = std::abs(i / 17 - j / 17);
          if (periodic) x = std::min(x, 17 - x), y = std::min(y, 12 - y);
          if (i == j && !autapses) continue;
          if (x * x + y * y <= 9) expected.emplace_back(i, j);
        }
      }
      EXPECT_EQ(PairsWithin(Rule(1, BoxKernel{0.3}), p, autapses), expected);
      DistanceMask mask;
      mask.radius_mm = 0.3;
      EXPECT_EQ(PairsWithin(Rule(1, BoxKernel{}, mask), p, autapses), expected);
    }
  }
}

TEST(BoxRule, IsASphereInThreeDimensions) {
  for (bool periodic : {false, true}) {
    const PopulationSpec p = MakeGrid("p", {7, 6, 8}, 0.1, periodic);
    PairList expected;
    const auto square = [&](int64_t a, int64_t b, int64_t n) {
      const int64_t d = std::abs(a - b);
      return periodic ? std::min(d, n - d) * std::min(d, n - d) : d * d;
    };
    for (int64_t i = 0; i < p.size; ++i) {
      for (int64_t j = 0; j < p.size; ++j) {
        const int64_t d = square(i % 7, j % 7, 7) +
                          square(i / 7 % 6, j / 7 % 6, 6) +
                          square(i / 42, j / 42, 8);
        if (i != j && d <= 4) expected.emplace_back(i, j);
      }
    }
    EXPECT_EQ(PairsWithin(Rule(1, BoxKernel{0.2}), p), expected);
  }
}

// 29 grid points are within a radius of three, 11 of them in a quadrant
// including its borders.
TEST(BoxRule, TorusIsHomogeneousAndOpenBordersAreNot) {
  const DistanceDependent rule = Rule(1, BoxKernel{3});
  const PopulationSpec torus = MakeGrid("p", {20, 20}, 1, true);
  EXPECT_THAT(InDegrees(PairsWithin(rule, torus), 400), Each(28));
  const PopulationSpec open = MakeGrid("p", {20, 20}, 1);
  const std::vector<double> degrees = InDegrees(PairsWithin(rule, open), 400);
  EXPECT_EQ(degrees[10 * 20 + 10], 28);
  EXPECT_EQ(degrees[10 * 20], 17);  // (29 + 7) / 2 - 1
  EXPECT_EQ(degrees[0], 10);
}

// The search through cells finds the same pairs as a search of all pairs.
TEST(DistanceRule, FindsExactlyWhatTheMaskAllows) {
  DistanceMask ring;
  ring.inner_radius_mm = 0.35;
  ring.radius_mm = 0.5;
  for (bool periodic : {false, true}) {
    for (int dimensions : {2, 3}) {
      std::vector<double> extent = {2, 1};
      DistanceMask box;
      box.lower_mm = {-0.15, -0.4};
      box.upper_mm = {0.6, 0.1};
      if (dimensions == 3) {
        extent.push_back(1.5);
        box.lower_mm.push_back(-0.3);
        box.upper_mm.push_back(0.5);
      }
      const int64_t size = testing::kSanitized ? 150 : 400;
      PopulationSpec p = MakeScattered("p", size, extent, periodic);
      PopulationSpec q = MakeScattered("q", size - 50, extent, periodic);
      const auto check = [&](const DistanceDependent& rule,
                             const auto& admits) {
        EXPECT_EQ(PairsWithin(rule, p), PairsByDefinition(p, p, false, admits));
        EXPECT_EQ(PairsByRule(Connect(rule, p, q), p, q),
                  PairsByDefinition(p, q, false, admits));
        const PopulationSpec listed = MakeListed(q, kSeed);
        EXPECT_EQ(PairsByRule(Connect(rule, p, q), p, q),
                  PairsByRule(Connect(rule, p, listed), p, listed));
      };
      // Radii alone, a ring, a box, all of these together, and no limit.
      for (double radius : {0.01, 0.1, 0.3, 0.6, 0.9, 5.0}) {
        check(Rule(1, BoxKernel{radius}),
              [&](const Point& v) { return Length(v) <= radius; });
      }
      check(Rule(1, BoxKernel{}, ring), [&](const Point& v) {
        return Length(v) >= 0.35 && Length(v) <= 0.5;
      });
      const auto in_box = [&](const Point& v) {
        for (int k = 0; k < dimensions; ++k) {
          if (v[k] < box.lower_mm[k] || v[k] > box.upper_mm[k]) return false;
        }
        return true;
      };
      check(Rule(1, BoxKernel{}, box), in_box);
      DistanceMask both = box;
      both.inner_radius_mm = 0.2;
      check(Rule(1, BoxKernel{0.4}, both), [&](const Point& v) {
        return in_box(v) && Length(v) >= 0.2 && Length(v) <= 0.4;
      });
      check(Rule(1, BoxKernel{}), [](const Point&) { return true; });
    }
  }
}

TEST(DistanceRule, JoinsPopulationsThatAreElsewhere) {
  const PopulationSpec p = MakeGrid("p", {9, 9}, 0.2, false, {0.5, -3});
  const PopulationSpec q = MakeGrid("q", {15, 4}, 0.17, false, {1.5, -2.2});
  const PopulationSpec far = MakeGrid("q", {15, 4}, 0.17, false, {100, 100});
  for (double radius : {0.3, 1.0, 2.5}) {
    const DistanceDependent rule = Rule(1, BoxKernel{radius});
    const auto admits = [&](const Point& v) { return Length(v) <= radius; };
    EXPECT_EQ(PairsByRule(Connect(rule, p, q), p, q),
              PairsByDefinition(p, q, false, admits));
    EXPECT_EQ(PairsByRule(Connect(rule, q, p), q, p),
              PairsByDefinition(q, p, false, admits));
    EXPECT_TRUE(PairsByRule(Connect(rule, p, far), p, far).empty());
  }
}

TEST(DistanceRule, RespectsColumns) {
  PopulationSpec p = MakeGrid("p", {10, 10}, 1);
  p.column_count = 5;  // two rows each
  ProjectionSpec projection = Connect(Rule(1, BoxKernel{2}), p, p);
  const PairList all = PairsByRule(projection, p, p);
  projection.columns = ColumnRestriction::kSame;
  const PairList same = PairsByRule(projection, p, p);
  projection.columns = ColumnRestriction::kOther;
  const PairList other = PairsByRule(projection, p, p);
  PairList merged;
  std::merge(same.begin(), same.end(), other.begin(), other.end(),
             std::back_inserter(merged));
  EXPECT_EQ(merged, all);
  EXPECT_GT(same.size(), 0u);
  for (const auto& [i, j] : same) EXPECT_EQ(i / 20, j / 20);
  for (const auto& [i, j] : other) EXPECT_NE(i / 20, j / 20);
}

struct KernelCase {
  const char* name;
  Kernel kernel;
  double (*at)(double d);  // by the definition
  double integral[2];      // over the plane, over space
};

const KernelCase kKernels[] = {
    {"Box",
     BoxKernel{0.15},
     [](double d) { return d <= 0.15 ? 1.0 : 0.0; },
     {std::numbers::pi * 0.15 * 0.15,
      4.0 / 3 * std::numbers::pi * 0.15 * 0.15 * 0.15}},
    {"Gaussian",
     GaussianKernel{0.08},
     [](double d) { return std::exp(-d * d / (2 * 0.08 * 0.08)); },
     {2 * std::numbers::pi * 0.08 * 0.08,
      std::pow(2 * std::numbers::pi, 1.5) * 0.08 * 0.08 * 0.08}},
    {"Exponential",
     ExponentialKernel{0.05},
     [](double d) { return std::exp(-d / 0.05); },
     {2 * std::numbers::pi * 0.05 * 0.05,
      8 * std::numbers::pi * 0.05 * 0.05 * 0.05}},
};

class KernelRule : public ::testing::TestWithParam<KernelCase> {};

// Chi-square over twenty bins of the distance: each count has the mean and the
// variance of independent pairs.
TEST_P(KernelRule, ProbabilityIsTheKernelOfTheDistance) {
  constexpr int kBins = 20;
  constexpr double kWidth = 0.02;
  const auto kernel = GetParam().at;
  for (bool periodic : {false, true}) {
    for (int dimensions : {2, 3}) {
      if (testing::kSanitized && periodic == (dimensions == 2)) continue;
      const std::vector<double> extent(dimensions, 1);
      const PopulationSpec p = MakeScattered(
          "p", testing::kSanitized ? 600 : 1500, extent, periodic);
      const Positions positions(p, kSeed);
      for (double probability : {0.05, 0.7}) {
        std::vector<double> mean(kBins), variance(kBins), found(kBins);
        const auto bin_of = [&](int64_t i, int64_t j) {
          const double d =
              Length(Towards(positions.At(i), positions.At(j), PeriodOf(p)));
          return std::pair(std::min(kBins - 1, static_cast<int>(d / kWidth)),
                           probability * kernel(d));
        };
        // Mean and variance of the number of synapses in each bin.
        for (int64_t i = 0; i < p.size; ++i) {
          for (int64_t j = 0; j < p.size; ++j) {
            if (i == j) continue;
            const auto [bin, expected] = bin_of(i, j);
            mean[bin] += expected;
            variance[bin] += expected * (1 - expected);
          }
        }
        // The synapses that the rule makes.
        for (const auto& [i, j] :
             PairsWithin(Rule(probability, GetParam().kernel), p)) {
          found[bin_of(i, j).first] += 1;
        }
        double chi_square = 0;
        int bins = 0;
        for (int b = 0; b < kBins; ++b) {
          if (variance[b] < 5) continue;  // too few for a normal distribution
          EXPECT_NEAR(found[b], mean[b], 4.5 * std::sqrt(variance[b])) << b;
          chi_square +=
              (found[b] - mean[b]) * (found[b] - mean[b]) / variance[b];
          ++bins;
        }
        EXPECT_GE(bins, 5);
        EXPECT_LT(chi_square, bins + 4.5 * std::sqrt(2.0 * bins));
      }
    }
  }
}

// On a torus every neuron has the in-degree of the interior: density times the
// integral of the probability. The number of synapses varies as if drawn
// independently, except that i to j and j to i have the same distance, which at
// most doubles the variance.
TEST_P(KernelRule, InDegreeIsTheIntegralOfTheKernel) {
  for (int dimensions : {2, 3}) {
    if (testing::kSanitized && dimensions == 3) continue;
    // Wide enough for the tails of the kernels.
    const double size = dimensions == 2 ? 2.5 : 2;
    const PopulationSpec p =
        MakeScattered("p", 8000, std::vector<double>(dimensions, size), true);
    const double density = 7999 / std::pow(size, dimensions);
    const double degree = 0.9 * density * GetParam().integral[dimensions - 2];
    const auto synapses = static_cast<double>(
        PairsWithin(Rule(0.9, GetParam().kernel), p).size());
    EXPECT_NEAR(synapses / 8000, degree, 4.5 * std::sqrt(2 * degree / 8000))
        << dimensions;
    EXPECT_GT(degree, 1);
  }
}

// In-degrees on grids: sums over the points, with and without borders.
TEST_P(KernelRule, InDegreesFollowTheBorders) {
  constexpr int64_t kSide = 40;
  constexpr double kSpacing = 0.03;
  for (bool periodic : {false, true}) {
    const PopulationSpec p = MakeGrid("p", {kSide, kSide}, kSpacing, periodic);
    const std::vector<double> found =
        InDegrees(PairsWithin(Rule(0.5, GetParam().kernel), p), p.size);
    std::vector<double> expected(p.size), variance(p.size);
    for (int64_t i = 0; i < p.size; ++i) {
      for (int64_t j = 0; j < p.size; ++j) {
        auto x = static_cast<double>(std::abs(i % kSide - j % kSide));
        auto y = static_cast<double>(std::abs(i / kSide - j / kSide));
        if (periodic) x = std::min(x, kSide - x), y = std::min(y, kSide - y);
        // Radii lie between grid points.
        const double at = 0.5 * GetParam().at(kSpacing * std::hypot(x, y) -
                                              (i == j ? 0 : 1e-12));
        if (i == j) continue;
        expected[j] += at;
        variance[j] += at * (1 - at);
      }
    }
    double chi_square = 0;
    for (int64_t j = 0; j < p.size; ++j) {
      chi_square +=
          (found[j] - expected[j]) * (found[j] - expected[j]) / variance[j];
    }
    const auto n = static_cast<double>(p.size);
    EXPECT_NEAR(chi_square, n, 4.5 * std::sqrt(2 * n));
    const double corner = expected[0] / expected[kSide * 20 + 20];
    if (periodic) {
      EXPECT_NEAR(corner, 1, 1e-9);
    } else {
      EXPECT_LT(corner, 0.45);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, KernelRule, ::testing::ValuesIn(kKernels),
                         [](const auto& info) { return info.param.name; });

TEST(DistanceRule, WithoutALimitIsPairwiseBernoulli) {
  const PopulationSpec p = MakeScattered("p", 400, {1, 1});
  const auto count =
      static_cast<double>(PairsWithin(Rule(0.3, BoxKernel{}), p).size());
  EXPECT_NEAR(count, 0.3 * 400 * 399,
              4.5 * testing::BinomialStd(400 * 399, 0.3));
  EXPECT_TRUE(PairsWithin(Rule(0, BoxKernel{}), p).empty());
  EXPECT_EQ(PairsWithin(Rule(1, BoxKernel{}), p).size(), 400u * 399);
}

// Probabilities that are no multiple of 2^-32 split a random word.
TEST(DistanceRule, RarePairsHaveTheirProbability) {
  const PopulationSpec p = MakeScattered("p", 8000, {1, 1});
  const auto count =
      static_cast<double>(PairsWithin(Rule(3e-6, BoxKernel{}), p).size());
  EXPECT_NEAR(count, 3e-6 * 8000 * 7999, 4.5 * std::sqrt(3e-6 * 8000 * 7999));
}

TEST(DistanceRule, PairsOfASourceDependOnNoOtherSourceAndOnTheSeed) {
  const PopulationSpec target = MakeGrid("q", {20, 20}, 0.1);
  const PopulationSpec few = MakeScattered("p", 5, {2, 2});
  const PopulationSpec many = MakeScattered("p", 50, {2, 2});
  const DistanceDependent rule = Rule(0.5, GaussianKernel{0.3});
  const PairList of_few = PairsByRule(Connect(rule, few, target), few, target);
  const PairList of_many =
      PairsByRule(Connect(rule, many, target), many, target);
  ASSERT_GT(of_few.size(), 0u);
  EXPECT_EQ(of_few, PairList(of_many.begin(), of_many.begin() + of_few.size()));
  EXPECT_NE(of_few, PairsByRule(Connect(rule, few, target), few, target, 4));
}

TEST(DistanceRule, SourcesCanBeFoundInAnyOrderAndAgain) {
  const PopulationSpec p = MakeGrid("p", {15, 15}, 0.1, true);
  const ProjectionSpec projection =
      Connect(Rule(0.5, ExponentialKernel{0.2}), p, p);
  const Connectivity connectivity(projection, p, p, 1),
      again(projection, p, p, 1);
  Partners reused;
  for (int64_t i = p.size - 1; i >= 0; --i) {
    connectivity.Find(i, &reused);
    Partners fresh;
    again.Find(i, &fresh);
    EXPECT_EQ(reused.neuron, fresh.neuron);
    EXPECT_TRUE(std::is_sorted(fresh.neuron.begin(), fresh.neuron.end()));
    EXPECT_EQ(std::set(fresh.neuron.begin(), fresh.neuron.end()).size(),
              fresh.neuron.size());
  }
}

// Going through all pairs would take hours.
TEST(DistanceRule, TakesTimeInProportionToTheNeighbours) {
  const int64_t side = testing::kSanitized ? 300 : 1000;
  const PopulationSpec sheet = MakeGrid("p", {side, side}, 0.01, true);
  EXPECT_EQ(std::ssize(PairsWithin(Rule(1, BoxKernel{0.02}), sheet)),
            12 * side * side);
  // Five hundred neurons in a cubic millimetre, all but those near the borders
  // with as many in their balls.
  const int64_t count = testing::kSanitized ? 50'000 : 500'000;
  const double extent = std::cbrt(static_cast<double>(count) / 500);
  const PopulationSpec cloud =
      MakeScattered("p", count, {extent, extent, extent});
  const double expected = static_cast<double>(count) * 4.0 / 3 *
                          std::numbers::pi * 0.1 * 0.1 * 0.1 * 500;
  EXPECT_NEAR(
      static_cast<double>(PairsWithin(Rule(1, BoxKernel{0.1}), cloud).size()),
      expected, (testing::kSanitized ? 0.06 : 0.03) * expected);
}

TEST(DistanceRule, TakesExtremeLengths) {
  const PopulationSpec p = MakeGrid("p", {10, 10}, 1, false, {1e9, -1e9});
  for (double length : {1e-9, 1e9}) {
    const size_t count = length > 1 ? 9900 : 0;
    EXPECT_EQ(PairsWithin(Rule(1, BoxKernel{length}), p).size(), count);
    EXPECT_EQ(PairsWithin(Rule(1, GaussianKernel{length}), p).size(), count);
    EXPECT_EQ(PairsWithin(Rule(1, ExponentialKernel{length}), p).size(), count);
  }
  const PopulationSpec dot = MakeGrid("p", {10, 10}, 1e-9, true);
  EXPECT_EQ(PairsWithin(Rule(1, BoxKernel{1e9}), dot).size(), 9900u);
  EXPECT_EQ(PairsWithin(Rule(1, BoxKernel{1e-9}), dot).size(), 400u);
}

}  // namespace
}  // namespace spiked
