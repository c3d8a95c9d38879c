// SPDX-License-Identifier: Apache-2.0
//
// Common properties of the Hodgkin-Huxley models, against closed forms: passive
// membranes, gates at a held voltage, orders of convergence, criteria of
// spikes, robustness, and the same bits for all threads and targets.

#include "core/neurons/hh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/numbers/aligned_array.h"
#include "core/numbers/vector_target.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked::hh_test {
namespace {

using ::testing::ElementsAre;
using testing::MakeArrivals;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

// The rates as published; they are 0 / 0 at some voltages.
struct Rates {
  double a_m, b_m, a_h, b_h, a_n, b_n;
};

Rates PublishedRates(const std::string& model, double v) {
  if (model == "hh_psc_alpha") {
    return {0.1 * (v + 40) / (1 - std::exp(-(v + 40) / 10)),
            4 * std::exp(-(v + 65) / 18),
            0.07 * std::exp(-(v + 65) / 20),
            1 / (1 + std::exp(-(v + 35) / 10)),
            0.01 * (v + 55) / (1 - std::exp(-(v + 55) / 10)),
            0.125 * std::exp(-(v + 65) / 80)};
  }
  const double u = v + 63;
  return {0.32 * (13 - u) / (std::exp((13 - u) / 4) - 1),
          0.28 * (u - 40) / (std::exp((u - 40) / 5) - 1),
          0.128 * std::exp((17 - u) / 18),
          4 / (1 + std::exp((40 - u) / 5)),
          0.032 * (15 - u) / (std::exp((15 - u) / 5) - 1),
          0.5 * std::exp((10 - u) / 40)};
}

class Hh : public ::testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { ForceVectorTarget(""); }

  NetworkSpec OneNeuron(ValueMap parameters, ValueMap initial = {},
                        double dt_ms = 0.05,
                        const std::string& scheme = "") const {
    NetworkSpec network = MakeNetwork(dt_ms);
    network.populations = {MakePopulation(
        "p", GetParam(), 1, std::move(parameters), std::move(initial))};
    network.populations[0].scheme = scheme;
    return network;
  }

  // Different neurons under noise and synaptic input that makes them spike.
  // An inhibitory weight: currents are below 0, conductances above.
  static double Inhibition(double size) {
    return GetParam() == "hh_psc_alpha" ? -size : size;
  }

  NetworkSpec NoisyPopulation(Precision precision, const std::string& scheme,
                              ValueMap parameters) const {
    NetworkSpec network = MakeNetwork(0.1, precision);
    network.populations = {MakePopulation("p", GetParam(), 133,
                                          std::move(parameters),
                                          {{"v_mv", Uniform{-75, -55}}})};
    network.populations[0].scheme = scheme;
    network.inputs = {MakeInput("p", "normal_noise_current",
                                {{"mean", 800.0}, {"std", 2000.0}})};
    network.stimuli = {
        MakeArrivals(network, "p", "excitatory", 20, {5, 7}),
        MakeArrivals(network, "p", "inhibitory", Inhibition(20), {6, 90})};
    return network;
  }
};

ValueMap Different() {
  return {{"c_m_pf", Uniform{100, 220}},
          {"spike_criterion", DiscreteUniform{0, 2, 1}},
          {"e_l_mv", Uniform{-66, -60}},
          {"tau_syn_ex_ms", Uniform{1, 5}}};
}

ValueMap Passive(double c_m, double g_l) {
  return {{"g_na_ns", 0.0},
          {"g_k_ns", 0.0},
          {"c_m_pf", c_m},
          {"g_l_ns", g_l},
          {"e_l_mv", -70.0}};
}

