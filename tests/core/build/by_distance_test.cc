// SPDX-License-Identifier: Apache-2.0
//
// Weights and delays as functions of distance, read back from a network.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/spec/network_spec.h"
#include "core/spec/value.h"
#include "tests/support/network_builder.h"
#include "tests/support/sheet.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::MakeGrid;
using testing::MakeNetwork;
using testing::MakeProjection;
using testing::MakeScattered;
using testing::Simulation;

TEST(ByDistance, HasTheNumbersOfItsFormula) {
  const ByDistance linear = {0.5, LinearOfDistance{3}};
  EXPECT_EQ(NumberAt(linear, 0), 0.5);
  EXPECT_EQ(NumberAt(linear, 2), 6.5);
  const ByDistance gaussian = {1, GaussianOfDistance{2, 3}};
  EXPECT_EQ(NumberAt(gaussian, 0), 3);
  EXPECT_DOUBLE_EQ(NumberAt(gaussian, 3), 1 + 2 * std::exp(-0.5));
  const ByDistance exponential = {-1, ExponentialOfDistance{-2, 4}};
  EXPECT_EQ(NumberAt(exponential, 0), -3);
  EXPECT_DOUBLE_EQ(NumberAt(exponential, 8), -1 - 2 * std::exp(-2));
}

TEST(ByDistance, IsKeptWithinItsBounds) {
  const ByDistance value = {0.5, LinearOfDistance{3}, 1, 2};
  EXPECT_EQ(NumberAt(value, 0), 1);
  EXPECT_EQ(NumberAt(value, 0.25), 1.25);
  EXPECT_EQ(NumberAt(value, 10), 2);
}

