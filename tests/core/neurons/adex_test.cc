// SPDX-License-Identifier: Apache-2.0
//
// Closed forms, an independent integration, orders of convergence, the spike
// within a step, stability, and the same bits for all threads, runs and
// targets.

#include "core/neurons/adex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/build/catalogue.h"
#include "core/numbers/vector_target.h"
#include "core/spec/model_info.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::adex_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeArrivals;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

NetworkSpec Neuron(double dt_ms, const std::string& scheme,
                   ValueMap parameters = {}, ValueMap initial_values = {}) {
  NetworkSpec network = MakeNetwork(dt_ms);
  network.populations = {MakePopulation("p", "adex", 1, std::move(parameters),
                                        std::move(initial_values))};
  network.populations[0].scheme = scheme;
  return network;
}

class AdexSchemes : public ::testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { ForceVectorTarget(""); }

  // Neurons under noise that makes them spike.
  NetworkSpec NoisyPopulation(Precision precision, ValueMap parameters) const {
    NetworkSpec network = MakeNetwork(0.1, precision);
    network.populations = {MakePopulation("p", "adex", 133,
                                          std::move(parameters),
                                          {{"v_mv", Uniform{-70, -55}}})};
    network.populations[0].scheme = GetParam();
    network.inputs = {MakeInput("p", "normal_noise_current",
                                {{"mean", 600.0}, {"std", 900.0}}),
                      MakeInput("p", "poisson_background",
                                {{"rate_hz", 2000.0}, {"weight", 9.0}})};
    network.stimuli = {MakeArrivals(network, "p", "inhibitory", 20, {50, 70})};
    return network;
  }
};

ValueMap Different() {
  return {{"v_t_mv", Uniform{-51, -49}},  {"delta_t_mv", Uniform{1, 3}},
          {"v_peak_mv", Uniform{-40, 0}}, {"t_ref_ms", Uniform{0, 3}},
          {"b_pa", Uniform{0, 100}},      {"c_m_pf", Uniform{200, 300}}};
}

TEST_P(AdexSchemes, RestsWhereLeakAndExponentialAreInBalance) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = Neuron(0.1, GetParam(), {{"a_ns", 0.0}});
    network.precision = precision;
    Simulation simulation(network);
    EXPECT_EQ(simulation.Variable("p", "v_mv"),
              precision == Precision::kFloat64 ? -70.6 : -70.6f);
    simulation.Run(5000);
    // g_l (e_l - v) + g_l delta_t exp((v - v_t) / delta_t) = 0
    double v = -70.6;
    for (int k = 0; k < 50; ++k) v = -70.6 + 2 * std::exp((v + 50.4) / 2);
    EXPECT_NEAR(simulation.Variable("p", "v_mv"), v,
                precision == Precision::kFloat64 ? 1e-7 : 1e-3);
    EXPECT_EQ(simulation.Variable("p", "w_pa"), 0);
    EXPECT_THAT(simulation.spikes(), IsEmpty());
  }
}

TEST(Adex, WithoutTheExponentialVRelaxesToItsEquilibrium) {
  for (double g_in : {0.0, 60.0, 780.0}) {
    Simulation simulation(Neuron(0.1, "splitting",
                                 {{"v_t_mv", 1e4},
                                  {"v_peak_mv", 2e4},
                                  {"a_ns", 0.0},
                                  {"tau_syn_ex_ms", 1e12},
                                  {"tau_syn_in_ms", 1e12},
                                  {"i_e_pa", 80.0}},
                                 {{"g_ex_ns", 4.0}, {"g_in_ns", g_in}}));
    const double g = 30 + 4 + g_in;
    const double equilibrium = (30 * -70.6 + 4 * 0 + g_in * -85 + 80) / g;
    const double x = 0.1 * g / 281;
    for (int k = 1; k <= 100; ++k) {
      simulation.Run(1);
      const double start = -70.6 - equilibrium;
      EXPECT_NEAR(simulation.Variable("p", "v_mv"),
                  equilibrium + start * std::exp(-x * k),
                  std::abs(start) * (x * x * x * x / 720 + 1e-12))
          << g_in << " " << k;
    }
  }
}

