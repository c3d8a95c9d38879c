// SPDX-License-Identifier: Apache-2.0
//
// Leaky integrate-and-fire neurons with the defaults of NEST's models.
//
// Numbers: closed forms, and an independent program that was written for this
// project (adaptive integration for conductances).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

class CurrentBasedTest : public ::testing::TestWithParam<std::string> {};

// Interval = tau ln(RI / (RI - 15)) + t_ref, R = 40 MOhm, up to the next step.
TEST_P(CurrentBasedTest, IntervalsUnderConstantCurrent) {
  const struct {
    double current_pa, interval_ms;
  } cases[] = {{376, 61.2959}, {400, 29.7259}, {500, 15.8629}, {1000, 6.7}};
  for (double dt : {0.1, 0.01}) {
    for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      for (const auto& c : cases) {
        NetworkSpec network = MakeNetwork(dt, precision);
        network.populations = {
            MakePopulation("p", GetParam(), 1, {{"i_e_pa", c.current_pa}})};
        Simulation simulation(network);
        simulation.Run(static_cast<int64_t>(std::lround(200 / dt)));
        const auto spikes = simulation.SpikeSteps("p");
        ASSERT_GE(spikes.size(), 3u);
        const double exact = 10 * std::log(c.current_pa / (c.current_pa - 375));
        EXPECT_NEAR(exact + 2, c.interval_ms, 5e-5);
        // The spike may be found a step later than the exact time rounded up.
        ExpectOracleRange(
            {"Leaky integrate-and-fire",
             absl::StrCat(GetParam(), ", ", c.current_pa,
                          " pA, interval in steps of ", dt, " ms (ms)"),
             "closed form"},
            precision, static_cast<double>(spikes[2] - spikes[1]) * dt,
            c.interval_ms -
                (precision == Precision::kFloat32 ? 0.02 : 0) * c.interval_ms,
            c.interval_ms * (precision == Precision::kFloat32 ? 1.02 : 1) +
                1.0001 * dt,
            absl::StrCat(c.interval_ms));
        const auto steps =
            static_cast<int64_t>(std::ceil(exact / dt) + std::lround(2 / dt));
        // Near the threshold FLOAT32 resolves the potential only to 1e-3 mV.
        const int64_t slack =
            precision == Precision::kFloat32 && dt < 0.1 ? 3 + steps / 100 : 0;
        EXPECT_LE(std::abs(spikes[0] + 1 + std::lround(2 / dt) - steps), slack);
        for (size_t i = 1; i < spikes.size(); ++i) {
          EXPECT_LE(std::abs(spikes[i] - spikes[i - 1] - steps), slack)
              << c.current_pa << " pA, " << dt << " ms";
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, CurrentBasedTest,
                         ::testing::Values("lif_alpha", "lif_delta", "lif_exp",
                                           "lif_exp_ei"),
                         [](const auto& info) { return info.param; });

struct Peak {
  double mv, ms;
};

// The largest deviation from rest (in direction `sign`) caused by one arrival,
// and its time since the arrival.
Peak FindPeak(PopulationSpec population, const std::string& receptor,
              double weight, double dt_ms, double sign,
              Precision precision = Precision::kFloat64) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  network.populations = {std::move(population)};
  network.stimuli = {MakeArrivals(network, network.populations[0].name,
                                  receptor, weight, {0})};
  Simulation simulation(network);
  const double rest = simulation.Variable("p", "v_mv");
  simulation.Run(1);
  Peak peak = {0, 0};
  for (int k = 1; k * dt_ms < 10; ++k) {
    simulation.Run(1);
    const double v = simulation.Variable("p", "v_mv") - rest;
    if (sign * v > sign * peak.mv) peak = {v, k * dt_ms};
  }
  return peak;
}

void ExpectPeak(const std::string& what, const Peak& ours, double mv,
                double tolerance_mv, double ms, double tolerance_ms,
                Precision precision = Precision::kFloat64) {
  const auto row = [&](const char* of_peak) {
    return OracleRow{"Leaky integrate-and-fire", what + of_peak, "computed"};
  };
  ExpectOracle(row(", peak (mV)"), precision, ours.mv, mv, tolerance_mv);
  ExpectOracle(row(", time of the peak (ms)"), precision, ours.ms, ms,
               tolerance_ms);
}

TEST(ExponentialCurrentTest, PeakOfThePotential) {
  const Peak nest =
      FindPeak(MakePopulation("p", "lif_exp", 1), "current_exp", 1, 0.001, 1);
  ExpectPeak("lif_exp, 1 pA", nest, 0.00534992, 5e-9, 4.02359, 6e-4);
  const Peak ei = FindPeak(MakePopulation("p", "lif_exp_ei", 1), "inhibitory",
                           -1, 0.001, -1);
  ExpectPeak("lif_exp_ei, inhibitory, -1 pA", ei, -0.00534992, 5e-9, 4.02359,
             6e-4);
}

TEST(ExponentialCurrentTest, WeightsOfTheMicrocircuit) {
  PopulationSpec population = MakePopulation("p", "lif_exp", 1);
  population.cell_class = "potjans_diesmann_2014";
  const Peak one = FindPeak(population, "current_exp", 585.389957, 0.001, 1);
  ExpectPeak("lif_exp, tau_syn 0.5 ms, 585.389957 pA", one, 1, 1e-7, 1.57670,
             6e-4);
  ExpectPeak("lif_exp, tau_syn 0.5 ms, 87.80849 pA",
             FindPeak(population, "current_exp", 87.80849, 0.001, 1), 0.15,
             1e-7, 1.57670, 6e-4);
}

// NEST's iaf_psc_alpha; both receptors have a time constant of 2 ms.
TEST(AlphaCurrentTest, PeakOfThePotential) {
  const Peak excitatory =
      FindPeak(MakePopulation("p", "lif_alpha", 1), "excitatory", 1, 0.001, 1);
  ExpectPeak("lif_alpha, excitatory, 1 pA", excitatory, 0.01300066, 5e-9,
             6.6510, 6e-4);
  const Peak inhibitory = FindPeak(MakePopulation("p", "lif_alpha", 1),
                                   "inhibitory", -1, 0.001, -1);
  ExpectPeak("lif_alpha, inhibitory, -1 pA", inhibitory, -0.01300066, 5e-9,
             6.6510, 6e-4);
  // FLOAT32 resolves the potential to 1e-5 mV; the peak is flat.
  const Peak f32 = FindPeak(MakePopulation("p", "lif_alpha", 1), "excitatory",
                            1000, 0.1, 1, Precision::kFloat32);
  ExpectPeak("lif_alpha, excitatory, 1000 pA, steps of 0.1 ms", f32, 13.00066,
             1e-3, 6.6510, 0.2, Precision::kFloat32);
}

// NEST's iaf_cond_alpha with its defaults. Numbers: classical Runge-Kutta of
// the whole system in steps of 1e-4 ms and long double.
TEST(AlphaConductanceTest, PeakOfThePotential) {
  const struct {
    const char* receptor;
    double weight_ns, mv, ms;
  } cases[] = {
      {"excitatory", 1, 0.141551, 1.243},
      {"excitatory", 10, 1.402073, 1.241},
      {"inhibitory", 1, -0.218048, 7.431},
      {"inhibitory", 10, -2.015256, 7.292},
  };
  for (const auto& c : cases) {
    for (const char* scheme : {"exponential_euler", "rk4"}) {
      PopulationSpec population = MakePopulation("p", "lif_cond_alpha", 1);
      population.scheme = scheme;
      const Peak peak =
          FindPeak(population, c.receptor, c.weight_ns, 0.001, c.mv);
      ExpectPeak(absl::StrCat("lif_cond_alpha, ", scheme, ", ", c.receptor,
                              ", ", c.weight_ns, " nS"),
                 peak, c.mv, 1e-6, c.ms, 2e-3);
      // In usual steps, half of the excitatory time constant.
      for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
        const Peak coarse =
            FindPeak(population, c.receptor, c.weight_ns, 0.1, c.mv, precision);
        ExpectPeak(absl::StrCat("lif_cond_alpha, ", scheme, ", ", c.receptor,
                                ", ", c.weight_ns, " nS, steps of 0.1 ms"),
                   coarse, c.mv, 0.003 * std::abs(c.mv), c.ms, 0.2, precision);
      }
    }
  }
}

TEST(ExponentialConductanceTest, PeakOfThePotential) {
  const struct {
    const char* receptor;
    double weight_ns, mv, ms;
  } cases[] = {
      {"excitatory", 1, 0.052805, 0.875},
      {"excitatory", 10, 0.526194, 0.875},
      {"inhibitory", 1, -0.087712, 4.645},
      {"inhibitory", 10, -0.850543, 4.601},
  };
  for (const auto& c : cases) {
    const Peak peak = FindPeak(MakePopulation("p", "lif_cond_exp", 1),
                               c.receptor, c.weight_ns, 0.001, c.mv);
    const std::string what =
        absl::StrCat("lif_cond_exp, ", c.receptor, ", ", c.weight_ns, " nS");
    ExpectPeak(what, peak, c.mv, 1e-6, c.ms, 2e-3);
    // In usual steps, half of the excitatory time constant.
    for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      const Peak coarse =
          FindPeak(MakePopulation("p", "lif_cond_exp", 1), c.receptor,
                   c.weight_ns, 0.1, c.mv, precision);
      ExpectPeak(what + ", steps of 0.1 ms", coarse, c.mv,
                 0.003 * std::abs(c.mv), c.ms, 0.2, precision);
    }
  }
}

}  // namespace
}  // namespace spiked::testing
