// SPDX-License-Identifier: Apache-2.0
//
// Large populations: tests/conformance/montbrio_2015_test.cc.

#include "core/neurons/qif.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::qif_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeCurrent;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

// One neuron.
NetworkSpec Neuron(double dt_ms, const ValueMap& parameters,
                   const ValueMap& initial_values = {}) {
  NetworkSpec network = MakeNetwork(dt_ms);
  network.precision = Precision::kFloat64;
  network.populations = {
      MakePopulation("p", "qif", 1, parameters, initial_values)};
  return network;
}

TEST(Qif, FollowsTheTangentWhereItIsExcited) {
  for (double dt_ms : {0.01, 0.1, 1.0}) {
    Simulation simulation(
        Neuron(dt_ms, {{"tau_m_ms", 10.0}, {"eta", 4.0}}, {{"v", -1.0}}));
    // v = 2 tan(2 t / tau - atan(1/2)).
    for (double t = dt_ms; t < 9; t += dt_ms) {
      simulation.Run(1);
      const double v = 2 * std::tan(2 * t / 10 - std::atan(0.5));
      ASSERT_NEAR(simulation.Variable("p", "v"), v, 1e-9 * (1 + v * v)) << t;
    }
  }
}

TEST(Qif, FollowsTheHyperbolicTangentWhereItRests) {
  for (double dt_ms : {0.01, 0.1, 1.0}) {
    Simulation simulation(
        Neuron(dt_ms, {{"tau_m_ms", 10.0}, {"eta", -4.0}}, {{"v", 0.5}}));
    // v = -2 tanh(2 t / tau - atanh(1/4)).
    for (double t = dt_ms; t < 30; t += dt_ms) {
      simulation.Run(1);
      ASSERT_NEAR(simulation.Variable("p", "v"),
                  -2 * std::tanh(2 * t / 10 - std::atanh(0.25)), 1e-10)
          << t;
    }
  }
}

TEST(Qif, AboveItsUnstablePointItFires) {
  Simulation below(Neuron(0.1, {{"eta", -4.0}}, {{"v", 1.99}}));
  below.Run(10000);
  EXPECT_THAT(below.spikes(), IsEmpty());
  EXPECT_NEAR(below.Variable("p", "v"), -2, 1e-9);

  Simulation above(
      Neuron(0.1, {{"eta", -4.0}, {"v_reset", -5.0}}, {{"v", 2.01}}));
  above.Run(10000);
  EXPECT_EQ(above.spikes().size(), 1u);
  EXPECT_NEAR(above.Variable("p", "v"), -2, 1e-9);
}

TEST(Qif, FiresWithTheClosedFormOfItsPeriod) {
  const double tau_m = 12, eta = 0.7, peak = 50, reset = -20;
  Simulation simulation(Neuron(0.01, {{"tau_m_ms", tau_m},
                                      {"eta", eta},
                                      {"v_peak", peak},
                                      {"v_reset", reset}}));
  simulation.Run(1'000'000);
  const std::vector<int64_t> steps = simulation.SpikeSteps("p");
  const double root = std::sqrt(eta);
  const double period =
      tau_m / root * (std::atan(peak / root) - std::atan(reset / root));
  ASSERT_GT(steps.size(), 100u);
  const auto intervals = static_cast<double>(steps.size() - 1);
  const double mean =
      static_cast<double>(steps.back() - steps.front()) * 0.01 / intervals;
  // A spike is found in the step in which it happens, and v is reset at the end
  // of the step.
  EXPECT_GE(mean, period);
  EXPECT_LE(mean, period + 0.01);
}

// v passes infinity within a step.
TEST(Qif, FiresInTheStepInWhichVGoesThroughInfinity) {
  Simulation simulation(Neuron(1,
                               {{"tau_m_ms", 10.0},
                                {"eta", 1.0},
                                {"v_peak", std::numeric_limits<double>::max()}},
                               {{"v", 30.0}}));
  simulation.Run(1);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(0));
  EXPECT_EQ(simulation.Variable("p", "v"), -100);
}

TEST(Qif, CurrentAddsToEta) {
  NetworkSpec driven = Neuron(0.1, {{"eta", -1.0}}, {{"v", 0.0}});
  driven.stimuli = {MakeCurrent(driven, "p", {3.5}, 0, 1000)};
  Simulation with_current(driven);
  Simulation with_eta(Neuron(0.1, {{"eta", 2.5}}, {{"v", 0.0}}));
  with_current.Run(1000);
  with_eta.Run(1000);
  EXPECT_FALSE(with_eta.spikes().empty());
  EXPECT_EQ(with_current.spikes(), with_eta.spikes());
}

TEST(Qif, AnImmenseCurrentActsAsTheLargestThatIsIntegrated) {
  const auto v_after_one_step = [](double eta) {
    Simulation simulation(
        Neuron(1, {{"tau_m_ms", 10.0}, {"eta", eta}}, {{"v", -90.0}}));
    simulation.Run(1);
    return simulation.Variable("p", "v");
  };
  EXPECT_EQ(v_after_one_step(1e6), v_after_one_step(225));
  EXPECT_LT(v_after_one_step(224), v_after_one_step(225));
}

TEST(Qif, ASpikeMovesV) {
  NetworkSpec network = Neuron(0.1, {{"eta", -4.0}});
  network.populations.push_back(MakePopulation("s", "spike_source", 1));
  network.projections = {MakeProjection("s", "p", OneToOne{}, 1.25, 0.1)};
  network.stimuli = {testing::MakeSpikes(network, "s", 0, {0})};
  Simulation simulation(network);
  simulation.Run(1);
  EXPECT_NEAR(simulation.Variable("p", "v"), -2, 1e-12);
  simulation.Run(1);
  EXPECT_NEAR(simulation.Variable("p", "v"), -0.75, 1e-12);
}

TEST(Qif, StartsWhereItRests) {
  EXPECT_EQ(Simulation(Neuron(1, {{"eta", -4.0}})).Variable("p", "v"), -2);
  EXPECT_EQ(Simulation(Neuron(1, {{"eta", 4.0}})).Variable("p", "v"), 0);
}

}  // namespace
}  // namespace spiked::qif_test
