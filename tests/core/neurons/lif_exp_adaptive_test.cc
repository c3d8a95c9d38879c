// SPDX-License-Identifier: Apache-2.0
//
// The threshold against its closed form. Common tests of these models are in
// lif_test.cc.

#include "core/neurons/lif_exp_adaptive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::lif_exp_adaptive_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeArrivals;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

NetworkSpec Neuron(double dt_ms, Precision precision, ValueMap parameters,
                   ValueMap initial_values = {}) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  network.populations = {MakePopulation("p", "lif_exp_adaptive", 1,
                                        std::move(parameters),
                                        std::move(initial_values))};
  return network;
}

double Theta(const Simulation& simulation, int64_t neuron = 0) {
  return simulation.Variable("p", "theta_mv", neuron) +
         simulation.Variable("p", "theta_low_mv", neuron);
}

// Compares the amount that theta has lost, because a float of theta can't
// resolve the loss of one step: 1e-8 of theta with the published time constant.
TEST(LifExpAdaptive, ThresholdDecaysByTheClosedForm) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (double tau : {50.0, 1e4, 1e7}) {
      for (double dt : {0.1, 0.5}) {
        Simulation simulation(Neuron(dt, precision, {{"tau_theta_ms", tau}},
                                     {{"theta_mv", 20.0}}));
        const bool f32 = precision == Precision::kFloat32;
        for (int k = 1000; k <= 20000; k += 1000) {
          simulation.Run(1000);
          const double gone = -20 * std::expm1(-k * dt / tau);
          ASSERT_NEAR((20 - Theta(simulation)) / gone, 1, f32 ? 1e-6 : 1e-11)
              << tau << " " << dt << " " << k;
        }
      }
    }
  }
}

// Ten seconds of model time, in which theta as a single float would lose
// nothing.
TEST(LifExpAdaptive, AFloatAloneWouldNotDecay) {
  const auto decay = static_cast<float>(std::exp(-0.1 / 1e7));
  EXPECT_EQ(decay, 1);
  Simulation simulation(
      Neuron(0.1, Precision::kFloat32, {}, {{"theta_mv", 20.0}}));
  simulation.Run(100000);
  EXPECT_LT(simulation.Variable("p", "theta_mv"), 20 - 0.9 * 20e4 * 0.1 / 1e7);
}

TEST(LifExpAdaptive, EverySpikeAddsAStepAlsoWhenItIsTheLargerPart) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const double tau = 200;
    NetworkSpec network =
        Neuron(0.1, precision, {{"tau_theta_ms", tau}, {"theta_plus_mv", 3.0}});
    // Currents that reach any threshold at once, in steps 0, 100, 150 and 600.
    const std::vector<int64_t> steps = {0, 100, 150, 600};
    network.stimuli = {MakeArrivals(network, "p", "current", 1e6, steps)};
    Simulation simulation(network);
    double theta = 0;
    for (int64_t k = 0; k < 1000; ++k) {
      simulation.Run(1);
      theta *= std::exp(-0.1 / tau);
      for (int64_t step : steps) theta += step == k ? 3 : 0;
      ASSERT_NEAR(Theta(simulation), theta,
                  precision == Precision::kFloat32 ? 2e-6 : 1e-12)
          << k;
    }
    EXPECT_EQ(simulation.SpikeSteps("p"), steps);
  }
}

// v is held at rest, exactly, between v_th and v_th + theta.
TEST(LifExpAdaptive, TheThresholdIsTheSum) {
  for (const double theta : {0.0, 4.999, 5.0, 5.001}) {
    Simulation simulation(
        Neuron(0.1, Precision::kFloat64,
               {{"e_l_mv", -50.0}, {"v_th_mv", -55.0}, {"tau_theta_ms", 1e300}},
               {{"theta_mv", theta}}));
    simulation.Run(1);
    if (theta <= 5) {
      EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(0)) << theta;
    } else {
      EXPECT_THAT(simulation.SpikeSteps("p"), IsEmpty()) << theta;
    }
  }
}

// A spike is tested against the theta that is left at the end of the step.
TEST(LifExpAdaptive, TheThresholdOfAStepHasDecayedOverIt) {
  const double tau = 30, first = 6;
  Simulation simulation(
      Neuron(1, Precision::kFloat64,
             {{"e_l_mv", -50.0}, {"v_th_mv", -55.0}, {"tau_theta_ms", tau}},
             {{"theta_mv", first}}));
  simulation.Run(20);
  // exp(-k / tau) <= 5 / 6 from k = 5.47 on: the end of step 5.
  ASSERT_FALSE(simulation.spikes().empty());
  EXPECT_EQ(simulation.spikes()[0].step, 5);
}

