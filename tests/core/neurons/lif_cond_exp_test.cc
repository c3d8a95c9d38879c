// SPDX-License-Identifier: Apache-2.0
//
// Closed forms for constant conductances, orders of convergence and stability.
// Common tests of these models are in lif_test.cc.

#include "core/neurons/lif_cond_exp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::lif_cond_exp_test {
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
  network.populations = {MakePopulation("p", "lif_cond_exp", 1,
                                        std::move(parameters),
                                        std::move(initial_values))};
  network.populations[0].scheme = scheme;
  return network;
}

TEST(LifCondExp, RelaxesToTheEquilibriumOfItsConductances) {
  for (double g_in : {0.0, 60.0, 780.0}) {
    Simulation simulation(Neuron(0.1, "exponential_euler",
                                 {{"tau_syn_ex_ms", 1e12},
                                  {"tau_syn_in_ms", 1e12},
                                  {"g_l_ns", 20.0},
                                  {"i_e_pa", 80.0}},
                                 {{"g_ex_ns", 4.0}, {"g_in_ns", g_in}}));
    const double g = 20 + 4 + g_in;
    const double equilibrium = (20 * -70 + 4 * 0 + g_in * -85 + 80) / g;
    const double x = 0.1 * g / 250;
    for (int k = 1; k <= 100; ++k) {
      simulation.Run(1);
      const double start = -70 - equilibrium;
      EXPECT_NEAR(simulation.Variable("p", "v_mv"),
                  equilibrium + start * std::exp(-x * k),
                  std::abs(start) * 2e-11)
          << g_in << " " << k;
    }
  }
}

TEST(LifCondExp, EulerIsTheFormula) {
  NetworkSpec network = Neuron(0.1, "euler");
  network.stimuli = {MakeArrivals(network, "p", "excitatory", 30, {0, 4}),
                     MakeArrivals(network, "p", "inhibitory", 20, {2}),
                     MakeArrivals(network, "p", "current", 100, {6})};
  Simulation simulation(network);
  double v = -70, g_ex = 0, g_in = 0;
  for (int k = 0; k < 50; ++k) {
    simulation.Run(1);
    v += 0.1 / 250 *
         (16.6667 * (-70 - v) + g_ex * (0 - v) + g_in * (-85 - v) +
          (k == 6 ? 100 : 0));
    g_ex = g_ex * std::exp(-0.1 / 0.2) + (k == 0 || k == 4 ? 30 : 0);
    g_in = g_in * std::exp(-0.1 / 2) + (k == 2 ? 20 : 0);
    ASSERT_NEAR(simulation.Variable("p", "v_mv"), v, 1e-12) << k;
    ASSERT_NEAR(simulation.Variable("p", "g_ex_ns"), g_ex, 1e-13) << k;
    ASSERT_NEAR(simulation.Variable("p", "g_in_ns"), g_in, 1e-13) << k;
  }
}

// The membrane potential at 8 ms, after conductances of 40 and 60 nS.
double PotentialAt8Ms(const std::string& scheme, int steps_per_ms) {
  Simulation simulation(Neuron(1.0 / steps_per_ms, scheme,
                               {{"tau_syn_ex_ms", 3.0}, {"tau_syn_in_ms", 5.0}},
                               {{"g_ex_ns", 40.0}, {"g_in_ns", 60.0}}));
  simulation.Run(int64_t{8} * steps_per_ms);
  EXPECT_THAT(simulation.spikes(), IsEmpty());
  return simulation.Variable("p", "v_mv");
}

TEST(LifCondExp, ExponentialEulerIsOfSecondOrderAndEulerOfFirst) {
  const double exact = PotentialAt8Ms("exponential_euler", 1000);
  const auto ratio = [&](const std::string& scheme) {
    return (PotentialAt8Ms(scheme, 10) - exact) /
           (PotentialAt8Ms(scheme, 20) - exact);
  };
  EXPECT_NEAR(ratio("exponential_euler"), 4, 0.1);
  EXPECT_NEAR(ratio("euler"), 2, 0.1);
  EXPECT_LT(std::abs(PotentialAt8Ms("exponential_euler", 10) - exact),
            std::abs(PotentialAt8Ms("euler", 10) - exact) / 20);
}

TEST(LifCondExp, ExponentialEulerIsStableUnderAnyConductance) {
  for (double g : {1e3, 1e6, 1e12}) {
    NetworkSpec network = Neuron(1, "exponential_euler", {}, {{"v_mv", -56.0}});
    network.stimuli = {MakeArrivals(network, "p", "inhibitory", g, {0, 1, 2})};
    Simulation simulation(network);
    for (int k = 0; k < 20; ++k) {
      simulation.Run(1);
      EXPECT_LT(simulation.Variable("p", "v_mv"), -56);
      EXPECT_GE(simulation.Variable("p", "v_mv"), -85 - 1e-12);
    }
  }
}

TEST(LifCondExp, AnArrivalMovesThePotentialFromTheNextStepOn) {
  NetworkSpec network = Neuron(0.1, "");
  network.stimuli = {MakeArrivals(network, "p", "excitatory", 1e5, {3})};
  Simulation simulation(network);
  simulation.Run(4);
  EXPECT_EQ(simulation.Variable("p", "v_mv"), -70);
  simulation.Run(1);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(4));
}

TEST(LifCondExp, ConductancesDecayDuringRefractoriness) {
  NetworkSpec network = Neuron(0.1, "", {{"tau_syn_ex_ms", 5.0}});
  network.stimuli = {MakeArrivals(network, "p", "current", 1e6, {0}),
                     MakeArrivals(network, "p", "excitatory", 2, {10})};
  Simulation simulation(network);
  simulation.Run(21);
  EXPECT_EQ(simulation.Variable("p", "v_mv"), -60);
  EXPECT_NEAR(simulation.Variable("p", "g_ex_ns"), 2 * std::exp(-10 * 0.1 / 5),
              1e-14);
}

// The same equation in units of the leak and in nS.
TEST(LifCondExp, OneNanosiemensIsOneLeakInTheBenchmark) {
  NetworkSpec leaks = Neuron(0.1, "");
  leaks.populations[0].cell_class = "vogels_abbott_coba";
  NetworkSpec siemens = Neuron(0.1, "", {{"i_e_pa", 200.0}});
  siemens.populations[0].cell_class = "brette_2007_coba";
  std::vector<int64_t> steps;
  for (int64_t k = 0; k < 3000; k += 13) steps.push_back(k);
  leaks.stimuli = {MakeArrivals(leaks, "p", "excitatory", 0.4, steps),
                   MakeArrivals(leaks, "p", "inhibitory", 5.1, {700})};
  siemens.stimuli = {MakeArrivals(siemens, "p", "excitatory", 4, steps),
                     MakeArrivals(siemens, "p", "inhibitory", 51, {700})};
  Simulation a(leaks), b(siemens);
  a.Run(3000);
  b.Run(3000);
  EXPECT_GT(a.SpikeSteps("p").size(), 3u);
  EXPECT_EQ(a.SpikeSteps("p"), b.SpikeSteps("p"));
  EXPECT_NEAR(a.Variable("p", "v_mv"), b.Variable("p", "v_mv"), 1e-9);
}

}  // namespace
}  // namespace spiked::lif_cond_exp_test
