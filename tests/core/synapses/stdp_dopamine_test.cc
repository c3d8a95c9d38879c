// SPDX-License-Identifier: Apache-2.0
//
// Dopamine, and the two models that take it. Their equations:
// plastic_rules_test.cc; published numbers:
// tests/conformance/stdp_dopamine_test.cc.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/compile.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::stdp_dopamine_test {
namespace {

using testing::AddSpikeSource;
using testing::MakeColumnarNetwork;
using testing::MakeNetwork;
using testing::MakeProjection;
using testing::MakePulse;
using testing::MakeSwitch;
using testing::Simulation;

constexpr double kTauC = 1000, kTauN = 200, kTauS = 1 / (1 / kTauC + 1 / kTauN);

// The growth by w' = c n over a time, from c and n at its beginning.
double Growth(double c, double n, double ms) {
  return c * n * kTauS * (1 - std::exp(-ms / kTauS));
}

// One pair of spikes, which leaves c = exp(-0.5) at 20 ms, and for each name a
// projection of one synapse of weight 0.5.
NetworkSpec OnePair(const SynapseSpec& synapse,
                    const std::vector<std::string>& names = {"w"},
                    Precision precision = Precision::kFloat64) {
  NetworkSpec network = MakeNetwork(1, precision);
  AddSpikeSource(&network, "pre", {{9}});
  AddSpikeSource(&network, "post", {{19}});
  for (const std::string& name : names) {
    network.projections.push_back(
        MakeProjection("pre", "post", OneToOne{}, 0.001, 1.0, synapse));
    network.projections.back().name = name;
  }
  return network;
}

double EligibilityAt(double ms) {
  return std::exp(-0.5) * std::exp(-(ms - 20) / kTauC);
}

TEST(StdpDopamine, NothingChangesWithoutDopamine) {
  Simulation simulation(OnePair({"stdp_dopamine", {}}));
  simulation.Run(2000);
  EXPECT_EQ(simulation.Synapses()[0].weight, 0.001);
}

// The weight is also exact when read between events.
TEST(StdpDopamine, WeightFollowsTheIntegral) {
  NetworkSpec network = OnePair({"stdp_dopamine", {}});
  network.stimuli.push_back(MakePulse(0.004, 100));
  network.stimuli.push_back(MakePulse(0.002, 300));
  Simulation simulation(network);
  const double n = 0.004 * std::exp(-1) + 0.002;
  for (int64_t ms : {99, 100, 101, 250, 300, 301, 800, 5000}) {
    simulation.Run(ms - simulation.state().step);
    double expected = 0.001;
    const auto t = static_cast<double>(ms);
    if (t > 100) {
      expected += Growth(EligibilityAt(100), 0.004, std::min(t, 300.0) - 100);
    }
    if (t > 300) expected += Growth(EligibilityAt(300), n, t - 300);
    EXPECT_NEAR(simulation.Synapses()[0].weight, expected, 1e-14) << ms;
  }
}

// Times longer than all tables.
TEST(StdpDopamine, LongTimesAreExact) {
  NetworkSpec network =
      OnePair({"stdp_dopamine", {{"tau_c_ms", 1e6}, {"tau_n_ms", 1e7}}});
  network.stimuli.push_back(MakePulse(1e-6, 20));
  Simulation simulation(network);
  simulation.Run(300'020);
  const double tau = 1 / (1e-6 + 1e-7);
  EXPECT_NEAR(simulation.Synapses()[0].weight,
              0.001 + std::exp(-0.5) * 1e-6 * tau * -std::expm1(-3e5 / tau),
              1e-12);
}

TEST(StdpDopamine, DipsBelowTheBaselineWeaken) {
  NetworkSpec network =
      OnePair({"stdp_dopamine", {{"baseline", 1e-4}, {"weight_min", -10.0}}});
  network.stimuli.push_back(MakePulse(-0.004, 100));
  Simulation simulation(network);
  simulation.Run(1100);
  EXPECT_NEAR(simulation.Synapses()[0].weight,
              0.001 + Growth(EligibilityAt(100), -0.004, 1000) -
                  1e-4 * kTauC * (EligibilityAt(20) - EligibilityAt(1100)),
              1e-14);
}

TEST(StdpDopamine, BoundsHold) {
  for (double amount : {1e20, -1e20}) {
    NetworkSpec network =
        OnePair({"stdp_dopamine", {{"weight_min", -0.1}, {"weight_max", 0.2}}});
    network.stimuli.push_back(MakePulse(amount, 100));
    Simulation simulation(network);
    simulation.Run(102);
    EXPECT_EQ(simulation.Synapses()[0].weight, amount > 0 ? 0.2 : -0.1);
  }
}

// An arrival delivers the weight of its own time.
TEST(StdpDopamine, ArrivalsDeliverTheWeightOfTheirTime) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "pre", {{9, 399}});
  network.populations.push_back(testing::MakePopulation(
      "post", "lif_delta", 1, {{"tau_m_ms", 1e9}, {"v_th_mv", 1000.0}},
      {{"v_mv", -70.0}}));
  network.projections = {MakeProjection(
      "pre", "post", OneToOne{}, 1.0, 1.0,
      {"stdp_dopamine", {{"baseline", -0.02}, {"a_minus", 0.0}}})};
  // The target spikes once, at 20 ms, on the way to its reset potential.
  network.stimuli.push_back(testing::MakeArrivals(
      network, "post", network.projections[0].receptor, 2000, {19}));
  Simulation simulation(network);
  simulation.Run(399);
  const double before = simulation.Variable("post", "v_mv");
  simulation.Run(1);
  const double weight = simulation.Synapses()[0].weight;
  EXPECT_GT(weight, 3);
  simulation.Run(1);
  ASSERT_EQ(simulation.SpikeSteps("post"), (std::vector<int64_t>{19}));
  EXPECT_NEAR(simulation.Variable("post", "v_mv") - before, weight, 1e-5);
}