TEST(ByDistance, RangeIsThatOfTheDistances) {
  const auto expect = [](const ByDistance& value, DistanceRange distances,
                         double min, double max) {
    EXPECT_DOUBLE_EQ(RangeOf(value, distances).min, min);
    EXPECT_DOUBLE_EQ(RangeOf(value, distances).max, max);
  };
  expect({1, LinearOfDistance{2}}, {0, 3}, 1, 7);
  expect({1, LinearOfDistance{-2}}, {1, 3}, -5, -1);
  expect({1, GaussianOfDistance{2, 1}}, {0, 1}, 1 + 2 * std::exp(-0.5), 3);
  expect({0, ExponentialOfDistance{-2, 1}}, {0, 1}, -2, -2 * std::exp(-1.0));
  expect({1, LinearOfDistance{2}, 2, 4}, {0, 3}, 2, 4);
  EXPECT_EQ(RangeOf(ByDistance{1, LinearOfDistance{2}}).max,
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(RangeOf(ByDistance{1, LinearOfDistance{0}}).max, 1);
  EXPECT_EQ(RangeOf(ByDistance{1, GaussianOfDistance{-2, 1}}).max, 1);
}

// Two sheets of 20 x 20 neurons, 0.1 mm apart.
NetworkSpec Sheets(bool periodic, ConnectionRule rule, Value weight,
                   Value delay_ms) {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {MakeGrid("a", {20, 20}, 0.1, periodic),
                         MakeGrid("b", {20, 20}, 0.1, periodic)};
  network.projections = {MakeProjection(
      "a", "b", std::move(rule), std::move(weight), std::move(delay_ms))};
  return network;
}

double DistanceOf(const SynapseReading& synapse, bool periodic) {
  int x = std::abs(synapse.source % 20 - synapse.target % 20);
  int y = std::abs(synapse.source / 20 - synapse.target / 20);
  if (periodic) x = std::min(x, 20 - x), y = std::min(y, 20 - y);
  return 0.1 * std::hypot(x, y);
}

// Rules by source and by target, with and without lists, dense and sparse.
TEST(ByDistance, EverySynapseHasTheWeightAndDelayOfItsDistance) {
  const std::vector<ConnectionRule> rules = {
      AllToAll{},
      OneToOne{},
      PairwiseBernoulli{0.1},
      testing::Pairs({{0, 399}, {0, 1}, {20, 0}, {399, 0}}),
      FixedIndegree{20},
      FixedOutdegree{20},
      FixedTotalNumber{5000},
      DistanceDependent{0.5, GaussianKernel{0.3}, {}}};
  for (bool periodic : {false, true}) {
    for (const ConnectionRule& rule : rules) {
      SCOPED_TRACE(rule.index());
      const Simulation simulation(
          Sheets(periodic, rule, ByDistance{1, ExponentialOfDistance{2, 0.7}},
                 ByDistance{0.04, LinearOfDistance{1.3}, 0, 1.5}));
      const std::vector<SynapseReading> synapses = simulation.Synapses();
      ASSERT_FALSE(synapses.empty());
      for (const SynapseReading& s : synapses) {
        const double d = DistanceOf(s, periodic);
        ASSERT_NEAR(s.weight, 1 + 2 * std::exp(-d / 0.7), 1e-14);
        const double ms = std::min(0.04 + 1.3 * d, 1.5);
        const double steps = std::max(1.0, std::round(ms / 0.1));
        // Halves may be rounded either way.
        if (std::abs(ms / 0.1 - std::floor(ms / 0.1) - 0.5) < 1e-9) continue;
        ASSERT_EQ(s.delay_steps, steps) << d;
      }
    }
  }
}

// A projection of all to all with one delay is stored as rows of weights.
TEST(ByDistance, WeightsOfDenseProjectionsAreByDistance) {
  const Simulation simulation(Sheets(
      false, AllToAll{}, ByDistance{0, GaussianOfDistance{-3, 0.4}}, 0.5));
  const auto synapses = simulation.Synapses();
  ASSERT_EQ(synapses.size(), 160000u);
  for (const SynapseReading& s : synapses) {
    const double z = DistanceOf(s, false) / 0.4;
    ASSERT_NEAR(s.weight, -3 * std::exp(-0.5 * z * z), 1e-14);
    ASSERT_EQ(s.delay_steps, 5);
  }
}

TEST(ByDistance, WeightsOf16BitsAreRoundedToTheUnit) {
  for (const ConnectionRule& rule :
       {ConnectionRule(AllToAll{}), ConnectionRule(PairwiseBernoulli{0.5})}) {
    NetworkSpec network =
        Sheets(false, rule, ByDistance{-1, LinearOfDistance{-2}}, 0.5);
    network.projections[0].weight_precision = WeightPrecision::kBits16;
    const Simulation simulation(network);
    EXPECT_EQ(simulation.network().projections[0].weight_bits, 16);
    // The extents are 2 mm wide, so two neurons are at most 2.83 mm apart.
    const double unit = (1 + 2 * std::hypot(2, 2)) / 4095;
    for (const SynapseReading& s : simulation.Synapses()) {
      ASSERT_NEAR(s.weight, -1 - 2 * DistanceOf(s, false), 0.51 * unit);
    }
  }
}

// 16 bits would lose the small weights of functions that decay to 0.
TEST(ByDistance, ManyWeightsAreFullUnlessRoundingIsFineForTheSmallest) {
  const auto bits = [](Value weight) {
    NetworkSpec network =
        Sheets(false, PairwiseBernoulli{0.9}, std::move(weight),
               ByDistance{1, LinearOfDistance{1}});
    network.populations = {MakeGrid("a", {25, 25}, 0.1),
                           MakeGrid("b", {25, 25}, 0.1)};
    network.precision = Precision::kFloat32;
    return Simulation(network).network().projections[0].weight_bits;
  };
  EXPECT_EQ(bits(ByDistance{0, GaussianOfDistance{1, 0.1}}), 32);
  EXPECT_EQ(bits(ByDistance{1, GaussianOfDistance{1, 0.1}}), 16);
}

TEST(ByDistance, PlasticSynapsesBeginWithTheWeightOfTheirDistance) {
  NetworkSpec network = Sheets(true, DistanceDependent{1, BoxKernel{0.3}, {}},
                               ByDistance{0.1, LinearOfDistance{1}}, 0.5);
  network.projections[0].synapse = {"stdp_pair", {{"weight_max", 1.0}}};
  for (const SynapseReading& s : Simulation(network).Synapses()) {
    ASSERT_NEAR(s.weight, 0.1 + DistanceOf(s, true), 1e-14);
  }
}

std::vector<std::tuple<int32_t, int32_t, int32_t, double>> Sorted(
    const std::vector<SynapseReading>& synapses) {
  std::vector<std::tuple<int32_t, int32_t, int32_t, double>> sorted;
  for (const SynapseReading& s : synapses) {
    sorted.emplace_back(s.source, s.target, s.delay_steps, s.weight);
  }
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

TEST(ByDistance, NetworksAreTheSameForAnyNumberOfThreads) {
  NetworkSpec network = MakeNetwork(0.1, Precision::kFloat32);
  network.seed = 5;
  network.populations = {MakeScattered("a", 3000, {2, 2}, true),
                         MakeGrid("b", {30, 30}, 2.0 / 30, true)};
  const ByDistance weight = {0.1, GaussianOfDistance{1, 0.2}};
  const ByDistance delay = {0.5, LinearOfDistance{2}};
  network.projections = {
      MakeProjection("a", "a", DistanceDependent{0.4, GaussianKernel{0.1}, {}},
                     weight, delay),
      MakeProjection("a", "b",
                     DistanceDependent{0.4, ExponentialKernel{0.05}, {}},
                     weight, delay, {"stdp_pair", {{"weight_max", 2.0}}}),
      MakeProjection("b", "a", FixedIndegree{7}, weight, delay)};
  for (int32_t i = 0; i < 900; i += 7) {
    network.stimuli.push_back(
        testing::MakeSpikes(network, "b", i, {i % 11, 20 + i % 13}));
  }
  Simulation one(network, 1);
  one.Run(60);
  ASSERT_GT(one.spikes().size(), 500u);
  for (int threads : {2, 5}) {
    Simulation more(network, threads);
    for (int p = 0; p < 3; ++p) {
      EXPECT_EQ(Sorted(more.Synapses(p)).size(),
                Sorted(one.Synapses(p)).size());
    }
    more.Run(60);
    for (int p = 0; p < 3; ++p) {
      EXPECT_EQ(Sorted(more.Synapses(p)), Sorted(one.Synapses(p)));
    }
    EXPECT_EQ(more.spikes(), one.spikes());
    EXPECT_EQ(more.Hash(), one.Hash());
  }
}

}  // namespace
}  // namespace spiked