// All kinds of input and spikes, compared step by step.
TEST(Adex, EulerIsTheFormula) {
  NetworkSpec network = Neuron(0.1, "euler", {{"i_e_pa", 900.0}});
  network.stimuli = {MakeArrivals(network, "p", "excitatory", 30, {10, 14}),
                     MakeArrivals(network, "p", "inhibitory", 20, {12}),
                     MakeArrivals(network, "p", "current", 100, {16})};
  Simulation simulation(network);
  double v = -70.6, w = 0, g_ex = 0, g_in = 0;
  size_t spike_count = 0;
  for (int k = 0; k < 1500; ++k) {
    simulation.Run(1);
    const double exponent = std::min(v + 50.4, 10.0) / 2;
    const double dv = 30 * (-70.6 - v) + 30 * 2 * std::exp(exponent) +
                      g_ex * (0 - v) + g_in * (-85 - v) - w + 900 +
                      (k == 16 ? 100 : 0);
    const double dw = (4 * (v + 70.6) - w) / 144;
    v += 0.1 / 281 * dv;
    w += 0.1 * dw;
    if (v >= -40.4) {
      v = -70.6;
      w += 80.5;
      ++spike_count;
    }
    g_ex = g_ex * std::exp(-0.1 / 0.2) + (k == 10 || k == 14 ? 30 : 0);
    g_in = g_in * std::exp(-0.1 / 2) + (k == 12 ? 20 : 0);
    ASSERT_EQ(simulation.spikes().size(), spike_count) << k;
    ASSERT_NEAR(simulation.Variable("p", "v_mv"), v, 1e-8) << k;
    ASSERT_NEAR(simulation.Variable("p", "w_pa"), w, 1e-8) << k;
    ASSERT_NEAR(simulation.Variable("p", "g_ex_ns"), g_ex, 1e-12) << k;
    ASSERT_NEAR(simulation.Variable("p", "g_in_ns"), g_in, 1e-12) << k;
  }
  EXPECT_GT(spike_count, 3u);
}

// v and w at 8 ms, on the way to a spike at 11 ms, with conductances.
std::pair<double, double> StateAt8Ms(const std::string& scheme,
                                     int steps_per_ms) {
  Simulation simulation(Neuron(
      1.0 / steps_per_ms, scheme,
      {{"i_e_pa", 1000.0}, {"tau_syn_ex_ms", 3.0}, {"tau_syn_in_ms", 5.0}},
      {{"g_ex_ns", 4.0}, {"g_in_ns", 6.0}}));
  simulation.Run(int64_t{8} * steps_per_ms);
  EXPECT_THAT(simulation.spikes(), IsEmpty());
  return {simulation.Variable("p", "v_mv"), simulation.Variable("p", "w_pa")};
}

TEST(Adex, SplittingIsOfSecondOrderAndEulerOfFirst) {
  const auto [v, w] = StateAt8Ms("splitting", 1000);
  EXPECT_GT(v, -58);
  EXPECT_GT(w, 1);
  const auto ratios = [&, v = v, w = w](const std::string& scheme, int n) {
    const auto [v1, w1] = StateAt8Ms(scheme, n);
    const auto [v2, w2] = StateAt8Ms(scheme, 2 * n);
    return std::make_pair((v1 - v) / (v2 - v), (w1 - w) / (w2 - w));
  };
  EXPECT_NEAR(ratios("splitting", 10).first, 4, 0.2);
  EXPECT_NEAR(ratios("splitting", 10).second, 4, 0.2);
  EXPECT_NEAR(ratios("euler", 50).first, 2, 0.1);
  EXPECT_NEAR(ratios("euler", 50).second, 2, 0.1);
  EXPECT_LT(std::abs(StateAt8Ms("splitting", 10).first - v),
            std::abs(StateAt8Ms("euler", 10).first - v) / 20);
}

// Without adaptation, the interval is the integral of dv / v'.
double Interval(double i_e, double v_reset, double v_peak) {
  // Simpson's rule; 1 / v' falls steeply towards the peak.
  constexpr int kParts = 2000000;
  const double h = (v_peak - v_reset) / kParts;
  double sum = 0;
  for (int k = 0; k <= kParts; ++k) {
    const double v = v_reset + k * h;
    const double slope =
        (30 * (-70.6 - v) + 60 * std::exp((v + 50.4) / 2) + i_e) / 281;
    sum += (k == 0 || k == kParts ? 1 : k % 2 == 1 ? 4 : 2) / slope;
  }
  return sum * h / 3;
}

