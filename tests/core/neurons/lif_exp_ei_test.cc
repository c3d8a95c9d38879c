// SPDX-License-Identifier: Apache-2.0
//
// Compared with lif_exp and closed forms. Common tests of these models are in
// lif_test.cc.

#include "core/neurons/lif_exp_ei.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::lif_exp_ei_test {
namespace {

using testing::MakeArrivals;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

// tau_m v' = e_l - v + g_e + g_i with g in mV.
TEST(LifExpEi, BenchmarkWeightsAreMillivolts) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = MakeNetwork(0.1, precision);
    network.populations = {MakePopulation("p", "lif_exp_ei", 1,
                                          {{"e_l_mv", 0.0}, {"v_th_mv", 10.0}},
                                          {{"v_mv", 4.0}})};
    network.populations[0].cell_class = "vogels_abbott_cuba";
    network.stimuli = {MakeArrivals(network, "p", "excitatory", 1.62, {0}),
                       MakeArrivals(network, "p", "inhibitory", -9, {20})};
    Simulation simulation(network);
    for (int k = 1; k <= 300; ++k) {
      simulation.Run(1);
      const auto potential = [](double g, double tau, double t) {
        if (t < 0) return 0.0;
        return g * tau / (20 - tau) * (std::exp(-t / 20) - std::exp(-t / tau));
      };
      const double expected = 4 * std::exp(-0.1 * k / 20) +
                              potential(1.62, 5, 0.1 * (k - 1)) +
                              potential(-9, 10, 0.1 * (k - 21));
      ASSERT_NEAR(simulation.Variable("p", "v_mv"), expected,
                  precision == Precision::kFloat32 ? 1e-5 : 1e-12)
          << k;
    }
    EXPECT_NEAR(simulation.Variable("p", "i_syn_ex_pa"),
                1.62 * std::exp(-29.9 / 5), 1e-5);
    EXPECT_NEAR(simulation.Variable("p", "i_syn_in_pa"),
                -9 * std::exp(-27.9 / 10), 1e-5);
  }
}

TEST(LifExpEi, WithEqualTimeConstantsItIsOneCurrent) {
  NetworkSpec one = MakeNetwork(0.1), two = MakeNetwork(0.1);
  one.populations = {MakePopulation("p", "lif_exp", 1, {{"tau_syn_ms", 3.0}})};
  two.populations = {MakePopulation(
      "p", "lif_exp_ei", 1, {{"tau_syn_ex_ms", 3.0}, {"tau_syn_in_ms", 3.0}})};
  std::vector<int64_t> up, down;
  for (int64_t k = 0; k < 2000; ++k) {
    if (k % 7 == 0) up.push_back(k);
    if (k % 11 == 5) down.push_back(k);
  }
  one.stimuli = {MakeArrivals(one, "p", "current_exp", 150, up),
                 MakeArrivals(one, "p", "current_exp", -60, down)};
  two.stimuli = {MakeArrivals(two, "p", "excitatory", 150, up),
                 MakeArrivals(two, "p", "inhibitory", -60, down)};
  Simulation a(one), b(two);
  a.Run(2000);
  b.Run(2000);
  EXPECT_GT(a.SpikeSteps("p").size(), 5u);
  EXPECT_EQ(a.SpikeSteps("p"), b.SpikeSteps("p"));
  EXPECT_NEAR(a.Variable("p", "v_mv"), b.Variable("p", "v_mv"), 1e-10);
  EXPECT_NEAR(a.Variable("p", "i_syn_pa"),
              b.Variable("p", "i_syn_ex_pa") + b.Variable("p", "i_syn_in_pa"),
              1e-10);
}

}  // namespace
}  // namespace spiked::lif_exp_ei_test
