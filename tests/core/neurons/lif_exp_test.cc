// SPDX-License-Identifier: Apache-2.0
//
// Postsynaptic potentials against their closed form. Common tests of these
// models are in lif_test.cc.

#include "core/neurons/lif_exp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::lif_exp_test {
namespace {

using ::testing::ElementsAre;
using testing::MakeArrivals;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

constexpr double kTauM = 10, kCapacitance = 250;

// v - e_l at `t` ms after a current of 1 pA began to decay.
double Potential(double tau_syn, double t) {
  if (t < 0) return 0;
  if (tau_syn == kTauM) return t / kCapacitance * std::exp(-t / kTauM);
  return kTauM * tau_syn / (kCapacitance * (kTauM - tau_syn)) *
         (std::exp(-t / kTauM) - std::exp(-t / tau_syn));
}

NetworkSpec Neuron(double tau_syn, double e_l, double dt_ms,
                   Precision precision) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  network.populations = {MakePopulation("p", "lif_exp", 1,
                                        {{"tau_syn_ms", tau_syn},
                                         {"e_l_mv", e_l},
                                         {"v_reset_mv", e_l},
                                         {"v_th_mv", e_l + 15}})};
  return network;
}

TEST(LifExp, PotentialsAreTheClosedFormInEveryStep) {
  for (double tau_syn : {0.5, 2.0, 9.999999, 10.0, 25.0}) {
    for (double dt : {0.1, 1.0}) {
      for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
        NetworkSpec network = Neuron(tau_syn, 0, dt, precision);
        network.stimuli = {
            MakeArrivals(network, "p", "current_exp", 100, {0}),
            MakeArrivals(network, "p", "current_exp", -70, {40})};
        Simulation simulation(network);
        const bool f32 = precision == Precision::kFloat32;
        for (int k = 1; k <= 200; ++k) {
          simulation.Run(1);
          const double expected = 100 * Potential(tau_syn, (k - 1) * dt) -
                                  70 * Potential(tau_syn, (k - 41) * dt);
          // At 9.999999 ms the closed form itself loses digits.
          const double tolerance = f32 ? 1e-5 : tau_syn > 9.9 ? 1e-7 : 1e-12;
          ASSERT_NEAR(simulation.Variable("p", "v_mv"), expected, tolerance)
              << tau_syn << " " << k;
          double current = 100 * std::exp(-(k - 1) * dt / tau_syn);
          if (k > 40) current -= 70 * std::exp(-(k - 41) * dt / tau_syn);
          ASSERT_NEAR(simulation.Variable("p", "i_syn_pa"), current,
                      f32 ? 1e-3 : 1e-11);
        }
      }
    }
  }
}

// At -65 mV an absolute potential would have fewer digits for the difference.
TEST(LifExp, PotentialsAtTheUsualRestingPotential) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = Neuron(0.5, -65, 0.1, precision);
    network.stimuli = {MakeArrivals(network, "p", "current_exp", 87.8085, {0})};
    Simulation simulation(network);
    for (int k = 1; k <= 200; ++k) {
      simulation.Run(1);
      ASSERT_NEAR(simulation.Variable("p", "v_mv") + 65,
                  87.8085 * Potential(0.5, (k - 1) * 0.1),
                  precision == Precision::kFloat32 ? 1e-3 : 1e-12)
          << k;
    }
  }
}

TEST(LifExp, AnArrivalMovesThePotentialFromTheNextStepOn) {
  NetworkSpec network = Neuron(2, -70, 0.1, Precision::kFloat64);
  network.stimuli = {MakeArrivals(network, "p", "current_exp", 1e5, {3})};
  Simulation simulation(network);
  simulation.Run(4);
  EXPECT_EQ(simulation.Variable("p", "v_mv"), -70);
  EXPECT_EQ(simulation.Variable("p", "i_syn_pa"), 1e5);
  simulation.Run(1);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(4));
}

TEST(LifExp, TheCurrentRunsDuringRefractoriness) {
  NetworkSpec network = Neuron(2, -70, 0.1, Precision::kFloat64);
  network.stimuli = {MakeArrivals(network, "p", "current", 1e6, {0}),
                     MakeArrivals(network, "p", "current_exp", 50, {10})};
  Simulation simulation(network);
  simulation.Run(21);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(0));
  EXPECT_EQ(simulation.Variable("p", "v_mv"), -70);
  const double left = 50 * std::exp(-10 * 0.1 / 2);
  EXPECT_NEAR(simulation.Variable("p", "i_syn_pa"), left, 1e-12);
  simulation.Run(30);
  EXPECT_NEAR(simulation.Variable("p", "v_mv"), -70 + left * Potential(2, 3),
              1e-12);
}

}  // namespace
}  // namespace spiked::lif_exp_test
