// SPDX-License-Identifier: Apache-2.0
//
// The four states of figure 8 of Brunel 2000, doi:10.1023/A:1008925309027:
// 10,000 excitatory and 2,500 inhibitory neurons with delta synapses and
// exactly 1,000 and 250 inputs each, steps of 0.1 ms. Longer runs are in
// tests/long.
//
// Numbers: A and C were computed for this project by an independent program
// (333 Hz with a CV of about 0; 37.7 Hz with a CV of 0.42). 60.7 and 5.5 Hz are
// the article's, quoted from memory. Rates must be within 5 %; D fluctuates
// slowly and must be within 20 % in the time that is simulated here.

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/activity.h"
#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

// `eta` is the external rate in units of the rate that reaches the threshold.
Activity RunSet(double g, double eta, int64_t skipped_ms, int64_t ms,
                Precision precision) {
  NetworkSpec network = MakeNetwork(0.1, precision);
  network.seed = 1;
  const ValueMap initial = {{"v_mv", Uniform{0, 20}}};
  network.populations = {MakePopulation("exc", "lif_delta", 10000, {}, initial),
                         MakePopulation("inh", "lif_delta", 2500, {}, initial)};
  for (PopulationSpec& p : network.populations) p.cell_class = "brunel_2000";
  for (const char* target : {"exc", "inh"}) {
    network.projections.push_back(
        MakeProjection("exc", target, FixedIndegree{1000}, 0.1, 1.5));
    network.projections.push_back(
        MakeProjection("inh", target, FixedIndegree{250}, -0.1 * g, 1.5));
    network.inputs.push_back(
        MakeInput(target, "poisson_background",
                  {{"rate_hz", 10000 * eta}, {"weight", 0.1}}));
  }
  Simulation simulation(network);
  simulation.Run((skipped_ms + ms) * 10);
  const Activity activity =
      MeasureActivity(simulation, 0.1, skipped_ms * 10, (skipped_ms + ms) * 10);
  return activity;
}

void ExpectRate(const char* what, const char* source, Precision precision,
                double ours, double oracle, double relative) {
  ExpectOracle({"Brunel 2000", what, source}, precision, ours, oracle,
               relative * oracle);
}

class BrunelTest : public ::testing::TestWithParam<Precision> {};

TEST_P(BrunelTest, SynchronousRegular) {
  const Activity a = RunSet(3, 2, 100, kSanitized ? 120 : 200, GetParam());
  ExpectRate("state A, rate (Hz)", "computed", GetParam(), a.rate_hz, 333,
             0.05);
  ExpectOracleRange({"Brunel 2000", "state A, CV", "computed"}, GetParam(),
                    a.cv, -std::numeric_limits<double>::infinity(), 0.1,
                    "about 0");
}

TEST_P(BrunelTest, SynchronousIrregularFast) {
  const Activity b = RunSet(6, 4, 100, kSanitized ? 100 : 500, GetParam());
  ExpectRate("state B, rate (Hz)", "article, as remembered", GetParam(),
             b.rate_hz, 60.7, kSanitized ? 0.15 : 0.05);
}

TEST_P(BrunelTest, AsynchronousIrregular) {
  const Activity c = RunSet(5, 2, 200, kSanitized ? 100 : 800, GetParam());
  ExpectRate("state C, rate (Hz)", "computed", GetParam(), c.rate_hz, 37.7,
             0.05);
  // Few intervals make the CV smaller.
  ExpectOracle({"Brunel 2000", "state C, CV", "computed"}, GetParam(), c.cv,
               0.42, kSanitized ? 0.2 : 0.05);
}

TEST_P(BrunelTest, SynchronousIrregularSlow) {
  const Activity d = RunSet(4.5, 0.9, 200, kSanitized ? 200 : 1500, GetParam());
  ExpectRate("state D, rate (Hz)", "article, as remembered", GetParam(),
             d.rate_hz, 5.5, kSanitized ? 0.5 : 0.2);
}

INSTANTIATE_TEST_SUITE_P(Precisions, BrunelTest,
                         ::testing::Values(Precision::kFloat32,
                                           Precision::kFloat64),
                         [](const auto& info) {
                           return info.param == Precision::kFloat32 ? "Float32"
                                                                    : "Float64";
                         });

}  // namespace
}  // namespace spiked::testing