TEST_P(Hh, PassiveMembraneRelaxesToItsRest) {
  ValueMap parameters = Passive(100, 20);
  parameters["i_e_pa"] = 200.0;
  for (const char* scheme : {"exponential_euler", "rk4"}) {
    NetworkSpec network = OneNeuron(parameters, {{"v_mv", -50.0}}, 0.1, scheme);
    network.stimuli = {testing::MakeCurrent(network, "p", {100}, 0, 1000)};
    Simulation simulation(network);
    for (int k = 1; k <= 200; ++k) {
      simulation.Run(1);
      const double rest = -70 + 300 / 20.0;
      EXPECT_NEAR(simulation.Variable("p", "v_mv"),
                  rest + (-50 - rest) * std::exp(-0.1 * k * 20 / 100), 1e-9)
          << scheme << " " << k;
    }
  }
}

TEST_P(Hh, GatesBeginAtTheirSteadyState) {
  // At -55, -50, -48, -40 and -23 mV the published formulas are 0 / 0.
  for (double v :
       {-90.0, -65.0, -55.0, -50.0, -48.0, -40.0, -23.0, 0.0, 40.0}) {
    const Simulation simulation(OneNeuron({}, {{"v_mv", v}}));
    const Rates r = PublishedRates(GetParam(), v + 1e-7);
    EXPECT_NEAR(simulation.Variable("p", "m"), r.a_m / (r.a_m + r.b_m), 1e-8);
    EXPECT_NEAR(simulation.Variable("p", "h"), r.a_h / (r.a_h + r.b_h), 1e-8);
    EXPECT_NEAR(simulation.Variable("p", "n"), r.a_n / (r.a_n + r.b_n), 1e-8);
  }
  const Simulation given(OneNeuron({}, {{"h", 0.25}}));
  EXPECT_EQ(given.Variable("p", "h"), 0.25);
}

TEST_P(Hh, GatesRelaxExactlyAtAHeldVoltage) {
  for (double v : {-80.0, -60.5, -41.5, -10.5, 30.5}) {
    Simulation simulation(OneNeuron(
        {{"c_m_pf", 1e15}}, {{"v_mv", v}, {"m", 0.9}, {"h", 0.1}, {"n", 0.7}}));
    simulation.Run(20);
    ASSERT_NEAR(simulation.Variable("p", "v_mv"), v, 1e-7);
    const Rates r = PublishedRates(GetParam(), v);
    const auto relaxed = [](double start, double a, double b) {
      return a / (a + b) + (start - a / (a + b)) * std::exp(-(a + b));
    };
    EXPECT_NEAR(simulation.Variable("p", "m"), relaxed(0.9, r.a_m, r.b_m),
                1e-7);
    EXPECT_NEAR(simulation.Variable("p", "h"), relaxed(0.1, r.a_h, r.b_h),
                1e-7);
    EXPECT_NEAR(simulation.Variable("p", "n"), relaxed(0.7, r.a_n, r.b_n),
                1e-7);
  }
}

TEST_P(Hh, SchemesConvergeWithTheirOrders) {
  // The time is in the upstroke of a spike.
  const auto v = [&](const char* scheme, int steps_per_ms) {
    Simulation simulation(OneNeuron({{"i_e_pa", 1000.0}, {"e_l_mv", -60.0}}, {},
                                    1.0 / steps_per_ms, scheme));
    simulation.Run(static_cast<int64_t>(steps_per_ms) * 3 / 2);
    return simulation.Variable("p", "v_mv");
  };
  const double exact = v("rk4", 1000);
  const auto ratio = [&](const char* scheme, int steps_per_ms) {
    return (v(scheme, steps_per_ms) - exact) /
           (v(scheme, 2 * steps_per_ms) - exact);
  };
  EXPECT_NEAR(ratio("exponential_euler", 40), 4, 0.5);
  EXPECT_NEAR(ratio("rk4", 100), 16, 3);
}

