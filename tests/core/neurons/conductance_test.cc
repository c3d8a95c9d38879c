// SPDX-License-Identifier: Apache-2.0
//
// Models whose membrane relaxes towards the equilibrium of its conductances:
// the closed form, whatever the ratio of step and time constant.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/numbers/vector_target.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::conductance_test {
namespace {

using testing::MakeArrivals;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

class Conductance : public ::testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { ForceVectorTarget(""); }

  bool is_adex() const { return GetParam() == "adex"; }

  // `count` neurons with the model's default scheme, without the exponential
  // and adaptation, if the model has these.
  NetworkSpec Neurons(double dt_ms, Precision precision, int64_t count,
                      ValueMap parameters, ValueMap initial_values) const {
    if (is_adex()) {
      parameters["delta_t_mv"] = 0.0;
      parameters["a_ns"] = 0.0;
      parameters["b_pa"] = 0.0;
    }
    NetworkSpec network = MakeNetwork(dt_ms, precision);
    network.populations = {MakePopulation("p", GetParam(), count,
                                          std::move(parameters),
                                          std::move(initial_values))};
    return network;
  }
  std::string threshold() const { return is_adex() ? "v_t_mv" : "v_th_mv"; }
};

// x = dt G / c_m from 1e-8 to 1e8.
TEST_P(Conductance, RelaxesByTheExponentialAtEveryRate) {
  std::vector<double> x, g_l_ns;
  for (double exponent = -8; exponent <= 8; exponent += 0.03125) {
    x.push_back(std::pow(10.0, exponent));
    g_l_ns.push_back(200 * x.back());
  }
  for (const std::string& target : VectorTargets()) {
    ASSERT_TRUE(ForceVectorTarget(target));
    for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      const bool is_double = precision == Precision::kFloat64;
      const NetworkSpec network =
          Neurons(1, precision, static_cast<int64_t>(x.size()),
                  {{"c_m_pf", 200.0},
                   {"g_l_ns", g_l_ns},
                   {"e_l_mv", -70.0},
                   {threshold(), -45.0}},
                  {{"v_mv", -60.0}});
      Simulation simulation(network);
      simulation.Run(1);
      for (size_t i = 0; i < x.size(); ++i) {
        // The change of v, which is rounded as v is.
        const double exact = -10 * -std::expm1(-x[i]);
        const double v = simulation.Variable("p", "v_mv", static_cast<int>(i));
        EXPECT_NEAR(v + 60, exact,
                    is_double ? std::abs(exact) * 1e-12 + 3e-14
                              : std::abs(exact) * 1e-6 + 1.2e-5)
            << target << (is_double ? " double" : " float") << ", x = " << x[i];
      }
    }
  }
}

TEST_P(Conductance, LeavesTheRestInAMillisecond) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    Simulation simulation(Neurons(1, precision, 1,
                                  {{"c_m_pf", 1.0},
                                   {"g_l_ns", 10.0},
                                   {"e_l_mv", -70.0},
                                   {threshold(), -45.0}},
                                  {{"v_mv", -80.0}}));
    simulation.Run(1);
    EXPECT_NEAR(simulation.Variable("p", "v_mv"), -70.000454, 1e-5);
  }
}

// A larger conductance never acts less.
TEST_P(Conductance, ASpikeIsForcedNoLaterByMore) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    int64_t before = 3;
    for (double weight : {1e3, 1e4, 1e5, 1e6, 1e9}) {
      NetworkSpec network =
          Neurons(1, precision, 1, {{"tau_syn_ex_ms", 5.0}}, {});
      network.stimuli = {MakeArrivals(network, "p", "excitatory", weight, {0})};
      Simulation simulation(network);
      simulation.Run(20);
      const auto spikes = simulation.SpikeSteps("p");
      ASSERT_FALSE(spikes.empty());
      EXPECT_LE(spikes[0], before) << weight;
      before = spikes[0];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Conductance,
                         ::testing::Values("adex", "lif_cond_alpha",
                                           "lif_cond_exp"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace spiked::conductance_test
