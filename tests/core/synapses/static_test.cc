// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/static.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::static_test {
namespace {

using testing::AddSpikeSource;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Pairs;
using testing::Simulation;

// A neuron whose v is the sum of all its input.
PopulationSpec Adders(const char* name, int64_t size) {
  PopulationSpec p = MakePopulation(name, "izhikevich", size,
                                    {{"quadratic", 0.0},
                                     {"linear", 0.0},
                                     {"constant", 0.0},
                                     {"a", 0.0},
                                     {"v_peak_mv", 1e9}},
                                    {{"v_mv", 0.0}, {"u", 0.0}});
  p.scheme = "euler";
  return p;
}

TEST(StaticSynapse, SpikeAddsTheWeightOfEachSynapseToItsTarget) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "source", {{0}, {0, 1}});
  network.populations.push_back(Adders("target", 40));
  network.projections = {MakeProjection(
      "source", "target", Pairs({{0, 3}, {1, 3}, {1, 39}, {0, 3}}),
      std::vector<double>{1, 20, -5, 300}, 1.0)};
  Simulation simulation(network);
  simulation.Run(2);
  EXPECT_EQ(simulation.Variable("target", "v_mv", 3), 321);
  EXPECT_EQ(simulation.Variable("target", "v_mv", 39), -5);
  simulation.Run(5);
  EXPECT_EQ(simulation.Variable("target", "v_mv", 3), 341);
  EXPECT_EQ(simulation.Variable("target", "v_mv", 39), -10);
  for (int i = 0; i < 39; ++i) {
    EXPECT_EQ(simulation.Variable("target", "v_mv", i), i == 3 ? 341 : 0) << i;
  }
}

TEST(StaticSynapse, WeightsNeverChange) {
  NetworkSpec network = testing::MakeColumnarNetwork(Precision::kFloat32, 1);
  Simulation simulation(network);
  const auto before = simulation.Synapses(3);  // bursting->internal
  ASSERT_FALSE(before.empty());
  simulation.Run(300);
  const auto after = simulation.Synapses(3);
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].weight, after[i].weight);
  }
}

// The counts at each target, against a loop over all synapses.
TEST(StaticSynapse, EverySpikeArrivesOnceAtEveryTarget) {
  NetworkSpec network = MakeNetwork(1);
  std::vector<std::vector<int64_t>> steps(30);
  for (int i = 0; i < 30; ++i) {
    for (int64_t step = i % 7; step < 60; step += 3 + i % 5) {
      steps[i].push_back(step);
    }
  }
  AddSpikeSource(&network, "source", steps);
  network.populations.push_back(Adders("target", 50));
  network.projections = {
      MakeProjection("source", "target", PairwiseBernoulli{0.4},
                     DiscreteUniform{-8, 8, 1}, DiscreteUniform{1, 12, 1})};
  Simulation simulation(network);
  constexpr int64_t kSteps = 40;
  simulation.Run(kSteps);
  std::vector<double> expected(50);
  for (const SynapseReading& s : simulation.Synapses()) {
    for (int64_t step : steps[s.source]) {
      if (step + s.delay_steps < kSteps) expected[s.target] += s.weight;
    }
  }
  for (int j = 0; j < 50; ++j) {
    EXPECT_EQ(simulation.Variable("target", "v_mv", j), expected[j]) << j;
  }
}

// The largest weights are 4095 units, so sums exceed 16 bits with the ninth, in
// both directions.
TEST(StaticSynapse, SumsOf16BitWeightsGoBeyond16Bits) {
  constexpr int kSources = 60;
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "source",
                 std::vector<std::vector<int64_t>>(kSources, {0, 1}));
  network.populations.push_back(Adders("target", 3));
  std::vector<std::pair<int, int>> pairs;
  std::vector<double> weights;
  std::vector<double> expected(3);
  for (int i = 0; i < kSources; ++i) {
    // Targets: all weights up; up, then down below 0; up and back to the start.
    const double by_target[] = {1, i < 20 ? 1. : -1., i < 30 ? 1. : -1.};
    for (int j = 0; j < 3; ++j) {
      pairs.emplace_back(i, j);
      weights.push_back(by_target[j]);
      expected[j] += by_target[j];
    }
  }
  network.projections = {
      MakeProjection("source", "target", Pairs(pairs), weights, 1.0)};
  network.projections[0].weight_precision = WeightPrecision::kBits16;
  Simulation simulation(network);
  ASSERT_EQ(simulation.network().projections[0].weight_bits, 16);
  EXPECT_THAT(expected, ::testing::ElementsAre(60, -20, 0));
  for (int arrivals : {1, 2}) {
    simulation.Run(arrivals == 1 ? 2 : 1);
    for (int j = 0; j < 3; ++j) {
      EXPECT_NEAR(simulation.Variable("target", "v_mv", j),
                  arrivals * expected[j], 1e-5)
          << arrivals << " " << j;
    }
  }
}

}  // namespace
}  // namespace spiked::static_test