TEST_P(Hh, LongStepsAreCutIntoSubSteps) {
  for (const auto& [scheme, longest] :
       std::vector<std::pair<std::string, double>>{{"exponential_euler", 0.05},
                                                   {"rk4", 0.01}}) {
    const ValueMap parameters = {{"i_e_pa", 1000.0}};
    Simulation fine(OneNeuron(parameters, {}, longest, scheme));
    fine.Run(std::lround(20 / longest));
    for (double dt : {0.1, 0.2, 1.0}) {
      Simulation coarse(OneNeuron(parameters, {}, dt, scheme));
      coarse.Run(std::lround(20 / dt));
      EXPECT_NEAR(coarse.Variable("p", "v_mv"), fine.Variable("p", "v_mv"),
                  1e-6)
          << scheme << dt;
      // Spikes that begin and end within a step are seen.
      EXPECT_EQ(coarse.spikes().size(), fine.spikes().size());
    }
  }
  EXPECT_EQ(hh::SubStepCount(hh::kExponentialEuler, 0.005), 1);
  EXPECT_EQ(hh::SubStepCount(hh::kExponentialEuler, 0.051), 2);
  EXPECT_EQ(hh::SubStepCount(hh::kRk4, 0.1), 10);
}

TEST_P(Hh, CriterionSaysWhereInASpikeItIsReported) {
  std::vector<int64_t> first;
  for (double criterion : {0.0, 1.0, 2.0}) {
    Simulation simulation(
        OneNeuron({{"i_e_pa", 1000.0}, {"spike_criterion", criterion}}));
    double before = 0, now = simulation.Variable("p", "v_mv");
    while (simulation.spikes().empty()) {
      before = now;
      simulation.Run(1);
      now = simulation.Variable("p", "v_mv");
    }
    EXPECT_GE(now, 0);
    if (criterion == 1) {
      EXPECT_GT(before, now);
    } else {
      EXPECT_LT(before, 0);
    }
    first.push_back(simulation.SpikeSteps("p")[0]);
  }
  EXPECT_EQ(first[2], first[0]);
  EXPECT_GT(first[1], first[0]);
  EXPECT_LT(first[1], first[0] + 20);  // 1 ms
}

// A current under which the potential stays above v_spike_mv.
TEST_P(Hh, OnlyCriterionTwoReportsADepolarizedNeuronAgain) {
  const auto spikes = [&](double criterion) {
    Simulation simulation(OneNeuron(
        {{"i_e_pa", 2e6}, {"spike_criterion", criterion}, {"t_ref_ms", 1.0}}));
    simulation.Run(100);
    return simulation.SpikeSteps("p");
  };
  EXPECT_EQ(spikes(0).size(), 1u);
  const auto again = spikes(2);
  ASSERT_GT(again.size(), 3u);
  for (size_t i = 1; i < again.size(); ++i) {
    EXPECT_EQ(again[i] - again[i - 1], 21);
  }
}

TEST_P(Hh, RefractorinessHidesSpikesButDoesNotStopThem) {
  Simulation open(OneNeuron({{"i_e_pa", 1000.0}}));
  Simulation closed(OneNeuron({{"i_e_pa", 1000.0}, {"t_ref_ms", 1e3}}));
  open.Run(2000);
  closed.Run(2000);
  EXPECT_GT(open.spikes().size(), 5u);
  EXPECT_THAT(closed.SpikeSteps("p"), ElementsAre(open.SpikeSteps("p")[0]));
  EXPECT_EQ(closed.Variable("p", "v_mv"), open.Variable("p", "v_mv"));
  EXPECT_EQ(closed.Variable("p", "refractory_steps"),
            20000 - (1999 - open.SpikeSteps("p")[0]));
}

TEST_P(Hh, StaysFiniteUnderAnyLargeInput) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (const char* scheme : {"exponential_euler", "rk4"}) {
      for (double current : {-1e6, -1e4, 1e4, 1e6}) {
        NetworkSpec network = OneNeuron({}, {}, 0.1, scheme);
        network.precision = precision;
        network.stimuli = {
            testing::MakeCurrent(network, "p", {current}, 100, 50),
            MakeArrivals(network, "p", "excitatory", 1000, {0, 30, 31, 32}),
            MakeArrivals(network, "p", "inhibitory", Inhibition(1000),
                         {10, 30, 200})};
        Simulation simulation(network);
        for (int k = 0; k < 1000; ++k) {
          simulation.Run(1);
          ASSERT_EQ(FindNonFinite(simulation.network(), simulation.state()), "")
              << scheme << current << " " << k;
          for (const char* gate : {"m", "h", "n"}) {
            ASSERT_GE(simulation.Variable("p", gate), -1e-6);
            ASSERT_LE(simulation.Variable("p", gate), 1 + 1e-6);
          }
        }
      }
    }
  }
}