TEST(Adex, IntervalsAreNotBoundToSteps) {
  for (double i_e : {600.0, 1000.0, 3000.0}) {
    for (double v_peak : {-40.4, 0.0}) {
      const double exact = Interval(i_e, -70.6, v_peak);
      for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
        NetworkSpec network = Neuron(0.1, "splitting",
                                     {{"a_ns", 0.0},
                                      {"b_pa", 0.0},
                                      {"i_e_pa", i_e},
                                      {"v_peak_mv", v_peak}},
                                     {{"v_mv", -70.6}});
        network.precision = precision;
        Simulation simulation(network);
        simulation.Run(10000);
        const auto spikes = simulation.SpikeSteps("p");
        ASSERT_GT(spikes.size(), 20u);
        const double mean =
            static_cast<double>(spikes.back() - spikes.front()) * 0.1 /
            static_cast<double>(spikes.size() - 1);
        // The error is one step over all intervals, and the scheme's second
        // order.
        EXPECT_NEAR(mean, exact,
                    0.1 / static_cast<double>(spikes.size() - 1) + 1e-3 * exact)
            << i_e << " " << v_peak;
      }
    }
  }
}

// Spikes of coarse steps agree with those of fine steps to within a step, also
// after many spikes.
TEST(Adex, SpikesOfCoarseStepsAreThoseOfFineOnes) {
  for (const char* cell_class :
       {"naud_2008_tonic", "naud_2008_adaptation", "naud_2008_initial_burst",
        "naud_2008_regular_bursting"}) {
    const auto times = [&](double dt) {
      NetworkSpec network = Neuron(dt, "splitting", {{"i_e_pa", 400.0}});
      network.populations[0].cell_class = cell_class;
      Simulation simulation(network);
      simulation.Run(std::lround(600 / dt));
      std::vector<double> times;
      for (int64_t step : simulation.SpikeSteps("p")) {
        times.push_back(static_cast<double>(step + 1) * dt);
      }
      return times;
    };
    const auto fine = times(0.005), coarse = times(0.1);
    ASSERT_GE(fine.size(), 8u);
    ASSERT_EQ(fine.size(), coarse.size()) << cell_class;
    for (size_t i = 0; i < fine.size(); ++i) {
      EXPECT_GT(coarse[i], fine[i] - 0.06) << cell_class << " " << i;
      EXPECT_LT(coarse[i], fine[i] + 0.16) << cell_class << " " << i;
    }
  }
}

TEST_P(AdexSchemes, ASpikeResetsAndAddsToTheAdaptation) {
  // Held at reset, w decays to a (v_reset - e_l) with tau_w.
  NetworkSpec network =
      Neuron(0.1, GetParam(),
             {{"t_ref_ms", 0.5}, {"v_reset_mv", -60.0}, {"tau_w_ms", 100.0}});
  network.stimuli = {MakeArrivals(network, "p", "current", 1e6, {2})};
  Simulation simulation(network);
  simulation.Run(3);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(2));
  double w = simulation.Variable("p", "w_pa");
  EXPECT_NEAR(w, 80.5, 0.2);
  for (double left : {5, 4, 3, 2, 1, 0}) {
    EXPECT_EQ(simulation.Variable("p", "refractory_steps"), left);
    EXPECT_EQ(simulation.Variable("p", "v_mv"), -60);
    if (left == 0) break;
    simulation.Run(1);
    w = 42.4 + (w - 42.4) * (GetParam() == "euler" ? 1 - 0.1 / 100
                                                   : std::exp(-0.1 / 100));
    EXPECT_NEAR(simulation.Variable("p", "w_pa"), w, 1e-10);
  }
  simulation.Run(1);
  EXPECT_NE(simulation.Variable("p", "v_mv"), -60);
  EXPECT_EQ(simulation.spikes().size(), 1u);
}

TEST_P(AdexSchemes, SpikesAreRefractoryStepsPlusOneApart) {
  const struct {
    double t_ref_ms;
    int64_t steps;
  } cases[] = {{0, 0},    {1e-9, 1}, {0.04, 1}, {0.1, 1}, {0.2, 2},
               {0.21, 3}, {0.26, 3}, {1.1, 11}, {2, 20}};
  for (const auto& c : cases) {
    Simulation simulation(
        Neuron(0.1, GetParam(),
               {{"t_ref_ms", c.t_ref_ms}, {"i_e_pa", 1e6}, {"b_pa", 0.0}}));
    simulation.Run(100);
    const auto spikes = simulation.SpikeSteps("p");
    ASSERT_GT(spikes.size(), 3u);
    for (size_t i = 0; i < spikes.size(); ++i) {
      EXPECT_EQ(spikes[i], static_cast<int64_t>(i) * (c.steps + 1));
    }
  }
}

