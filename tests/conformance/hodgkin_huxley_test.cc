// SPDX-License-Identifier: Apache-2.0
//
// Hodgkin-Huxley neurons under constant currents, with the defaults of NEST's
// hh_psc_alpha and hh_cond_exp_traub.
//
// Numbers: computed for this project by an independent program: RK4 with steps
// of 0.005 ms in double precision, 1 s, a spike is an upward crossing of 0 mV,
// stamped with the end of its step; gates begin at their steady state (at
// v - v_t for hh_cond_exp, which NEST's own program does not do).

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

struct Row {
  const char* model;
  double current_pa;
  size_t spikes;
  std::vector<double> first_ms;
  double last_interval_ms;  // 0: less than two spikes
};

const std::vector<Row>& Rows() {
  static const auto* const rows = new std::vector<Row>{
      {"hh_psc_alpha", 0, 0, {}, 0},
      {"hh_psc_alpha", 300, 1, {4.620}, 0},
      {"hh_psc_alpha", 500, 1, {2.995}, 0},
      {"hh_psc_alpha", 600, 2, {2.635, 23.120}, 0},
      {"hh_psc_alpha", 650, 55, {2.495, 20.600, 38.750, 56.925}, 18.180},
      {"hh_psc_alpha", 700, 59, {2.380, 19.650, 36.805, 53.955}, 17.150},
      {"hh_psc_alpha", 1000, 69, {1.905, 16.830, 31.480, 46.120}, 14.635},
      {"hh_cond_exp", 0, 14, {11.000, 83.180, 155.355}, 72.175},
      {"hh_cond_exp", 100, 32, {5.530, 37.185, 68.840}, 31.650},
      {"hh_cond_exp", 300, 59, {3.275, 20.215, 37.155}, 16.935},
      {"hh_cond_exp", 1000, 133, {1.660, 9.200, 16.730}, 7.530},
  };
  return *rows;
}

void ExpectRows(const std::string& scheme, double dt_ms, Precision precision,
                double tolerance_ms, double relative_tolerance) {
  for (const Row& row : Rows()) {
    SCOPED_TRACE(::testing::Message() << row.model << " " << row.current_pa
                                      << " pA, " << scheme << " " << dt_ms);
    // One neuron under the constant current of the row.
    NetworkSpec network = MakeNetwork(dt_ms, precision);
    network.populations = {
        MakePopulation("p", row.model, 1, {{"i_e_pa", row.current_pa}})};
    network.populations[0].scheme = scheme;
    Simulation simulation(network);
    const double duration_ms = kSanitized ? 100 : 1000;
    simulation.Run(std::lround(duration_ms / dt_ms));
    const auto steps = simulation.SpikeSteps("p");
    const auto time = [&](size_t i) {
      return static_cast<double>(steps[i] + 1) * dt_ms;
    };
    const auto oracle = [&](const std::string& what) {
      return OracleRow{
          absl::StrCat("Hodgkin-Huxley, ", scheme, " in steps of ", dt_ms,
                       " ms"),
          absl::StrCat(row.model, ", ", row.current_pa, " pA, ", what),
          "computed"};
    };
    // The first spikes, as far as the simulated time reaches.
    std::vector<double> ours, first;
    double tolerance = 0;
    for (size_t i = 0; i < row.first_ms.size(); ++i) {
      if (row.first_ms[i] > duration_ms) break;
      ASSERT_GT(steps.size(), i);
      ours.push_back(time(i));
      first.push_back(row.first_ms[i]);
      tolerance = tolerance_ms + relative_tolerance * row.first_ms[i];
      EXPECT_NEAR(ours[i], first[i], tolerance);
    }
    if (!first.empty()) {
      ExpectOracles(oracle("first spikes (ms)"), precision, ours, first,
                    tolerance);
    }
    // The number of spikes and the last interval need the whole second.
    if (kSanitized) continue;
    ExpectOracle(oracle("spikes in 1 s"), precision,
                 static_cast<double>(steps.size()),
                 static_cast<double>(row.spikes), 0);
    if (row.last_interval_ms != 0 && steps.size() >= 2) {
      ExpectOracle(oracle("last interval (ms)"), precision,
                   time(steps.size() - 1) - time(steps.size() - 2),
                   row.last_interval_ms,
                   tolerance_ms + relative_tolerance * row.last_interval_ms);
    }
  }
}

// Spikes agree to the step in double precision, and to one step in single
// precision.
TEST(PublishedHodgkinHuxley, RungeKuttaSpikesAtTheComputedTimes) {
  ExpectRows("rk4", 0.005, Precision::kFloat64, 1e-9, 0);
  ExpectRows("rk4", 0.005, Precision::kFloat32, 0.0051, 0);
}

// Spikes are up to a step late, because a crossing is stamped with the end of
// its step.
TEST(PublishedHodgkinHuxley, RungeKuttaSpikesInLongerSteps) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    ExpectRows("rk4", 0.1, precision, 0.1, 0);
  }
}

// Steps of 0.05 ms make spikes late by less than 0.5 %; single precision makes
// no difference to that.
TEST(PublishedHodgkinHuxley, ExponentialEulerKeepsCountsAndIntervals) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    ExpectRows("exponential_euler", 0.005, precision, 0.0101, 1e-4);
    ExpectRows("exponential_euler", 0.05, precision, 0.05, 0.005);
    ExpectRows("exponential_euler", 0.1, precision, 0.1, 0.005);
  }
}

TEST(PublishedHodgkinHuxley, SteadyState) {
  for (const char* scheme : {"rk4", "exponential_euler"}) {
    NetworkSpec network = MakeNetwork(0.1);
    network.populations = {MakePopulation("p", "hh_psc_alpha", 1)};
    network.populations[0].scheme = scheme;
    Simulation simulation(network);
    simulation.Run(10000);
    const auto expect = [&](const char* variable, double oracle,
                            double tolerance) {
      ExpectOracle({"Hodgkin-Huxley, steady state",
                    std::string("hh_psc_alpha, 0 pA, ") + variable, "computed"},
                   Precision::kFloat64, simulation.Variable("p", variable),
                   oracle, tolerance);
    };
    expect("v_mv", -65.0002, 5e-5);
    expect("m", 0.052931, 5e-7);
    expect("h", 0.596129, 5e-7);
    expect("n", 0.317673, 5e-7);
  }
}

}  // namespace
}  // namespace spiked::testing