TEST_P(Hh, ExponentialEulerComesBackFromAnywhere) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (double v : {-1e8, -300.0, 300.0, 1e8}) {
      for (double gate : {-3.0, 0.0, 1.0, 3.0}) {
        NetworkSpec network =
            OneNeuron({{"g_na_ns", 1e6}, {"g_k_ns", 1e6}},
                      {{"v_mv", v}, {"m", gate}, {"h", gate}, {"n", gate}});
        network.precision = precision;
        network.stimuli = {
            MakeArrivals(network, "p", "current", 1e12, {3}),
            MakeArrivals(network, "p", "excitatory", 1e9, {6}),
            MakeArrivals(network, "p", "inhibitory", Inhibition(1e9), {8})};
        Simulation simulation(network);
        simulation.Run(12000);
        EXPECT_EQ(FindNonFinite(simulation.network(), simulation.state()), "");
        EXPECT_LT(std::abs(simulation.Variable("p", "v_mv")), 100);
      }
    }
  }
}

TEST_P(Hh, NothingOfASynapseStaysDenormal) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = OneNeuron({}, {}, 0.1);
    network.precision = precision;
    network.stimuli = {
        MakeArrivals(network, "p", "excitatory", 1, {0}),
        MakeArrivals(network, "p", "inhibitory", Inhibition(1), {0})};
    Simulation simulation(network);
    simulation.Run(12000);
    const auto& variables =
        simulation.network().populations[0].model->info().variables;
    for (size_t i = hh::kMoreVariables; i < variables.size(); ++i) {
      EXPECT_EQ(simulation.Variable("p", variables[i].name), 0)
          << variables[i].name;
    }
  }
}

TEST_P(Hh, EveryVectorTargetGivesTheSameBits) {
  constexpr int kSteps = testing::kSanitized ? 200 : 300;
  for (const char* scheme : {"exponential_euler", "rk4"}) {
    for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      const NetworkSpec network =
          NoisyPopulation(precision, scheme, Different());
      Simulation best(network);
      best.Run(kSteps);
      EXPECT_GT(best.spikes().size(), 100u);
      for (const std::string& target : VectorTargets()) {
        ASSERT_TRUE(ForceVectorTarget(target));
        Simulation other(network);
        other.Run(kSteps);
        EXPECT_EQ(other.Hash(), best.Hash()) << target;
        EXPECT_EQ(other.spikes(), best.spikes()) << target;
      }
      ForceVectorTarget("");
    }
  }
}

TEST_P(Hh, ThreadsAndListsOfEqualNumbersGiveTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const auto network = [&](const Value& c_m) {
      return NoisyPopulation(precision, "", {{"c_m_pf", c_m}});
    };
    Simulation one(network(150.0));
    Simulation list(network(std::vector<double>(133, 150.0)));
    Simulation threads(network(150.0), 3);
    for (Simulation* s : {&one, &list, &threads}) s->Run(300);
    EXPECT_GT(one.spikes().size(), 100u);
    EXPECT_EQ(list.Hash(), one.Hash());
    EXPECT_EQ(list.spikes(), one.spikes());
    EXPECT_EQ(threads.Hash(), one.Hash());
    EXPECT_EQ(threads.spikes(), one.spikes());
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Hh,
                         ::testing::Values("hh_cond_exp", "hh_psc_alpha"),
                         [](const auto& info) { return info.param; });

