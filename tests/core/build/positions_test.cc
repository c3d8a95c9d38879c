// SPDX-License-Identifier: Apache-2.0

#include "core/build/positions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/sheet.h"
#include "tests/support/statistics.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using testing::MakeGrid;
using testing::MakeListed;
using testing::MakeScattered;

TEST(Positions, OfAGridCountXFirstAroundTheCenter) {
  PopulationSpec p = MakeGrid("p", {3, 2}, 0.5, false, {10, 20});
  std::get<GridPositions>(p.positions->layout).spacing_mm = {0.5, 2};
  const Positions positions(p, 1);
  EXPECT_THAT(positions.At(0), ElementsAre(9.5, 19, 0));
  EXPECT_THAT(positions.At(1), ElementsAre(10, 19, 0));
  EXPECT_THAT(positions.At(2), ElementsAre(10.5, 19, 0));
  EXPECT_THAT(positions.At(3), ElementsAre(9.5, 21, 0));
  // The extent reaches half a spacing beyond the outer neurons.
  EXPECT_THAT(positions.extent().low, ElementsAre(9.25, 18, 0));
  EXPECT_THAT(positions.extent().size, ElementsAre(1.5, 4, 0));
}

TEST(Positions, OfAGridHaveThreeDimensions) {
  const PopulationSpec p = MakeGrid("p", {2, 3, 4}, 1);
  const Positions positions(p, 1);
  EXPECT_EQ(positions.extent().dimensions, 3);
  EXPECT_THAT(positions.At(0), ElementsAre(-0.5, -1, -1.5));
  EXPECT_THAT(positions.At(2 * 3 * 1 + 2 * 2 + 1), ElementsAre(0.5, 1, -0.5));
  EXPECT_THAT(positions.At(23), ElementsAre(0.5, 1, 1.5));
}

TEST(Positions, OfAListAreThose) {
  PopulationSpec p = MakeScattered("p", 3, {1, 1});
  p.positions->layout =
      ListedPositions{{0, 0.25, 0.5}, {-0.5, 0, 0.5}, {}, {2, 1}, {0.5, 0}};
  const Positions positions(p, 1);
  EXPECT_THAT(positions.At(2), ElementsAre(0.5, 0.5, 0));
  EXPECT_THAT(positions.extent().low, ElementsAre(-0.5, -0.5, 0));
}

TEST(Positions, ThatAreDrawnAreUniformAndDependOnSeedAndNeuronOnly) {
  const PopulationSpec few = MakeScattered("p", 10, {2, 4, 1});
  const PopulationSpec many = MakeScattered("p", 4000, {2, 4, 1});
  const Positions positions(many, 1);
  std::vector<std::vector<double>> axes(3);
  for (int64_t i = 0; i < many.size; ++i) {
    for (int k = 0; k < 3; ++k) axes[k].push_back(positions.At(i)[k]);
  }
  for (int k = 0; k < 3; ++k) {
    const double size = positions.extent().size[k];
    EXPECT_LT(testing::KolmogorovDistance(
                  axes[k], [&](double x) { return x / size + 0.5; }),
              1.95 / std::sqrt(4000.0));
  }
  EXPECT_LT(std::abs(testing::Correlation(axes[0], axes[1])),
            4.5 / std::sqrt(4000.0));
  EXPECT_EQ(Positions(few, 1).At(9), positions.At(9));
  EXPECT_NE(Positions(few, 2).At(9), positions.At(9));
}

TEST(Distances, AreTheShorterWayAroundATorus) {
  const PopulationSpec open = MakeGrid("p", {10, 10}, 1);
  const PopulationSpec torus = MakeGrid("p", {10, 10}, 1, true);
  EXPECT_DOUBLE_EQ(Distances(open, open, 1).Between(0, 99), 9 * std::sqrt(2));
  EXPECT_DOUBLE_EQ(Distances(torus, torus, 1).Between(0, 99), std::sqrt(2));
  EXPECT_DOUBLE_EQ(Distances(torus, torus, 1).Between(0, 5), 5);
  EXPECT_DOUBLE_EQ(Distances(torus, torus, 1).Between(7, 0), 3);
}

TEST(Distances, OfListedPositionsAreThoseOfThePositions) {
  for (bool periodic : {false, true}) {
    const PopulationSpec drawn = MakeScattered("p", 50, {2, 1, 1}, periodic);
    const PopulationSpec listed = MakeListed(drawn, 7);
    for (int64_t i = 0; i < 50; ++i) {
      EXPECT_EQ(Distances(drawn, drawn, 7).Between(i, 49 - i),
                Distances(listed, listed, 7).Between(i, 49 - i));
    }
  }
}

TEST(DistanceRange, BoundsTheDistancesTightly) {
  const Extent here = ExtentOf(*MakeGrid("a", {10, 10}, 1).positions);
  const Extent there =
      ExtentOf(*MakeGrid("b", {4, 4}, 1, false, {20, 0}).positions);
  EXPECT_NEAR(DistancesBetween(here, here).min, 0, 1e-9);
  EXPECT_NEAR(DistancesBetween(here, here).max, 10 * std::sqrt(2), 1e-6);
  EXPECT_NEAR(DistancesBetween(here, there).min, 13, 1e-6);
  EXPECT_NEAR(DistancesBetween(here, there).max, std::hypot(27, 7), 1e-6);
  const Extent torus = ExtentOf(*MakeGrid("a", {10, 10}, 1, true).positions);
  EXPECT_NEAR(DistancesBetween(torus, torus).max, 5 * std::sqrt(2), 1e-6);
}

}  // namespace
}  // namespace spiked
