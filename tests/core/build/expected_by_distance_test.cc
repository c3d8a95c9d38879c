// SPDX-License-Identifier: Apache-2.0

#include "core/build/expected_by_distance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/connectivity.h"
#include "core/build/estimate.h"
#include "core/build/validate.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"
#include "tests/support/sheet.h"

namespace spiked {
namespace {

using testing::MakeGrid;
using testing::MakeListed;
using testing::MakeScattered;

double Count(const ProjectionSpec& projection, const PopulationSpec& source,
             const PopulationSpec& target) {
  const Connectivity connectivity(projection, source, target, 1);
  double count = 0;
  Partners partners;
  for (int64_t i = 0; i < source.size; ++i) {
    connectivity.Find(i, &partners);
    count += static_cast<double>(partners.neuron.size());
  }
  return count;
}

void ExpectNear(const DistanceDependent& rule, const PopulationSpec& source,
                const PopulationSpec& target,
                ColumnRestriction columns = ColumnRestriction::kAny) {
  ProjectionSpec projection;
  projection.source = source.name;
  projection.target = target.name;
  projection.rule = rule;
  projection.columns = columns;
  for (bool autapses : {false, true}) {
    if (autapses && source.name != target.name) continue;
    projection.allow_autapses = autapses;
    const double count = Count(projection, source, target);
    double allowed = 0.1 * count + 4.5 * std::sqrt(2 * count) + 4;
    // The synapses of 64 sources of a list vary like a number of 64 rows.
    if (source.name == "list" || target.name == "list") {
      allowed += 3 * std::sqrt(count * static_cast<double>(source.size) / 64);
    }
    EXPECT_NEAR(ExpectedByDistance(projection, source, target), count, allowed)
        << source.name << " to " << target.name << ", kernel "
        << rule.kernel.index();
  }
}

TEST(ExpectedByDistance, IsWithinTenPercentForAllLayoutsAndKernels) {
  DistanceMask ring, box;
  ring.inner_radius_mm = 0.3;
  ring.radius_mm = 0.4;
  for (bool periodic : {false, true}) {
    for (int dimensions : {2, 3}) {
      const bool flat = dimensions == 2;
      if (testing::kSanitized && (periodic || !flat)) continue;
      const std::vector<double> extent(dimensions, 2);
      box.lower_mm = std::vector<double>(dimensions, -0.25);
      box.upper_mm = std::vector<double>(dimensions, 0.45);
      const PopulationSpec grid =
          MakeGrid("grid", std::vector<int64_t>(dimensions, flat ? 30 : 10),
                   flat ? 2.0 / 30 : 2.0 / 10, periodic);
      const PopulationSpec coarse =
          MakeGrid("coarse", std::vector<int64_t>(dimensions, flat ? 10 : 5),
                   flat ? 0.2 : 0.4, periodic);
      const PopulationSpec drawn =
          MakeScattered("drawn", 1200, extent, periodic);
      PopulationSpec listed =
          MakeListed(MakeScattered("drawn", 2400, extent, periodic), 9);
      listed.name = "list";
      const PopulationSpec list = listed;
      for (const DistanceDependent& rule :
           {DistanceDependent{0.6, BoxKernel{0.25}, {}},
            DistanceDependent{1, BoxKernel{1.5}, {}},
            DistanceDependent{0.8, GaussianKernel{0.1}, {}},
            DistanceDependent{0.1, GaussianKernel{1}, {}},
            DistanceDependent{0.8, ExponentialKernel{0.07}, {}},
            DistanceDependent{0.5, BoxKernel{}, ring},
            DistanceDependent{0.5, GaussianKernel{0.2}, box}}) {
        for (const PopulationSpec* source : {&grid, &drawn, &list, &coarse}) {
          ExpectNear(rule, *source, *source);
        }
        ExpectNear(rule, grid, drawn);
        ExpectNear(rule, drawn, list);
        ExpectNear(rule, list, grid);
        ExpectNear(rule, coarse, grid);
      }
    }
  }
}

// Columns of a grid are stripes; columns of drawn positions are everywhere.
TEST(ExpectedByDistance, KnowsColumns) {
  PopulationSpec grid = MakeGrid("grid", {40, 40}, 0.05);
  PopulationSpec drawn = MakeScattered("drawn", 1600, {2, 2});
  grid.column_count = drawn.column_count = 8;
  const DistanceDependent rule = {0.8, GaussianKernel{0.1}, {}};
  for (ColumnRestriction columns :
       {ColumnRestriction::kSame, ColumnRestriction::kOther}) {
    ExpectNear(rule, grid, grid, columns);
    ExpectNear(rule, drawn, drawn, columns);
  }
}

TEST(ExpectedByDistance, KnowsPopulationsThatAreElsewhere) {
  const PopulationSpec here = MakeGrid("here", {30, 30}, 0.1);
  const PopulationSpec beside =
      MakeGrid("beside", {30, 30}, 0.1, false, {2, 1});
  const PopulationSpec far = MakeGrid("far", {30, 30}, 0.1, false, {50, 1});
  ExpectNear({0.5, GaussianKernel{0.3}, {}}, here, beside);
  ExpectNear({0.5, GaussianKernel{0.3}, {}}, here, far);
}

// The result is an upper bound, also if positions form clusters.
TEST(ExpectedByDistance, IsABoundForClustersOfManyListedPositions) {
  PopulationSpec p = MakeScattered("p", 20000, {1, 1});
  p = MakeListed(p, 1);
  auto& list = std::get<ListedPositions>(p.positions->layout);
  for (int64_t i = 0; i < p.size; ++i) {
    const double cluster = static_cast<double>(i % 50) / 50;
    list.x_mm[i] = 0.02 * list.x_mm[i] + cluster - 0.5;
    list.y_mm[i] = 0.02 * list.y_mm[i] + std::sin(10 * cluster) * 0.4;
  }
  ProjectionSpec projection = testing::MakeProjection(
      "p", "p", DistanceDependent{0.5, BoxKernel{0.03}, {}}, 1.0, 1.0);
  const double count = Count(projection, p, p);
  const double expected = ExpectedByDistance(projection, p, p);
  EXPECT_GT(expected, 0.9 * count);
  EXPECT_LT(expected, 1.6 * count);
}

// It is needed before anything is allocated, for each projection.
TEST(ExpectedByDistance, OfHugePopulationsIsFast) {
  const PopulationSpec grid = MakeGrid("grid", {32768, 32768}, 0.001, true);
  const PopulationSpec drawn =
      MakeScattered("drawn", int64_t{1} << 30, {1000, 1000, 1000});
  for (const PopulationSpec* p : {&grid, &drawn}) {
    for (const DistanceDependent& rule :
         {DistanceDependent{0.5, BoxKernel{}, {}},
          DistanceDependent{0.5, GaussianKernel{1e9}, {}},
          DistanceDependent{0.5, ExponentialKernel{1e-9}, {}}}) {
      const ProjectionSpec projection =
          testing::MakeProjection(p->name, p->name, rule, 1.0, 1.0);
      for (int i = 0; i < 50; ++i) {
        const double expected = ExpectedByDistance(projection, *p, *p);
        ASSERT_TRUE(std::isfinite(expected));
        ASSERT_LE(expected, 0x1p60);
      }
    }
  }
}

TEST(ExpectedByDistance, TellsNetworksThatAreTooLarge) {
  NetworkSpec network = testing::MakeNetwork(0.1);
  network.populations = {MakeGrid("p", {10000, 10000}, 0.01)};
  network.projections = {testing::MakeProjection(
      "p", "p", DistanceDependent{1, BoxKernel{0.05}, {}}, 1.0, 1.0)};
  const Violations violations = ValidateNetwork(network, "network");
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations.list()[0].field, "network.projections");
  network.projections[0].rule = DistanceDependent{1, BoxKernel{0.01}, {}};
  EXPECT_TRUE(ValidateNetwork(network, "network").empty());
  // The cells of the search exist while synapses are built.
  const Estimate estimate = EstimateNetwork(network);
  EXPECT_NEAR(estimate.synapse_count, 4e8, 0.02 * 4e8);
  EXPECT_GT(estimate.build_bytes - estimate.bytes, 20e8);
}

}  // namespace
}  // namespace spiked
