// SPDX-License-Identifier: Apache-2.0
//
// Conductances against their closed form, the potential against an independent
// integration of the whole system, orders of convergence and stability. Common
// tests of these models are in lif_test.cc.

#include "core/neurons/lif_cond_alpha.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::lif_cond_alpha_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeArrivals;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

NetworkSpec Neuron(double dt_ms, const std::string& scheme,
                   ValueMap parameters = {}, ValueMap initial_values = {}) {
  NetworkSpec network = MakeNetwork(dt_ms);
  network.populations = {MakePopulation("p", "lif_cond_alpha", 1,
                                        std::move(parameters),
                                        std::move(initial_values))};
  network.populations[0].scheme = scheme;
  return network;
}

class LifCondAlphaSchemes : public ::testing::TestWithParam<std::string> {};

TEST_P(LifCondAlphaSchemes, ConductancesAreTheClosedForm) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = Neuron(0.1, GetParam());
    network.precision = precision;
    network.stimuli = {MakeArrivals(network, "p", "excitatory", 3, {0}),
                       MakeArrivals(network, "p", "inhibitory", 20, {5})};
    Simulation simulation(network);
    const auto shape = [](double tau, double t) {
      return t < 0 ? 0 : std::numbers::e * t / tau * std::exp(-t / tau);
    };
    for (int k = 1; k <= 200; ++k) {
      simulation.Run(1);
      const double tolerance = precision == Precision::kFloat32 ? 3e-5 : 1e-13;
      ASSERT_NEAR(simulation.Variable("p", "g_ex_ns"),
                  3 * shape(0.2, (k - 1) * 0.1), tolerance);
      ASSERT_NEAR(simulation.Variable("p", "g_in_ns"),
                  20 * shape(2, (k - 6) * 0.1), tolerance);
    }
  }
}

TEST_P(LifCondAlphaSchemes, AnArrivalMovesThePotentialFromTheNextStepOn) {
  NetworkSpec network = Neuron(0.1, GetParam());
  network.stimuli = {MakeArrivals(network, "p", "excitatory", 1e4, {3})};
  Simulation simulation(network);
  simulation.Run(4);
  EXPECT_EQ(simulation.Variable("p", "v_mv"), -70);
  simulation.Run(1);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(4));
}

TEST_P(LifCondAlphaSchemes, ConductancesMoveDuringRefractoriness) {
  NetworkSpec network = Neuron(0.1, GetParam());
  network.stimuli = {MakeArrivals(network, "p", "current", 1e6, {0}),
                     MakeArrivals(network, "p", "inhibitory", 2, {10})};
  Simulation simulation(network);
  simulation.Run(21);
  EXPECT_EQ(simulation.Variable("p", "v_mv"), -60);
  EXPECT_NEAR(simulation.Variable("p", "g_in_ns"),
              2 * std::numbers::e * 0.5 * std::exp(-0.5), 1e-13);
}

// Every kind of input at once, against the classical scheme for the whole
// system of five equations in steps of a microsecond.
TEST_P(LifCondAlphaSchemes, PotentialsAreThoseOfTheEquations) {
  NetworkSpec network =
      Neuron(0.1, GetParam(), {{"tau_syn_ex_ms", 0.7}, {"i_e_pa", 30.0}});
  network.stimuli = {MakeArrivals(network, "p", "excitatory", 15, {0, 4}),
                     MakeArrivals(network, "p", "inhibitory", 20, {2}),
                     MakeArrivals(network, "p", "current", 100, {6})};
  Simulation simulation(network);
  struct Y {
    double v, g_ex, d_ex, g_in, d_in;
  };
  Y y = {-70, 0, 0, 0, 0};
  double largest = 0;
  for (int k = 0; k < 100; ++k) {
    simulation.Run(1);
    const auto slope = [&](const Y& s) -> Y {
      return {(16.6667 * (-70 - s.v) + s.g_ex * (0 - s.v) +
               s.g_in * (-85 - s.v) + 30 + (k == 6 ? 100 : 0)) /
                  250,
              s.d_ex - s.g_ex / 0.7, -s.d_ex / 0.7, s.d_in - s.g_in / 2,
              -s.d_in / 2};
    };
    const auto along = [](const Y& s, const Y& by, double h) -> Y {
      return {s.v + h * by.v, s.g_ex + h * by.g_ex, s.d_ex + h * by.d_ex,
              s.g_in + h * by.g_in, s.d_in + h * by.d_in};
    };
    const double h = 0.001;
    for (int m = 0; m < 100; ++m) {
      const Y k1 = slope(y), k2 = slope(along(y, k1, h / 2));
      const Y k3 = slope(along(y, k2, h / 2)), k4 = slope(along(y, k3, h));
      y = along(along(along(along(y, k1, h / 6), k2, h / 3), k3, h / 3), k4,
                h / 6);
    }
    if (k == 0 || k == 4) y.d_ex += 15 * std::numbers::e / 0.7;
    if (k == 2) y.d_in += 20 * std::numbers::e / 2;
    const double v = simulation.Variable("p", "v_mv");
    largest = std::max(largest, std::abs(v - y.v));
  }
  EXPECT_LT(y.v, -60);
  EXPECT_LT(largest, GetParam() == "rk4" ? 1e-5 : 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Schemes, LifCondAlphaSchemes,
                         ::testing::Values("exponential_euler", "rk4"),
                         [](const auto& info) { return info.param; });

// The membrane potential at 8 ms, after conductances of 8 and 60 nS.
double PotentialAt8Ms(const std::string& scheme, int steps_per_ms) {
  Simulation simulation(Neuron(1.0 / steps_per_ms, scheme,
                               {{"tau_syn_ex_ms", 3.0}, {"tau_syn_in_ms", 5.0}},
                               {{"rise_ex_ns", 8.0}, {"g_in_ns", 60.0}}));
  simulation.Run(int64_t{8} * steps_per_ms);
  EXPECT_THAT(simulation.spikes(), IsEmpty());
  return simulation.Variable("p", "v_mv");
}

TEST(LifCondAlpha, ExponentialEulerIsOfSecondOrderAndRk4OfFourth) {
  const double exact = PotentialAt8Ms("rk4", 200);
  const auto ratio = [&](const std::string& scheme) {
    return (PotentialAt8Ms(scheme, 4) - exact) /
           (PotentialAt8Ms(scheme, 8) - exact);
  };
  EXPECT_NEAR(ratio("exponential_euler"), 4, 0.2);
  EXPECT_NEAR(ratio("rk4"), 16, 1);
  EXPECT_LT(std::abs(PotentialAt8Ms("rk4", 4) - exact),
            std::abs(PotentialAt8Ms("exponential_euler", 4) - exact) / 100);
}

TEST(LifCondAlpha, ExponentialEulerIsStableUnderAnyConductance) {
  for (double g : {1e3, 1e6, 1e12}) {
    NetworkSpec network = Neuron(1, "exponential_euler", {}, {{"v_mv", -56.0}});
    network.stimuli = {MakeArrivals(network, "p", "inhibitory", g, {0, 1, 2})};
    Simulation simulation(network);
    for (int k = 0; k < 20; ++k) {
      simulation.Run(1);
      EXPECT_LT(simulation.Variable("p", "v_mv"), -56);
      EXPECT_GT(simulation.Variable("p", "v_mv"), -85);
    }
  }
}

}  // namespace
}  // namespace spiked::lif_cond_alpha_test