class ModelsWithDopamine : public ::testing::TestWithParam<std::string> {};

TEST_P(ModelsWithDopamine, TakeIt) {
  const SynapseModel* model = FindSynapseModel(GetParam());
  EXPECT_TRUE(model->takes_dopamine());
  EXPECT_FALSE(FindSynapseModel("stdp_accumulated")->takes_dopamine());
  EXPECT_FALSE(FindSynapseModel("stdp_pair")->takes_dopamine());
}

// Projections that differ only in their names.
TEST_P(ModelsWithDopamine, EachProjectionHasItsOwn) {
  const auto weights = [&](std::vector<StimulusSpec> pulses) {
    NetworkSpec network = OnePair({GetParam(), {}}, {"x", "y"});
    for (StimulusSpec& pulse : pulses) network.stimuli.push_back(pulse);
    Simulation simulation(network);
    EXPECT_EQ(simulation.network().groups.size(), 2u);
    simulation.Run(600);
    return std::pair(simulation.Synapses(0)[0].weight,
                     simulation.Synapses(1)[0].weight);
  };
  const auto [x0, y0] = weights({});
  EXPECT_EQ(x0, y0);
  const auto [x1, y1] = weights({MakePulse(0.3, 100, {"x"})});
  EXPECT_GT(x1, x0);
  EXPECT_EQ(y1, y0);
  const auto [x2, y2] = weights({MakePulse(0.3, 100)});
  EXPECT_EQ(x2, x1);
  EXPECT_EQ(y2, x1);
  EXPECT_EQ(weights({MakePulse(0.3, 100, {"y", "x"})}), std::pair(x1, x1));
  // Pulses in the same step add up.
  EXPECT_EQ(
      weights({MakePulse(0.125, 100, {"x"}), MakePulse(0.25, 100)}),
      weights({MakePulse(0.375, 100, {"x"}), MakePulse(0.25, 100, {"y"})}));
}

TEST_P(ModelsWithDopamine, ConcentrationIsPartOfTheHash) {
  const auto hash = [&](std::vector<StimulusSpec> pulses, int64_t steps) {
    NetworkSpec network = OnePair({GetParam(), {}}, {"x", "y"});
    for (StimulusSpec& pulse : pulses) network.stimuli.push_back(pulse);
    Simulation simulation(network);
    simulation.Run(steps);
    return simulation.Hash();
  };
  // Nothing is eligible yet.
  std::vector<uint64_t> hashes = {hash({}, 5),
                                  hash({MakePulse(1, 2, {"x"})}, 5),
                                  hash({MakePulse(1, 2, {"y"})}, 5),
                                  hash({MakePulse(2, 2, {"x"})}, 5),
                                  hash({MakePulse(1, 3, {"x"})}, 5),
                                  hash({MakePulse(1, 7, {"x"})}, 5),
                                  hash({MakePulse(2, 7, {"x"})}, 5),
                                  hash({MakePulse(1, 7, {"y"})}, 5),
                                  hash({MakePulse(1, 8, {"y"})}, 5),
                                  hash({MakePulse(1, 7)}, 5)};
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::adjacent_find(hashes.begin(), hashes.end()), hashes.end());
}

