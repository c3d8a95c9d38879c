// SPDX-License-Identifier: Apache-2.0
//
// Currents and potentials against their closed forms. Common tests of these
// models are in lif_test.cc.

#include "core/neurons/lif_alpha.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "core/neurons/alpha_simd.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::lif_alpha_test {
namespace {

using ::testing::ElementsAre;
using testing::MakeArrivals;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

constexpr double kTauM = 10, kCapacitance = 250;

double Current(double tau, double t) {
  return t < 0 ? 0 : std::numbers::e * t / tau * std::exp(-t / tau);
}

// v - e_l at `t` ms after an event of 1 pA.
double Potential(double tau, double t) {
  if (t < 0) return 0;
  const double a = 1 / kTauM, b = 1 / tau, k = a - b;
  const double scale = std::numbers::e * b / kCapacitance;
  if (k == 0) return scale * t * t / 2 * std::exp(-a * t);
  return scale * (t * std::exp(-b * t) / k -
                  (std::exp(-b * t) - std::exp(-a * t)) / (k * k));
}

NetworkSpec Neuron(double tau_ex, double tau_in, double e_l, double dt_ms,
                   Precision precision) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  network.populations = {MakePopulation("p", "lif_alpha", 1,
                                        {{"tau_syn_ex_ms", tau_ex},
                                         {"tau_syn_in_ms", tau_in},
                                         {"e_l_mv", e_l},
                                         {"v_reset_mv", e_l},
                                         {"v_th_mv", e_l + 15}})};
  return network;
}

TEST(LifAlpha, CurrentsAndPotentialsAreTheClosedFormInEveryStep) {
  for (const auto& [tau_ex, tau_in] : std::vector<std::pair<double, double>>{
           {0.5, 2}, {2, 10}, {10, 0.5}, {25, 9}, {5, 5}}) {
    for (double dt : {0.1, 1.0}) {
      for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
        NetworkSpec network = Neuron(tau_ex, tau_in, 0, dt, precision);
        network.stimuli = {MakeArrivals(network, "p", "excitatory", 100, {0}),
                           MakeArrivals(network, "p", "inhibitory", -70, {40})};
        Simulation simulation(network);
        const bool f32 = precision == Precision::kFloat32;
        for (int k = 1; k <= 200; ++k) {
          simulation.Run(1);
          const double t_ex = (k - 1) * dt, t_in = (k - 41) * dt;
          ASSERT_NEAR(
              simulation.Variable("p", "v_mv"),
              100 * Potential(tau_ex, t_ex) - 70 * Potential(tau_in, t_in),
              f32 ? 2e-5 : 1e-11)
              << tau_ex << " " << k;
          ASSERT_NEAR(simulation.Variable("p", "i_syn_ex_pa"),
                      100 * Current(tau_ex, t_ex), f32 ? 1e-3 : 1e-11);
          ASSERT_NEAR(simulation.Variable("p", "i_syn_in_pa"),
                      -70 * Current(tau_in, t_in), f32 ? 1e-3 : 1e-11);
        }
      }
    }
  }
}

TEST(LifAlpha, TheCurrentPeaksAtItsWeightAfterItsTimeConstant) {
  NetworkSpec network = Neuron(3, 2, -70, 0.1, Precision::kFloat64);
  network.stimuli = {MakeArrivals(network, "p", "excitatory", 40, {0})};
  Simulation simulation(network);
  double peak = 0;
  int at = -1;
  for (int k = 0; k < 100; ++k) {
    simulation.Run(1);
    const double current = simulation.Variable("p", "i_syn_ex_pa");
    if (current > peak) {
      peak = current;
      at = k;
    }
  }
  EXPECT_EQ(at, 30);
  EXPECT_NEAR(peak, 40, 1e-12);
}

TEST(LifAlpha, AnArrivalMovesThePotentialFromTheNextStepOn) {
  NetworkSpec network = Neuron(2, 2, -70, 0.1, Precision::kFloat64);
  network.stimuli = {MakeArrivals(network, "p", "excitatory", 1e6, {3})};
  Simulation simulation(network);
  simulation.Run(4);
  EXPECT_EQ(simulation.Variable("p", "v_mv"), -70);
  EXPECT_EQ(simulation.Variable("p", "i_syn_ex_pa"), 0);
  EXPECT_EQ(simulation.Variable("p", "rise_ex_pa"), 1e6);
  simulation.Run(1);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(4));
}

TEST(LifAlpha, TheCurrentRunsDuringRefractoriness) {
  NetworkSpec network = Neuron(2, 2, -70, 0.1, Precision::kFloat64);
  network.stimuli = {MakeArrivals(network, "p", "current", 1e6, {0}),
                     MakeArrivals(network, "p", "inhibitory", -50, {10})};
  Simulation simulation(network);
  simulation.Run(21);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(0));
  EXPECT_EQ(simulation.Variable("p", "v_mv"), -70);
  EXPECT_NEAR(simulation.Variable("p", "i_syn_in_pa"), -50 * Current(2, 1),
              1e-12);
}

// Simpson's rule for the integrals that the propagators stand for.
double Integral(auto function, double end) {
  constexpr int kParts = 2000;
  const double h = end / kParts;
  double sum = function(0.0) + function(end);
  for (int k = 1; k < kParts; ++k) {
    sum += (k % 2 == 1 ? 4 : 2) * function(k * h);
  }
  return sum * h / 3;
}

TEST(AlphaPropagators, FirstMomentIsTheIntegral) {
  for (double x : {0.0, 1e-9, 1e-4, 0.3, 0.999999, 1.0, 1.000001, 7.0, 50.0}) {
    const double exact =
        Integral([&](double u) { return u * std::exp(-x * u); }, 1);
    EXPECT_NEAR(alpha::FirstMoment(x), exact, 1e-7 * exact) << x;
  }
  EXPECT_EQ(alpha::FirstMoment(1e300), 0);
}

// Either time constant may be larger, and they may be equal or nearly so.
TEST(AlphaPropagators, VoltageOfRiseIsTheIntegral) {
  const double c = 250;
  for (double dt : {0.1, 1.0}) {
    for (const auto& [m, s] :
         std::vector<std::pair<double, double>>{{10, 2},
                                                {10, 0.5},
                                                {2, 10},
                                                {20, 5},
                                                {10, 10},
                                                {10, 10 + 1e-9},
                                                {10, 10 - 1e-9},
                                                {10, 9.9},
                                                {0.3, 3},
                                                {3, 0.3},
                                                {1e9, 2}}) {
      const double exact =
          std::numbers::e / (s * c) *
          Integral(
              [&, m = m, s = s](double t) {
                return t * std::exp(-t / s) * std::exp(-(dt - t) / m);
              },
              dt);
      EXPECT_NEAR(alpha::VoltageOfRise(m, s, c, dt), exact, 1e-9 * exact)
          << m << " " << s;
    }
  }
  // Infinitely short time constants give 0, not 0 / 0.
  EXPECT_EQ(alpha::VoltageOfRise(10, 1e-320, c, 0.1), 0);
  EXPECT_NEAR(alpha::VoltageOfRise(1e-320, 10, c, 0.1), 0, 1e-300);
  EXPECT_EQ(alpha::Growth(1e-320, 0.1), 0);
}

}  // namespace
}  // namespace spiked::lif_alpha_test