// i(t) = w t / tau exp(1 - t / tau), summed up by a capacitance alone.
TEST(HhPscAlpha, CurrentIsTheAlphaFunction) {
  for (const char* scheme : {"exponential_euler", "rk4"}) {
    for (double tau : {0.2, 2.0, 1e4}) {
      NetworkSpec network = MakeNetwork(0.1);
      ValueMap parameters = Passive(100, 0);
      parameters["tau_syn_in_ms"] = tau;
      network.populations = {MakePopulation("p", "hh_psc_alpha", 1, parameters,
                                            {{"v_mv", -70.0}})};
      network.populations[0].scheme = scheme;
      network.stimuli = {MakeArrivals(network, "p", "inhibitory", -50, {0})};
      Simulation simulation(network);
      simulation.Run(1);
      for (int k = 1; k <= 100; ++k) {
        simulation.Run(1);
        const double x = 0.1 * k / tau;
        const double current = -50 * x * std::exp(1 - x);
        EXPECT_NEAR(simulation.Variable("p", "i_syn_in_pa"), current, 1e-10);
        const double charge =
            x < 1e-2 ? x * x * (0.5 - x / 3 + x * x / 8 - x * x * x / 30)
                     : 1 - (1 + x) * std::exp(-x);
        EXPECT_NEAR(simulation.Variable("p", "v_mv"),
                    -70 - 50 * std::exp(1) * tau / 100 * charge,
                    scheme[0] == 'e' ? 1e-9 : 1e-5)
            << scheme << tau << " " << k;
      }
    }
  }
}

TEST(HhPscAlpha, PeakIsTheWeightAtTheTimeConstant) {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {MakePopulation("p", "hh_psc_alpha", 1)};
  network.stimuli = {MakeArrivals(network, "p", "excitatory", 7, {4})};
  Simulation simulation(network);
  simulation.Run(5 + 2);
  EXPECT_NEAR(simulation.Variable("p", "i_syn_ex_pa"), 7, 1e-12);
}

TEST(HhCondExp, RelaxesToTheEquilibriumOfItsConductances) {
  ValueMap parameters = Passive(250, 20);
  for (const char* tau : {"tau_syn_ex_ms", "tau_syn_in_ms"}) {
    parameters[tau] = 1e12;
  }
  for (const char* scheme : {"exponential_euler", "rk4"}) {
    for (double g_in : {0.0, 60.0, 780.0}) {
      NetworkSpec network = MakeNetwork(0.1);
      network.populations = {MakePopulation(
          "p", "hh_cond_exp", 1, parameters,
          {{"v_mv", -70.0}, {"g_ex_ns", 4.0}, {"g_in_ns", g_in}})};
      network.populations[0].scheme = scheme;
      Simulation simulation(network);
      const double g = 20 + 4 + g_in;
      const double equilibrium = (20 * -70 + 4 * 0 + g_in * -80) / g;
      for (int k = 1; k <= 100; ++k) {
        simulation.Run(1);
        EXPECT_NEAR(
            simulation.Variable("p", "v_mv"),
            equilibrium + (-70 - equilibrium) * std::exp(-0.1 * k * g / 250),
            scheme[0] == 'e' ? 1e-9 : 1e-6)
            << scheme << g_in << " " << k;
      }
    }
  }
}

TEST(HhCondExp, ConductancesJumpAndDecay) {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {MakePopulation("p", "hh_cond_exp", 1)};
  network.stimuli = {MakeArrivals(network, "p", "excitatory", 30, {0, 4}),
                     MakeArrivals(network, "p", "inhibitory", 20, {2})};
  Simulation simulation(network);
  double g_ex = 0, g_in = 0;
  for (int k = 0; k < 50; ++k) {
    simulation.Run(1);
    g_ex = g_ex * std::exp(-0.1 / 5) + (k == 0 || k == 4 ? 30 : 0);
    g_in = g_in * std::exp(-0.1 / 10) + (k == 2 ? 20 : 0);
    ASSERT_NEAR(simulation.Variable("p", "g_ex_ns"), g_ex, 1e-12) << k;
    ASSERT_NEAR(simulation.Variable("p", "g_in_ns"), g_in, 1e-12) << k;
  }
}

}  // namespace
}  // namespace spiked::hh_test
