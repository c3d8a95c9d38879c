// SPDX-License-Identifier: Apache-2.0
//
// Firing patterns of the adaptive exponential model: Brette & Gerstner 2005,
// doi:10.1152/jn.00686.2005, and Naud et al. 2008,
// doi:10.1007/s00422-008-0264-7, with the parameters of Brian2's examples.
//
// Numbers: computed for this project by an independent program in double with
// Euler's scheme. Counts over 600 ms (Brette & Gerstner: 100 ms) in steps of
// 0.1, 0.01 and 0.001 ms; spike times and the last interval in steps of
// 0.001 ms, each spike at the end of its step.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked::testing {
namespace {

struct Pattern {
  const char* cell_class;
  double current_pa;
  double duration_ms;
  size_t counts[3];               // at 0.1, 0.01 and 0.001 ms
  std::vector<double> spikes_ms;  // the first spikes
  double last_interval_ms;        // 0: not given
};

const std::vector<Pattern>& Patterns() {
  static const auto* const patterns = new std::vector<Pattern>{
      {"naud_2008_tonic",
       500,
       600,
       {60, 62, 62},
       {14.23, 23.16, 32.26, 41.48, 50.80},
       9.59},
      {"naud_2008_adaptation",
       500,
       600,
       {12, 12, 12},
       {14.91, 26.18, 40.56, 60.18, 89.61, 137.36, 205.06, 279.86},
       75.91},
      {"naud_2008_regular_bursting",
       210,
       600,
       {11, 11, 11},
       {16.16, 19.09, 24.22, 155.98, 161.34, 294.53, 299.89, 433.07},
       5.36},
      {"naud_2008_transient", 180, 600, {1, 1, 1}, {30.30}, 0},
      {"brette_gerstner_2005",
       1000,
       100,
       {5, 5, 5},
       {11.73, 25.25, 41.01, 59.52, 81.33},
       0},
      // Further patterns of the same table, computed by a second independent
      // program.
      {"naud_2008_initial_burst",
       400,
       600,
       {12, 12, 12},
       {5.47, 8.89, 16.22, 70.97, 135.09, 199.05, 263.00, 326.96},
       63.96},
      {"naud_2008_delayed_accelerating",
       300,
       600,
       {45, 46, 46},
       {33.58, 54.18, 73.26, 91.20, 108.24, 124.54, 140.23, 155.41},
       10.28},
      {"naud_2008_delayed_regular_bursting",
       110,
       600,
       {32, 32, 32},
       {57.19, 60.41, 64.72, 72.13, 128.94, 132.24, 136.72, 144.88},
       8.14},
  };
  return *patterns;
}

std::vector<double> SpikeTimes(const std::string& cell_class, double current_pa,
                               double duration_ms, const std::string& scheme,
                               double dt_ms, Precision precision) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  network.populations = {
      MakePopulation("p", "adex", 1, {{"i_e_pa", current_pa}})};
  network.populations[0].cell_class = cell_class;
  network.populations[0].scheme = scheme;
  Simulation simulation(network);
  simulation.Run(std::lround(duration_ms / dt_ms));
  std::vector<double> times;
  for (int64_t step : simulation.SpikeSteps("p")) {
    times.push_back(static_cast<double>(step + 1) * dt_ms);
  }
  return times;
}

double LastInterval(const std::vector<double>& times) {
  return times[times.size() - 1] - times[times.size() - 2];
}

TEST(AdexPatterns, EulerGivesThePublishedProgramsToTheStep) {
  for (const Pattern& p : Patterns()) {
    const double steps_ms[] = {0.1, 0.01, 0.001};
    for (int k = 0; k < 3; ++k) {
      const auto times = SpikeTimes(p.cell_class, p.current_pa, p.duration_ms,
                                    "euler", steps_ms[k], Precision::kFloat64);
      const auto row = [&](const std::string& what) {
        return OracleRow{"Adaptive exponential, Euler's scheme",
                         absl::StrCat(p.cell_class, ", steps of ", steps_ms[k],
                                      " ms, ", what),
                         "computed"};
      };
      ExpectOracle(row("spikes"), Precision::kFloat64,
                   static_cast<double>(times.size()),
                   static_cast<double>(p.counts[k]), 0);
      if (k < 2) continue;
      ASSERT_GE(times.size(), p.spikes_ms.size());
      ExpectOracles(row("first spikes (ms)"), Precision::kFloat64,
                    {times.begin(), times.begin() + p.spikes_ms.size()},
                    p.spikes_ms, 0.0051);
      if (p.last_interval_ms > 0) {
        ExpectOracle(row("last interval (ms)"), Precision::kFloat64,
                     LastInterval(times), p.last_interval_ms, 0.0061);
      }
    }
  }
}