// Without a slope factor it is the leaky neuron, which spikes at v_t.
TEST_P(AdexSchemes, WithoutASlopeFactorIsTheLeakyNeuron) {
  NetworkSpec network = Neuron(0.1, GetParam(),
                               {{"delta_t_mv", 0.0},
                                {"a_ns", 0.0},
                                {"b_pa", 0.0},
                                {"i_e_pa", 700.0},
                                {"t_ref_ms", 2.0}});
  const bool is_euler = GetParam() == "euler";
  Simulation simulation(network);
  const double equilibrium = -70.6 + 700.0 / 30;
  const double rate = 0.1 * 30 / 281;
  double v = -70.6;
  int held = 0;
  std::vector<int64_t> spikes;
  for (int k = 0; k < 2000; ++k) {
    simulation.Run(1);
    if (held > 0) {
      --held;
    } else {
      v += (equilibrium - v) * (is_euler ? rate : -std::expm1(-rate));
      if (v >= -50.4) {
        v = -70.6;
        held = 20;
        spikes.push_back(k);
      }
    }
    ASSERT_NEAR(simulation.Variable("p", "v_mv"), v, 1e-10) << k;
  }
  EXPECT_GT(spikes.size(), 5u);
  EXPECT_EQ(simulation.SpikeSteps("p"), spikes);
}

// Neurons with and without it in one population.
TEST_P(AdexSchemes, TheSlopeFactorMayBeZeroForSomeNeurons) {
  NetworkSpec network =
      Neuron(0.1, GetParam(),
             {{"delta_t_mv", std::vector<double>{0, 2, 0}}, {"i_e_pa", 700.0}});
  network.populations[0].size = 3;
  Simulation simulation(network);
  simulation.Run(3000);
  for (int i = 0; i < 3; ++i) {
    Simulation alone(
        Neuron(0.1, GetParam(),
               {{"delta_t_mv", i == 1 ? 2.0 : 0.0}, {"i_e_pa", 700.0}}));
    alone.Run(3000);
    EXPECT_EQ(simulation.Variable("p", "v_mv", i), alone.Variable("p", "v_mv"));
    EXPECT_EQ(simulation.Variable("p", "w_pa", i), alone.Variable("p", "w_pa"));
    EXPECT_FALSE(alone.spikes().empty());
  }
}

TEST_P(AdexSchemes, AnArrivalMovesThePotentialFromTheNextStepOn) {
  NetworkSpec with = Neuron(0.1, GetParam());
  with.stimuli = {MakeArrivals(with, "p", "excitatory", 1e4, {3})};
  Simulation moved(with), alone(Neuron(0.1, GetParam()));
  moved.Run(4);
  alone.Run(4);
  EXPECT_EQ(moved.Variable("p", "v_mv"), alone.Variable("p", "v_mv"));
  EXPECT_EQ(moved.Variable("p", "g_ex_ns"), 1e4);
  moved.Run(1);
  EXPECT_THAT(moved.SpikeSteps("p"), ElementsAre(4));
}

// One event at rest, compared with fine steps of the other scheme.
TEST(Adex, ConductancesMoveThePotentialAsInFineSteps) {
  const auto potential = [](const std::string& scheme, double dt,
                            const char* receptor) {
    NetworkSpec network =
        Neuron(dt, scheme, {{"tau_syn_ex_ms", 2.0}, {"tau_syn_in_ms", 3.0}});
    network.stimuli = {MakeArrivals(network, "p", receptor, 10, {0})};
    Simulation simulation(network);
    // v at 5 ms after the end of the first step.
    simulation.Run(std::lround(5 / dt) + 1);
    return simulation.Variable("p", "v_mv");
  };
  for (const char* receptor : {"excitatory", "inhibitory"}) {
    const double fine = potential("euler", 0.001, receptor);
    EXPECT_GT(std::abs(fine + 70.6), 0.3);
    EXPECT_NEAR(potential("splitting", 0.1, receptor), fine, 5e-3) << receptor;
  }
}

TEST(Adex, SplittingIsStableUnderAnyInput) {
  for (double dt : {0.1, 1.0, 5.0}) {
    for (double g : {1e3, 1e6, 1e12}) {
      NetworkSpec network = Neuron(dt, "splitting", {}, {{"v_mv", -56.0}});
      network.stimuli = {
          MakeArrivals(network, "p", "inhibitory", g, {0, 1, 2}),
          MakeArrivals(network, "p", "current", 1e5, {30, 31, 35}),
          MakeArrivals(network, "p", "excitatory", g, {50, 51, 52})};
      Simulation simulation(network);
      for (int k = 0; k < 200; ++k) {
        simulation.Run(1);
        EXPECT_LE(simulation.Variable("p", "v_mv"), -40.4);
        EXPECT_GT(simulation.Variable("p", "v_mv"), -200);
        EXPECT_LT(std::abs(simulation.Variable("p", "w_pa")), 1e4);
      }
      if (g == 1e3) {
        EXPECT_GE(simulation.spikes().size(), 3u);
      }
    }
  }
}

