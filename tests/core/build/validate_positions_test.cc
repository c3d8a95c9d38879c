// SPDX-License-Identifier: Apache-2.0
//
// Mistakes in positions and in values that depend on distances.

#include "core/build/validate_positions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "core/build/validate.h"
#include "core/spec/value.h"
#include "tests/support/network_builder.h"
#include "tests/support/not_a_number.h"
#include "tests/support/sheet.h"

namespace spiked {
namespace {

using testing::kNaN;
using testing::MakeGrid;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;

// grid and other: 6 x 4, periodic; open: 3 x 2, drawn; plain: no positions.
NetworkSpec PlacedNetwork() {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {MakeGrid("grid", {6, 4}, 0.5, true),
                         MakeGrid("other", {6, 4}, 0.5, true),
                         testing::MakeScattered("open", 6, {3, 2}),
                         MakePopulation("plain", "spike_source", 24)};
  network.projections = {
      MakeProjection("grid", "other",
                     DistanceDependent{0.5, GaussianKernel{0.2}, {}},
                     ByDistance{0, GaussianOfDistance{1, 0.2}},
                     ByDistance{0.5, LinearOfDistance{1}}),
      MakeProjection("open", "open", AllToAll{}, 1.0,
                     ByDistance{0.5, LinearOfDistance{1}, 0, 5})};
  return network;
}

TEST(ValidatePositions, AcceptsWhatIsRight) {
  const Violations violations = ValidateNetwork(PlacedNetwork(), "n");
  EXPECT_TRUE(violations.empty()) << violations.Text();
}

// Expects one violation, with these words.
void ExpectTold(const std::function<void(NetworkSpec&)>& mistake,
                const std::string& told) {
  NetworkSpec network = PlacedNetwork();
  mistake(network);
  EXPECT_EQ(ValidateNetwork(network, "n").Text(), told);
}

void ExpectLayoutTold(decltype(PositionsSpec::layout) layout,
                      const std::string& told) {
  ExpectTold(
      [&](NetworkSpec& n) {
        n.populations.push_back(MakePopulation("x", "spike_source", 6));
        n.populations.back().positions = PositionsSpec{layout, false};
      },
      told.empty() ? "" : "n.populations[4].positions" + told);
}

TEST(ValidatePositions, TellsMistakesOfGrids) {
  ExpectLayoutTold(GridPositions{{3, 2}, {0.5}, {1, 2}}, "");
  ExpectLayoutTold(GridPositions{{3, 2}, {0.5, 0.1}, {}}, "");
  ExpectLayoutTold({}, ": has no layout; give grid, list or uniform");
  ExpectLayoutTold(GridPositions{{6}, {1}, {}},
                   ".grid.shape: 1 numbers; there must be two or three, one "
                   "per dimension");
  ExpectLayoutTold(GridPositions{{2, -3}, {1}, {}},
                   ".grid.shape[1]: -3 is less than 1");
  ExpectLayoutTold(GridPositions{{2, 4}, {1}, {}},
                   ".grid.shape: the grid has 8 points; it must have 6, one "
                   "per neuron");
  ExpectLayoutTold(GridPositions{{1 << 30, 1 << 30, 1 << 30}, {1}, {}},
                   ".grid.shape: the grid has 1.23794e+27 points; it must "
                   "have 6, one per neuron");
  ExpectLayoutTold(GridPositions{{3, 2}, {}, {}},
                   ".grid.spacing_mm: 0 numbers; there must be one, or one "
                   "for each of the 2 dimensions");
  ExpectLayoutTold(GridPositions{{3, 2}, {1, 0}, {}},
                   ".grid.spacing_mm[1]: 0 is not in [1e-09, 1e+09] mm");
  ExpectLayoutTold(GridPositions{{3, 2}, {kNaN}, {}},
                   ".grid.spacing_mm[0]: nan is not in [1e-09, 1e+09] mm");
  ExpectLayoutTold(GridPositions{{3, 2}, {5e8}, {}},
                   ".grid.spacing_mm: the grid is 1.5e+09 mm long; at most "
                   "1e+09 mm are allowed");
  ExpectLayoutTold(GridPositions{{3, 2}, {1}, {0, 0, 0}},
                   ".grid.center_mm: 3 numbers; there must be 2, one per "
                   "dimension, or none");
  ExpectLayoutTold(GridPositions{{3, 2}, {1}, {0, -kInfinity}},
                   ".grid.center_mm[1]: -inf is not in [-1e+09, 1e+09] mm");
}

TEST(ValidatePositions, TellsMistakesOfLists) {
  const std::vector<double> six = {0, 1, 2, 3, 4, 5};
  const std::vector<double> extent = {12, 12};
  ExpectLayoutTold(ListedPositions{six, six, {}, extent, {}}, "");
  ExpectLayoutTold(ListedPositions{six, six, six, {5, 5, 5}, {2.5, 2.5, 2.5}},
                   "");
  ExpectLayoutTold(ListedPositions{{0, 1}, six, {}, extent, {}},
                   ".list.x_mm: the list has 2 values; it must have 6, one "
                   "per neuron");
  ExpectLayoutTold(ListedPositions{six, {}, {}, extent, {}},
                   ".list.y_mm: the list has 0 values; it must have 6, as "
                   "many as x_mm");
  ExpectLayoutTold(ListedPositions{six, six, {1}, extent, {}},
                   ".list.z_mm: the list has 1 values; it must have 6, as "
                   "many as x_mm");
  ExpectLayoutTold(ListedPositions{six, six, {}, {}, {}},
                   ".list.extent_mm: 0 numbers; there must be 2, one per "
                   "dimension");
  ExpectLayoutTold(ListedPositions{six, six, {}, {12, 0}, {}},
                   ".list.extent_mm[1]: 0 is not in [1e-09, 1e+09] mm");
  ExpectLayoutTold(ListedPositions{six, six, {}, extent, {1}},
                   ".list.center_mm: 1 numbers; there must be 2, one per "
                   "dimension, or none");
  ExpectLayoutTold(ListedPositions{six, {0, 0, 0, kNaN, 0, 0}, {}, extent, {}},
                   ".list.y_mm[3]: nan is not in the extent, [-6, 6] mm");
  ExpectLayoutTold(ListedPositions{six, six, {}, {9, 12}, {}},
                   ".list.x_mm[5]: 5 is not in the extent, [-4.5, 4.5] mm");
}

TEST(ValidatePositions, TellsMistakesOfDrawnPositions) {
  ExpectLayoutTold(UniformPositions{{1, 2, 3}, {1, 2, 3}}, "");
  ExpectLayoutTold(UniformPositions{{}, {}},
                   ".uniform.extent_mm: 0 numbers; there must be two or "
                   "three, one per dimension");
  ExpectLayoutTold(UniformPositions{{1, 1, 1, 1}, {}},
                   ".uniform.extent_mm: 4 numbers; there must be two or "
                   "three, one per dimension");
  ExpectLayoutTold(UniformPositions{{1, -1}, {}},
                   ".uniform.extent_mm[1]: -1 is not in [1e-09, 1e+09] mm");
  ExpectLayoutTold(UniformPositions{{1, kInfinity}, {}},
                   ".uniform.extent_mm[1]: inf is not in [1e-09, 1e+09] mm");
  ExpectLayoutTold(UniformPositions{{1, 1}, {2e9, 0}},
                   ".uniform.center_mm[0]: 2e+09 is not in [-1e+09, 1e+09] "
                   "mm");
}

void ExpectRuleTold(DistanceDependent rule, const std::string& told) {
  ExpectTold([&](NetworkSpec& n) { n.projections[0].rule = rule; },
             told.empty() ? "" : "n.projections[0].distance_dependent" + told);
}

TEST(ValidateRule, TellsMistakesOfKernels) {
  for (double p : {-0.1, 1.5, kNaN}) {
    NetworkSpec network = PlacedNetwork();
    network.projections[0].rule = DistanceDependent{p, BoxKernel{}, {}};
    const Violations violations = ValidateNetwork(network, "n");
    ASSERT_EQ(violations.size(), 1u);
    EXPECT_EQ(violations.list()[0].field,
              "n.projections[0].distance_dependent.probability");
  }
  ExpectRuleTold({0.5, BoxKernel{}, {}}, "");
  ExpectRuleTold({0.5, {}, {}},
                 ": has no kernel; give box, gaussian or exponential");
  ExpectRuleTold({0.5, BoxKernel{0}, {}},
                 ".box.radius_mm: 0 is not in [1e-09, 1e+09] mm");
  ExpectRuleTold({0.5, BoxKernel{kNaN}, {}},
                 ".box.radius_mm: nan is not in [1e-09, 1e+09] mm");
  ExpectRuleTold({0.5, GaussianKernel{-1}, {}},
                 ".gaussian.std_mm: -1 is not in [1e-09, 1e+09] mm");
  ExpectRuleTold({0.5, ExponentialKernel{kInfinity}, {}},
                 ".exponential.decay_mm: inf is not in [1e-09, 1e+09] mm");
}

TEST(ValidateRule, TellsMistakesOfMasks) {
  const auto expect = [](DistanceMask mask, const std::string& told) {
    ExpectRuleTold({0.5, BoxKernel{}, std::move(mask)},
                   told.empty() ? "" : ".mask" + told);
  };
  expect({0.1, 0.2, {-1, -1}, {1, 1}}, "");
  expect({0, -1, {}, {}}, ".radius_mm: -1 is not in [1e-09, 1e+09] mm");
  expect({kNaN, 1, {}, {}}, ".inner_radius_mm: nan is not in [0, 1e+09] mm");
  expect({0.3, 0.2, {}, {}},
         ".inner_radius_mm: 0.3 is greater than radius_mm (0.2)");
  expect({0, kInfinity, {-1, -1}, {}},
         ".upper_mm: 0 numbers; there must be as many as lower_mm has (2)");
  expect({0, kInfinity, {-1, -1, 0}, {1, 1, 0}},
         ".lower_mm: 3 numbers; there must be 2, one per dimension, or none");
  expect({0, kInfinity, {-1, -1}, {1, -2}},
         ".upper_mm[1]: -2 is less than lower_mm (-1)");
  expect({0, kInfinity, {-1, kNaN}, {1, 1}},
         ".lower_mm[1]: nan is not in [-1e+09, 1e+09] mm");
}

TEST(ValidateRule, MultapsesAreRefused) {
  ExpectTold(
      [](NetworkSpec& n) { n.projections[0].allow_multapses = true; },
      "n.projections[0].allow_multapses: true is allowed for fixed_indegree, "
      "fixed_outdegree and fixed_total_number; the rule given here makes at "
      "most one synapse per pair");
}

TEST(ValidateSpace, TellsPopulationsThatDoNotFit) {
  const auto expect = [](const char* target,
                         const std::function<void(PopulationSpec&)>& change,
                         const std::string& told) {
    ExpectTold(
        [&](NetworkSpec& n) {
          change(n.populations[1]);
          n.projections[0] =
              MakeProjection("grid", target,
                             DistanceDependent{0.5, BoxKernel{}, {}}, 1.0, 1.0);
        },
        "n.projections[0].distance_dependent: " + told);
  };
  const auto nothing = [](PopulationSpec&) {};
  expect("plain", nothing,
         "needs positions, which population \"plain\" doesn't have");
  expect("open", nothing,
         "of the populations only \"grid\" is periodic; both must be, or "
         "neither");
  expect(
      "other",
      [](PopulationSpec& p) {
        p.positions->layout = UniformPositions{{3, 2, 1}, {}};
      },
      "the positions of the populations have 2 and 3 dimensions; they must "
      "have as many");
  expect(
      "other",
      [](PopulationSpec& p) {
        p.positions->layout = UniformPositions{{3, 2.5}, {}};
      },
      "the periodic extents of the populations are [-1, 1] and [-1.25, "
      "1.25] mm along dimension 1; they must be the same");
  expect(
      "other",
      [](PopulationSpec& p) {
        p.positions->layout = UniformPositions{{3, 2}, {1, 0}};
      },
      "the periodic extents of the populations are [-1.5, 1.5] and [-0.5, "
      "2.5] mm along dimension 0; they must be the same");
}

TEST(ValidateSpace, WrongPositionsAreToldOnce) {
  ExpectTold(
      [](NetworkSpec& n) {
        n.populations[1].positions->layout = UniformPositions{{3, 0}, {}};
      },
      "n.populations[1].positions.uniform.extent_mm[1]: 0 is not in [1e-09, "
      "1e+09] mm");
}

void ExpectWeightTold(ByDistance weight, const std::string& told) {
  ExpectTold([&](NetworkSpec& n) { n.projections[0].weight = weight; },
             told.empty() ? "" : "n.projections[0].weight" + told);
}

TEST(ValidateByDistance, TellsMistakesOfFunctions) {
  ExpectWeightTold({-3, ExponentialOfDistance{-2, 1}, -4, 4}, "");
  ExpectWeightTold({1, {}},
                   ".by_distance: has no shape; give linear, gaussian or "
                   "exponential");
  ExpectWeightTold({kNaN, LinearOfDistance{1}},
                   ".by_distance.offset: nan is not a finite number");
  ExpectWeightTold({1, LinearOfDistance{kInfinity}},
                   ".by_distance.linear.slope_per_mm: inf is not a finite "
                   "number");
  ExpectWeightTold({1, GaussianOfDistance{1, -0.5}},
                   ".by_distance.gaussian.std_mm: -0.5 is not in [1e-09, "
                   "1e+09] mm");
  ExpectWeightTold({1, GaussianOfDistance{kNaN, 1}},
                   ".by_distance.gaussian.amplitude: nan is not a finite "
                   "number");
  ExpectWeightTold({1, ExponentialOfDistance{1, 0}},
                   ".by_distance.exponential.decay_mm: 0 is not in [1e-09, "
                   "1e+09] mm");
  ExpectWeightTold({1, LinearOfDistance{1}, 2, 1},
                   ".by_distance.max: 1 is less than min (2)");
  ExpectWeightTold({1, LinearOfDistance{1}, kNaN, 1},
                   ".by_distance: min and max must be numbers");
  ExpectWeightTold({1e308, LinearOfDistance{1.7e308}},
                   ".by_distance: inf is not a finite number");
}

TEST(ValidateByDistance, NumbersFitThePrecision) {
  ExpectTold(
      [](NetworkSpec& n) {
        n.precision = Precision::kFloat32;
        n.projections[0].weight = ByDistance{2e38, GaussianOfDistance{2e38, 1}};
      },
      "n.projections[0].weight.by_distance: 4e+38 is beyond 3.40282e+38, the "
      "largest number of FLOAT32");
}

TEST(ValidateByDistance, DelaysAreValidAtAllDistances) {
  const auto expect = [](ByDistance delay, const std::string& told) {
    ExpectTold([&](NetworkSpec& n) { n.projections[1].delay_ms = delay; },
               told.empty() ? "" : "n.projections[1].delay_ms: " + told);
  };
  // Such delays are rounded up to one step.
  expect({0, LinearOfDistance{1}}, "");
  expect({0.01, LinearOfDistance{0.01}},
         "reaches over [0.01, 0.0460555] ms; delays are between one step (0.1 "
         "ms) and 6553.5 ms");
  expect({1, LinearOfDistance{2000}},
         "reaches over [1, 7212.1] ms; delays are between one step (0.1 ms) "
         "and 6553.5 ms");
  expect({1, LinearOfDistance{2000}, 0, 6553.5}, "");
  expect({5, LinearOfDistance{-100}, 0.1}, "");
}

TEST(ValidateByDistance, PlasticWeightsMustBeInTheirBounds) {
  ExpectTold(
      [](NetworkSpec& n) {
        n.projections[0].synapse = {"stdp_pair", {{"weight_max", 1.0}}};
        n.projections[0].weight = ByDistance{0.25, GaussianOfDistance{1, 0.5}};
      },
      "n.projections[0].weight: reaches over [0.278756, 1.25]; weights of "
      "stdp_pair must be in [0, 1] here");
}

TEST(ValidateByDistance, IsForWeightsAndDelaysWithPositionsOnly) {
  const ByDistance value = {1, LinearOfDistance{1}};
  ExpectTold(
      [&](NetworkSpec& n) {
        n.projections[1] =
            MakeProjection("plain", "open", AllToAll{}, value, 1.0);
      },
      "n.projections[1].weight.by_distance: needs positions, which population "
      "\"plain\" doesn't have");
  ExpectTold(
      [&](NetworkSpec& n) {
        n.populations.push_back(MakePopulation("x", "izhikevich", 5));
        n.populations[4].parameters["a"] = value;
      },
      "n.populations[4].parameters[\"a\"]: by_distance is allowed for weight "
      "and delay_ms of projections only");
  ExpectTold(
      [&](NetworkSpec& n) {
        n.populations.push_back(MakePopulation("x", "izhikevich", 5));
        n.populations[4].initial_values["u"] = value;
      },
      "n.populations[4].initial_values[\"u\"]: by_distance is allowed for "
      "weight and delay_ms of projections only");
  ExpectTold(
      [&](NetworkSpec& n) {
        n.projections[1].synapse = {"stdp_pair", {{"a_plus", value}}};
      },
      "n.projections[1].synapse.parameters[\"a_plus\"]: must be a constant, "
      "shared by all synapses of the projection");
}

TEST(ValidateByDistance, WhatIsToldOfTheRuleIsNotToldAgain) {
  ExpectRuleTold({0.5, GaussianKernel{-1}, {}},
                 ".gaussian.std_mm: -1 is not in [1e-09, 1e+09] mm");
}

}  // namespace
}  // namespace spiked