// In steps a hundred times as long. The spikes of the reference are late by up
// to 0.04 ms themselves, and a spike is stamped with the end of its step.
TEST(AdexPatterns, SplittingGivesThemInCoarseSteps) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (double dt : {0.1, 0.01}) {
      // FLOAT32 resolves v to 1e-5 mV: too coarse for the increments of fine
      // steps.
      if (precision == Precision::kFloat32 && dt < 0.1) continue;
      for (const Pattern& p : Patterns()) {
        const auto times = SpikeTimes(p.cell_class, p.current_pa, p.duration_ms,
                                      "splitting", dt, precision);
        const auto row = [&](const std::string& what) {
          return OracleRow{
              "Adaptive exponential, splitting",
              absl::StrCat(p.cell_class, ", steps of ", dt, " ms, ", what),
              "computed"};
        };
        ExpectOracle(row("spikes"), precision,
                     static_cast<double>(times.size()),
                     static_cast<double>(p.counts[2]), 0);
        ASSERT_EQ(times.size(), p.counts[2]);
        for (size_t i = 0; i < p.spikes_ms.size(); ++i) {
          EXPECT_GT(times[i], p.spikes_ms[i] - 0.05) << p.cell_class << i;
        }
        ExpectOracles(row("first spikes (ms)"), precision,
                      {times.begin(), times.begin() + p.spikes_ms.size()},
                      p.spikes_ms, dt + 0.05);
        if (p.last_interval_ms > 0) {
          ExpectOracle(row("last interval (ms)"), precision,
                       LastInterval(times), p.last_interval_ms, dt + 0.02);
        }
      }
    }
  }
}

// Chaotic patterns: only counts and irregularity are compared, and the first
// spikes in one scheme.
TEST(AdexPatterns, Irregular) {
  for (const char* scheme : {"splitting", "euler"}) {
    for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      const auto times =
          SpikeTimes("naud_2008_irregular", 160, 600, scheme, 0.1, precision);
      const auto row = [&](const std::string& what) {
        return OracleRow{"Adaptive exponential, irregular",
                         absl::StrCat(scheme, ", steps of 0.1 ms, ", what),
                         "computed"};
      };
      ExpectOracleRange(row("spikes in 600 ms"), precision,
                        static_cast<double>(times.size()), 28, 38, "32 to 33");
      std::vector<double> intervals;
      for (size_t i = 1; i < times.size(); ++i) {
        intervals.push_back(times[i] - times[i - 1]);
      }
      ExpectOracleRange(row("CV of the intervals"), precision,
                        std::sqrt(Variance(intervals)) / Mean(intervals), 0.4,
                        std::numeric_limits<double>::infinity());
    }
  }
  const auto times = SpikeTimes("naud_2008_irregular", 160, 600, "euler", 0.001,
                                Precision::kFloat64);
  ASSERT_GE(times.size(), 6u);
  const auto row = [](const std::string& what) {
    return OracleRow{"Adaptive exponential, irregular",
                     "euler, steps of 0.001 ms, " + what, "computed"};
  };
  ExpectOracle(row("spikes in 600 ms"), Precision::kFloat64,
               static_cast<double>(times.size()), 33, 0);
  ExpectOracles(row("first spikes (ms)"), Precision::kFloat64,
                {times.begin(), times.begin() + 6},
                {15.65, 19.10, 23.57, 30.28, 48.90, 67.77}, 0.0051);
}

// The properties for which the classes of Brette & Gerstner are named, at 1 nA
// like the first pattern.
TEST(AdexPatterns, BurstingAndFastSpiking) {
  const auto bursting = SpikeTimes("brette_gerstner_2005_bursting", 1000, 400,
                                   "splitting", 0.1, Precision::kFloat64);
  std::vector<double> intervals;
  for (size_t i = 1; i < bursting.size(); ++i) {
    intervals.push_back(bursting[i] - bursting[i - 1]);
  }
  ASSERT_GT(intervals.size(), 10u);
  // Intervals are either within bursts or between them.
  size_t within = 0, between = 0;
  for (double x : intervals) {
    within += x < 6;
    between += x > 15;
  }
  EXPECT_GE(within, 3u);
  EXPECT_GE(between, 3u);
  EXPECT_EQ(within + between, intervals.size());

  const auto fast = SpikeTimes("brette_gerstner_2005_fast_spiking", 1000, 400,
                               "splitting", 0.1, Precision::kFloat64);
  const auto regular = SpikeTimes("brette_gerstner_2005", 1000, 400,
                                  "splitting", 0.1, Precision::kFloat64);
  EXPECT_GT(fast.size(), 3 * regular.size() / 2);
  // Little adaptation: the last interval is close to the first.
  EXPECT_LT(LastInterval(fast), 1.7 * (fast[1] - fast[0]));
  EXPECT_GT(LastInterval(regular), 1.5 * (regular[1] - regular[0]));
}

}  // namespace
}  // namespace spiked::testing