// A columnar network that learns by dopamine, and whose plasticity is switched.
NetworkSpec Rewarded(const std::string& model, Precision precision) {
  NetworkSpec network = MakeColumnarNetwork(precision, 1);
  for (ProjectionSpec& p : network.projections) {
    if (p.synapse.model == "static") continue;
    p.synapse = {model, {{"weight_min", -100.0}, {"weight_max", 100.0}}};
  }
  network.stimuli.push_back(MakePulse(0.1, 0));
  network.stimuli.push_back(MakePulse(0.2, 70, {"internal->internal"}));
  network.stimuli.push_back(MakeSwitch(false, 120, {"internal->internal"}));
  network.stimuli.push_back(MakePulse(-0.1, 150));
  network.stimuli.push_back(MakeSwitch(true, 210, {"internal->internal"}));
  network.stimuli.push_back(MakePulse(0.05, 210));
  return network;
}

TEST_P(ModelsWithDopamine, AnyNumberOfThreadsAndAnyTickGiveTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const NetworkSpec network = Rewarded(GetParam(), precision);
    Simulation one(network);
    const auto first = one.Synapses(0);
    one.Run(400);
    EXPECT_GT(one.spikes().size(), 200u);
    const auto last = one.Synapses(0);
    int changed = 0;
    for (size_t k = 0; k < first.size(); ++k) {
      if (first[k].weight != last[k].weight) ++changed;
    }
    EXPECT_GT(changed, static_cast<int>(first.size() / 4));
    for (int threads : {2, 3}) {
      Simulation more(network, threads);
      for (int k = 0; k < 400; k += 8) {
        more.Run(8);
        if (k % 48 == 0) more.Hash();  // settles copies of the states
      }
      EXPECT_EQ(more.spikes(), one.spikes());
      EXPECT_EQ(more.Hash(), one.Hash());
    }
  }
}

TEST_P(ModelsWithDopamine, CopyGoesOnTheSame) {
  Simulation simulation(Rewarded(GetParam(), Precision::kFloat32));
  for (int64_t step : {0, 1, 70, 71, 150, 210, 320}) {
    simulation.Run(step - simulation.state().step);
    const State copy = simulation.state();
    simulation.Run(60);
    const uint64_t hash = simulation.Hash();
    simulation.state() = copy;
    simulation.Run(60);
    EXPECT_EQ(simulation.Hash(), hash) << step;
    simulation.state() = copy;
  }
}

// A pulse that is sent while running has the same effect as a planned one.
TEST_P(ModelsWithDopamine, LivePulseIsAsGoodAsAPlannedOne) {
  const SynapseSpec synapse = {GetParam(), {}};
  NetworkSpec network = OnePair(synapse);
  Simulation live(network);
  network.stimuli.push_back(MakePulse(0.1, 150));
  Simulation planned(network);
  planned.Run(500);
  live.Run(130);
  int64_t late = 0;
  for (Stimulus& s :
       CompileStimulus(live.network(), MakePulse(0.1, 150), 130, &late)) {
    live.state().stimuli.Add(std::move(s));
  }
  EXPECT_EQ(late, 0);
  live.Run(370);
  EXPECT_EQ(live.Hash(), planned.Hash());
}

// Eligibility from before the switch remains, and acts with dopamine later.
TEST_P(ModelsWithDopamine, EligibilityAndDopamineGoOnWhilePlasticityIsOff) {
  const auto weight = [&](bool has_switches) {
    NetworkSpec network = OnePair({GetParam(), {}});
    if (has_switches) {
      network.stimuli.push_back(MakeSwitch(false, 0));
      network.stimuli.push_back(MakeSwitch(true, 100));
    }
    network.stimuli.push_back(MakePulse(0.01, 90));
    Simulation simulation(network);
    simulation.Run(100);
    const double before = simulation.Synapses()[0].weight;
    if (has_switches) {
      EXPECT_EQ(before, 0.001);
    }
    simulation.Run(400);
    return simulation.Synapses()[0].weight - before;
  };
  EXPECT_GT(weight(true), 1e-5);
  EXPECT_NEAR(weight(true), weight(false), 1e-14);
}

INSTANTIATE_TEST_SUITE_P(Models, ModelsWithDopamine,
                         ::testing::Values("stdp_dopamine",
                                           "stdp_dopamine_interval"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace spiked::stdp_dopamine_test
