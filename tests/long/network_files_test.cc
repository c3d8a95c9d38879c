// SPDX-License-Identifier: Apache-2.0
//
// The files of clients/networks that have published or computed activities,
// for seconds of model time, with three seeds each.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "tests/support/file_run.h"
#include "tests/support/oracle.h"
#include "tests/support/polychronization.h"

namespace spiked::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Activity of all neurons of a network file in clients/networks during `ms`,
// measured after a transient of `skipped_ms`.
Activity RunFile(const std::string& name, int64_t seed, double skipped_ms,
                 double ms) {
  return Observation(FileNetwork(name, seed), skipped_ms, ms).OfAll();
}

constexpr int64_t kSeeds[] = {1, 2, 3};

// Brunel 2000, doi:10.1023/A:1008925309027, figure 8. Rates of A and C, and the
// CV of C: an independent program, written for this project; those of B and D
// and the frequencies of their oscillations, 180 and 22 Hz: the article, as
// remembered. Rates to 5 %, frequencies to 10 % or one line of the spectrum.
OracleRow Brunel(const std::string& what, const std::string& source) {
  return {"Brunel 2000, figure 8", what, source};
}

void ExpectRate(const std::string& what, const std::string& source, double ours,
                double oracle) {
  ExpectOracle(Brunel(what, source), Precision::kFloat32, ours, oracle,
               0.05 * oracle);
}

TEST(NetworkFiles, BrunelsStateA) {
  for (int64_t seed : kSeeds) {
    const Activity a = RunFile("brunel_2000_a", seed, 200, 1000);
    ExpectRate("A, rate (Hz)", "computed", a.rate_hz, 333);
    ExpectOracleRange(Brunel("A, CV", "computed"), Precision::kFloat32, a.cv,
                      -kInfinity, 0.1, "about 0");
  }
}

TEST(NetworkFiles, BrunelsStateB) {
  for (int64_t seed : kSeeds) {
    const Activity b = RunFile("brunel_2000_b", seed, 200, 4000);
    ExpectRate("B, rate (Hz)", "article, as remembered", b.rate_hz, 60.7);
    ExpectOracle(Brunel("B, oscillation (Hz)", "article, as remembered"),
                 Precision::kFloat32, PeakFrequency(b.per_ms, 250, 40, 500),
                 180, 18);
  }
}

TEST(NetworkFiles, BrunelsStateC) {
  for (int64_t seed : kSeeds) {
    const Activity c = RunFile("brunel_2000_c", seed, 200, 4000);
    ExpectRate("C, rate (Hz)", "computed, and the article, as remembered",
               c.rate_hz, 37.7);
    ExpectOracle(Brunel("C, CV", "computed"), Precision::kFloat32, c.cv, 0.42,
                 0.03);
  }
}

TEST(NetworkFiles, BrunelsStateD) {
  for (int64_t seed : kSeeds) {
    const Activity d = RunFile("brunel_2000_d", seed, 200, 15000);
    ExpectRate("D, rate (Hz)", "article, as remembered", d.rate_hz, 5.5);
    ExpectOracle(Brunel("D, oscillation (Hz)", "article, as remembered"),
                 Precision::kFloat32, PeakFrequency(d.per_ms, 250, 8, 500), 22,
                 4);
  }
}

// See tests/conformance/brette_2007_hh_test.cc.
TEST(NetworkFiles, VogelsAndAbbottsWithHodgkinAndHuxleys) {
  double sum = 0;
  for (int64_t seed = 1; seed <= 10; ++seed) {
    const Activity hh = RunFile("vogels_abbott_hh", seed, 0, 1000);
    sum += hh.rate_hz;
    EXPECT_GT(hh.cv, 1.5) << seed;
    ExpectOracleRange({"Brette et al. 2007, Hodgkin-Huxley",
                       "rate of each of ten draws (Hz)", "computed"},
                      Precision::kFloat32, hh.rate_hz, 38 * 0.85, 44 * 1.15,
                      "38 to 44");
  }
  ExpectOracleRange({"Brette et al. 2007, Hodgkin-Huxley",
                     "mean rate of ten draws (Hz)", "computed"},
                    Precision::kFloat32, sum / 10, 38 * 0.95, 44 * 1.05,
                    "38 to 44");
}

// Half an hour of spnet.m, beyond what
// tests/conformance/izhikevich_2006_test.cc sees. Numbers: the first of the
// programs there; one second of one seed each, so 15 %, and 5 % of the weights.
TEST(NetworkFiles, Polychronization) {
  const Polychronization ours(FileNetwork("polychronization_2006", 1), 1800);
  const auto expect = [](const char* what, double value, double oracle,
                         double tolerance) {
    ExpectOracle({"Izhikevich 2006, half an hour", what, "computed"},
                 Precision::kFloat32, value, oracle, tolerance);
  };
  expect("second 600, exc (Hz)", ours.ExcitatoryHz(600, 600), 3.5, 0.52);
  expect("second 600, inh (Hz)", ours.InhibitoryHz(600, 600), 28.1, 4.2);
  expect("second 1800, exc (Hz)", ours.ExcitatoryHz(1800, 1800), 3.6, 0.54);
  expect("second 1800, inh (Hz)", ours.InhibitoryHz(1800, 1800), 29.4, 4.4);
  expect("weights above 9.5 (%)", ours.PercentOfWeights(9.5, 10), 49, 5);
  expect("weights below 0.5 (%)", ours.PercentOfWeights(0, 0.499999), 24, 5);
  ExpectOracleRange({"Izhikevich 2006, half an hour",
                     "peak above 25 Hz, last 10 s (Hz)", "computed"},
                    Precision::kFloat32, ours.PeakHz(1791, 1800, 25, 100), 26,
                    39, "26 to 39, typically 30");
}

}  // namespace
}  // namespace spiked::testing
