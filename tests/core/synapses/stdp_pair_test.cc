// SPDX-License-Identifier: Apache-2.0
//
// The rule of the header, pair by pair. Published weights:
// tests/conformance/stdp_pair_test.cc.
//
// Pre- and postsynaptic neurons are spike sources: they spike only when told
// to, because all weights that arrive together stay below 1.

#include "core/synapses/stdp_pair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::stdp_pair_test {
namespace {

using testing::AddSpikeSource;
using testing::MakeNetwork;
using testing::MakeProjection;
using testing::Simulation;

constexpr double kAPlus = 0.02;
constexpr double kAMinus = 0.03;
constexpr double kTauPlus = 15;
constexpr double kTauMinus = 25;

SynapseSpec Rule(double min = -0.9, double max = 0.9) {
  return {"stdp_pair",
          {{"a_plus", kAPlus},
           {"a_minus", kAMinus},
           {"tau_plus_ms", kTauPlus},
           {"tau_minus_ms", kTauMinus},
           {"weight_min", min},
           {"weight_max", max}}};
}

// The weight of one synapse after all spikes.
double WeightAfter(const std::vector<int64_t>& pre,
                   const std::vector<int64_t>& post, double weight,
                   int64_t delay, const SynapseSpec& rule = Rule()) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "pre", {pre});
  AddSpikeSource(&network, "post", {post});
  network.projections = {MakeProjection("pre", "post", OneToOne{}, weight,
                                        static_cast<double>(delay), rule)};
  Simulation simulation(network);
  simulation.Run(300);
  EXPECT_EQ(simulation.SpikeSteps("pre"), pre);
  EXPECT_EQ(simulation.SpikeSteps("post"), post);
  return simulation.Synapses()[0].weight;
}

// The change by one pair of spikes. The presynaptic spike counts as arrived at
// the end of step pre + delay - 1.
double PairChange(int64_t pre, int64_t post, int64_t delay) {
  const auto lag = static_cast<double>(post - (pre + delay - 1));
  return lag >= 0 ? kAPlus * std::exp(-lag / kTauPlus)
                  : -kAMinus * std::exp(lag / kTauMinus);
}

TEST(StdpPair, WindowIsExponentialAroundTheArrival) {
  for (int64_t delay : {1, 2, 3, 10, 19}) {
    for (int64_t post = 60; post <= 140; ++post) {
      ASSERT_NEAR(WeightAfter({100}, {post}, 0.5, delay) - 0.5,
                  PairChange(100, post, delay), 1e-14)
          << "delay " << delay << ", post " << post;
    }
  }
}

TEST(StdpPair, ArrivalAndSpikeOfOneStepPotentiate) {
  EXPECT_DOUBLE_EQ(WeightAfter({50}, {50}, 0.5, 1), 0.5 + kAPlus);
  EXPECT_DOUBLE_EQ(WeightAfter({50}, {56}, 0.5, 7), 0.5 + kAPlus);
}

TEST(StdpPair, SpikesOfOneSideChangeNothing) {
  EXPECT_EQ(WeightAfter({10, 20, 30}, {}, 0.5, 3), 0.5);
  EXPECT_EQ(WeightAfter({}, {10, 20, 30}, 0.5, 3), 0.5);
}

TEST(StdpPair, SpikeThatIsStillOnItsWayDoesNothingYet) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "pre", {{10}});
  AddSpikeSource(&network, "post", {{5, 12}});
  network.projections = {
      MakeProjection("pre", "post", OneToOne{}, 0.5, 20.0, Rule())};
  Simulation simulation(network);
  simulation.Run(29);  // arrives at the end of step 29
  EXPECT_EQ(simulation.Synapses()[0].weight, 0.5);
  simulation.Run(1);
  EXPECT_NEAR(simulation.Synapses()[0].weight,
              0.5 + PairChange(10, 5, 20) + PairChange(10, 12, 20), 1e-14);
}

TEST(StdpPair, WeightsStayWithinTheirBounds) {
  EXPECT_EQ(WeightAfter({98, 99}, {100, 101, 102}, 0.85, 1, Rule(0, 0.9)), 0.9);
  EXPECT_EQ(WeightAfter({100, 101, 102, 103}, {98, 99}, 0.05, 1, Rule(0, 0.9)),
            0);
  EXPECT_EQ(
      WeightAfter({100, 101, 102, 103}, {98, 99}, -0.8, 1, Rule(-0.85, 0.9)),
      -0.85);
}

TEST(StdpPair, ClippingHappensAtEveryEvent) {
  // The weight goes up to the bound and down from there, not from the unclipped
  // value.
  const double up = PairChange(50, 50, 1), down = PairChange(60, 50, 1);
  ASSERT_GT(0.89 + up, 0.9);
  EXPECT_NEAR(WeightAfter({50, 60}, {50}, 0.89, 1), 0.9 + down, 1e-14);
}

TEST(StdpPair, SignedWeightsMoveBySameSteps) {
  for (double weight : {-0.4, 0.0, 0.4}) {
    EXPECT_NEAR(WeightAfter({50}, {53}, weight, 1) - weight,
                PairChange(50, 53, 1), 1e-14);
    EXPECT_NEAR(WeightAfter({53}, {50}, weight, 1) - weight,
                PairChange(53, 50, 1), 1e-14);
  }
}