TEST(LifExpAdaptive, WithoutStepsItIsLifExpEiToTheBit) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const auto run = [&](const char* model) {
      NetworkSpec network = MakeNetwork(0.1, precision);
      network.populations = {MakePopulation(
          "p", model, 100, {{"tau_syn_ex_ms", 5.0}, {"i_e_pa", 370.0}})};
      if (network.populations[0].model == "lif_exp_adaptive") {
        network.populations[0].parameters["theta_plus_mv"] = 0.0;
      }
      for (const char* receptor : {"excitatory", "inhibitory"}) {
        network.inputs.push_back(testing::MakeInput(
            "p", "poisson_background",
            {{"rate_hz", 1000.0},
             {"weight", receptor[0] == 'e' ? 40.0 : -60.0}}));
        network.inputs.back().name = receptor;
        network.inputs.back().receptor = receptor;
      }
      Simulation simulation(network);
      simulation.Run(3000);
      return simulation;
    };
    const Simulation adaptive = run("lif_exp_adaptive"),
                     fixed = run("lif_exp_ei");
    EXPECT_GT(fixed.spikes().size(), 500u);
    EXPECT_EQ(adaptive.spikes(), fixed.spikes());
    for (const char* variable : {"v_mv", "i_syn_ex_pa", "i_syn_in_pa"}) {
      for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(adaptive.Variable("p", variable, i),
                  fixed.Variable("p", variable, i));
      }
    }
  }
}

// The interval T after which theta and v return to the same values. Between
// spikes v follows an exponential from v_reset and theta from theta0:
//
//   theta0 = theta0 exp(-T / tau_theta) + theta_plus
//   v(T - t_ref) = v_th + theta0 exp(-T / tau_theta)
//
// solved by bisection.
double SteadyInterval(double current_pa, double theta_plus, double tau_theta) {
  const double v_th = 15, tau_m = 10, t_ref = 2, r = 10.0 / 250;
  const auto excess = [&](double t) {
    const double v = r * current_pa * -std::expm1(-(t - t_ref) / tau_m);
    return v - v_th - theta_plus / std::expm1(t / tau_theta);
  };
  double low = t_ref, high = 1e6;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (excess(middle) < 0 ? low : high) = middle;
  }
  return low;
}

TEST(LifExpAdaptive, SteadyIntervalsUnderAConstantCurrent) {
  struct Case {
    double current, theta_plus, tau_theta;
  };
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (const Case& c : std::vector<Case>{{500, 0, 100},
                                           {500, 1, 100},
                                           {1000, 2, 50},
                                           {450, 0.5, 200},
                                           {600, 8, 30}}) {
      constexpr double kDt = 0.01;
      Simulation simulation(Neuron(kDt, precision,
                                   {{"i_e_pa", c.current},
                                    {"theta_plus_mv", c.theta_plus},
                                    {"tau_theta_ms", c.tau_theta}}));
      simulation.Run(300000);
      const auto steps = simulation.SpikeSteps("p");
      ASSERT_GT(steps.size(), 20u);
      const size_t last = steps.size() - 1;
      const double interval =
          static_cast<double>(steps[last] - steps[last - 10]) / 10 * kDt;
      // A spike is late by up to a step; the loss of theta in this time makes
      // the next one earlier.
      const double expected =
          SteadyInterval(c.current, c.theta_plus, c.tau_theta);
      EXPECT_GT(interval, expected - kDt) << c.current;
      EXPECT_LT(interval, expected + 1.5 * kDt) << c.current;
    }
  }
}

TEST(LifExpAdaptive, ThePublishedNeuronTires) {
  NetworkSpec network = MakeNetwork(0.5, Precision::kFloat32);
  network.populations = {MakePopulation("p", "lif_exp_adaptive", 1)};
  network.populations[0].cell_class = "diehl_cook_2015";
  network.stimuli = {testing::MakeCurrent(network, "p", {30}, 0, 4000)};
  Simulation simulation(network);
  simulation.Run(4000);
  const auto steps = simulation.SpikeSteps("p");
  // Without adaptation the interval is 100 ln(30 / (30 - 13)) + 5 = 61.8 ms.
  ASSERT_GT(steps.size(), 20u);
  EXPECT_EQ(steps[1] - steps[0],
            std::ceil((100 * std::log(30 / (17 - 0.05))) / 0.5) + 10);
  EXPECT_GT(steps.back() - steps[steps.size() - 2], steps[1] - steps[0]);
  EXPECT_NEAR(Theta(simulation), 0.05 * static_cast<double>(steps.size()),
              1e-3);
}

}  // namespace
}  // namespace spiked::lif_exp_adaptive_test