// The slope factor is so small that the exponential acts as a threshold.
TEST(Adex, ASteepExponentialIsAThreshold) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = Neuron(0.1, "splitting",
                                 {{"delta_t_mv", 0.001},
                                  {"a_ns", 0.0},
                                  {"b_pa", 0.0},
                                  {"v_peak_mv", 20.0},
                                  {"i_e_pa", 900.0}});
    network.precision = precision;
    Simulation simulation(network);
    simulation.Run(2000);
    // The period is that of a leaky integrator, from reset to v_t = -50.4
    // towards -40.6 mV.
    const double interval = 281.0 / 30 * std::log(30 / 9.8);
    const auto spikes = simulation.SpikeSteps("p");
    ASSERT_GT(spikes.size(), 10u);
    EXPECT_NEAR(static_cast<double>(spikes.back() - spikes.front()) * 0.1 /
                    static_cast<double>(spikes.size() - 1),
                interval, 0.051);
  }
}

TEST_P(AdexSchemes, EveryVectorTargetGivesTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (const ValueMap& parameters : {ValueMap(), Different()}) {
      const NetworkSpec network = NoisyPopulation(precision, parameters);
      Simulation best(network);
      best.Run(500);
      EXPECT_GT(best.spikes().size(), 100u);
      for (const std::string& target : VectorTargets()) {
        ASSERT_TRUE(ForceVectorTarget(target));
        Simulation other(network);
        other.Run(500);
        EXPECT_EQ(other.Hash(), best.Hash()) << target;
        EXPECT_EQ(other.spikes(), best.spikes()) << target;
      }
      ForceVectorTarget("");
    }
  }
}

// Parameters that are the same for all neurons are read in another way.
TEST_P(AdexSchemes, OneNumberAndAListOfEqualNumbersGiveTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    Simulation one(NoisyPopulation(precision, {{"c_m_pf", 210.0}}));
    Simulation list(NoisyPopulation(
        precision, {{"c_m_pf", std::vector<double>(133, 210.0)}}));
    one.Run(500);
    list.Run(500);
    EXPECT_GT(one.spikes().size(), 100u);
    EXPECT_EQ(one.Hash(), list.Hash());
    EXPECT_EQ(one.spikes(), list.spikes());
  }
}

TEST_P(AdexSchemes, AnyNumberOfThreadsGivesTheSameBits) {
  const NetworkSpec network = NoisyPopulation(Precision::kFloat32, Different());
  Simulation one(network), three(network, 3);
  one.Run(500);
  three.Run(500);
  EXPECT_EQ(one.Hash(), three.Hash());
  EXPECT_EQ(one.spikes(), three.spikes());
}

TEST_P(AdexSchemes, NothingStaysDenormal) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = Neuron(0.1, GetParam(),
                                 {{"a_ns", 0.0},
                                  {"tau_w_ms", 20.0},
                                  {"e_l_mv", 0.0},
                                  {"v_t_mv", 1e3},
                                  {"v_peak_mv", 2e3},
                                  {"v_reset_mv", 0.0}},
                                 {{"v_mv", 1.0}, {"w_pa", 5.0}});
    network.precision = precision;
    network.stimuli = {MakeArrivals(network, "p", "excitatory", 1, {0}),
                       MakeArrivals(network, "p", "inhibitory", 1, {0})};
    Simulation simulation(network);
    simulation.Run(80000);
    for (const auto& v :
         simulation.network().populations[0].model->info().variables) {
      const double x = std::abs(simulation.Variable("p", v.name));
      EXPECT_TRUE(x == 0 || x > 1e-31) << v.name << " " << x;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, AdexSchemes,
                         ::testing::Values("splitting", "euler"),
                         [](const auto& info) { return info.param; });

TEST(Adex, EveryCellClassRuns) {
  for (const CellClassInfo& cell_class :
       FindNeuronModel("adex")->info().cell_classes) {
    NetworkSpec network = Neuron(0.1, "", {{"i_e_pa", 1000.0}});
    network.populations[0].cell_class = cell_class.name;
    Simulation simulation(network);
    simulation.Run(3000);
    EXPECT_GE(simulation.spikes().size(), 1u) << cell_class.name;
  }
}

}  // namespace
}  // namespace spiked::adex_test