TEST(StdpPair, TimeConstantsAreInMs) {
  NetworkSpec network = MakeNetwork(0.1);
  AddSpikeSource(&network, "pre", {{100}});
  AddSpikeSource(&network, "post", {{150}});
  network.projections = {
      MakeProjection("pre", "post", OneToOne{}, 0.5, 0.1, Rule())};
  Simulation simulation(network);
  simulation.Run(200);
  EXPECT_NEAR(simulation.Synapses()[0].weight,
              0.5 + kAPlus * std::exp(-5 / kTauPlus), 1e-13);
}

// The target sums up its input: v shows the delivered weights.
TEST(StdpPair, SpikeDeliversTheWeightBeforeItsOwnChange) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "pre", {{10, 20}});
  network.populations.push_back(
      testing::MakePopulation("post", "izhikevich", 1,
                              {{"quadratic", 0.0},
                               {"linear", 0.0},
                               {"constant", 0.0},
                               {"a", 0.0},
                               {"c", 0.0},
                               {"d", 0.0},
                               {"v_peak_mv", 100.0}},
                              {{"v_mv", 0.0}, {"u", 0.0}}));
  network.populations[1].scheme = "euler";
  network.stimuli.push_back(
      testing::MakeCurrent(network, "post", {1000}, 5, 1));
  network.projections = {
      MakeProjection("pre", "post", OneToOne{}, 0.5, 1.0, Rule())};
  Simulation simulation(network);
  simulation.Run(12);
  ASSERT_EQ(simulation.SpikeSteps("post"), std::vector<int64_t>{5});
  EXPECT_EQ(simulation.Variable("post", "v_mv"), 0.5);
  const double depressed = 0.5 + PairChange(10, 5, 1);
  EXPECT_NEAR(simulation.Synapses()[0].weight, depressed, 1e-14);
  simulation.Run(10);
  EXPECT_NEAR(simulation.Variable("post", "v_mv"), 0.5 + depressed, 1e-14);
}

// Random trains, delays and pairs (with autapses and multapses), against the
// sum over all pairs of spikes; no weight reaches a bound.
TEST(StdpPair, AllPairsOfManySynapsesAddUp) {
  constexpr int kNeurons = 20;
  constexpr int64_t kSteps = 400;
  // Random trains and synapses.
  std::mt19937 random(1);
  std::vector<std::vector<int64_t>> trains(kNeurons);
  for (auto& train : trains) {
    for (int64_t step = 0; step < kSteps; ++step) {
      if (random() % 10 == 0) train.push_back(step);
    }
  }
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "p", trains);
  SynapseSpec rule = Rule(-1, 1);
  rule.parameters["a_plus"] = kAPlus * 1e-4;  // sums stay far below 1
  rule.parameters["a_minus"] = kAMinus * 1e-4;
  network.projections = {
      MakeProjection("p", "p", PairwiseBernoulli{0.6}, Uniform{-0.001, 0.001},
                     DiscreteUniform{1, 19, 1}, rule),
      MakeProjection("p", "p", testing::Pairs({{3, 4}, {3, 4}, {5, 5}, {5, 5}}),
                     std::vector<double>{0, 0, 0, 0},
                     std::vector<double>{2, 11, 11, 11}, rule)};
  network.projections[0].allow_autapses = true;
  network.projections[1].name = "multapses";
  Simulation simulation(network);
  const std::vector<SynapseReading> before[] = {simulation.Synapses(0),
                                                simulation.Synapses(1)};
  simulation.Run(kSteps);
  for (int i = 0; i < kNeurons; ++i) {
    ASSERT_EQ(simulation.SpikeSteps("p", i), trains[i]);
  }
  // Each weight against the sum over the pairs of spikes that it has seen.
  for (int p : {0, 1}) {
    const std::vector<SynapseReading> after = simulation.Synapses(p);
    ASSERT_EQ(after.size(), before[p].size());
    for (size_t k = 0; k < after.size(); ++k) {
      const SynapseReading& s = after[k];
      double expected = before[p][k].weight;
      for (int64_t pre : trains[s.source]) {
        if (pre + s.delay_steps - 1 >= kSteps) continue;  // on its way
        for (int64_t post : trains[s.target]) {
          expected += 1e-4 * PairChange(pre, post, s.delay_steps);
        }
      }
      ASSERT_NEAR(s.weight, expected, 1e-15)
          << s.source << " to " << s.target << ", delay " << s.delay_steps;
    }
  }
}

TEST(StdpPair, Float32FollowsFloat64ToItsPrecision) {
  const auto weights = [](Precision precision) {
    NetworkSpec network = MakeNetwork(1, precision);
    AddSpikeSource(&network, "pre", {{3, 30, 41, 70, 100}});
    AddSpikeSource(&network, "post", {{1, 17, 44, 70, 90}});
    network.projections = {
        MakeProjection("pre", "post", OneToOne{}, 0.5, 3.0, Rule())};
    Simulation simulation(network);
    simulation.Run(150);
    return simulation.Synapses()[0].weight;
  };
  EXPECT_NE(weights(Precision::kFloat64), 0.5);
  EXPECT_NEAR(weights(Precision::kFloat32), weights(Precision::kFloat64), 1e-6);
}

}  // namespace
}  // namespace spiked::stdp_pair_test
