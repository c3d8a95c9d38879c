// SPDX-License-Identifier: Apache-2.0
//
// Benchmark 3 of Brette et al. 2007, doi:10.1007/s10827-007-0038-6: 3200
// excitatory and 800 inhibitory Hodgkin-Huxley neurons with conductances, 2 %
// connected, weights 6 and 67 nS. It has no drive: neurons are spontaneously
// active, and begin with large conductances.
//
// Numbers: an independent program, written for this project after Brian's
// example COBAHH, has 38 to 44 Hz in the first second with exponential Euler in
// steps of 0.05 ms. Draws of the synapses differ from each other by some per
// cent (35 to 41 Hz in tests/long, which has more of them), so two are averaged
// (one under sanitizers, and shorter), and the range here is 7 % wider, as for
// the other networks of Vogels & Abbott.

#include <gtest/gtest.h>

#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

double RateOfOneDrawHz(int64_t seed, Precision precision) {
  NetworkSpec network = MakeNetwork(0.05, precision);
  network.seed = seed;
  const ValueMap initial = {{"v_mv", Normal{-65, 5}},
                            {"g_ex_ns", Normal{40, 15, 0}},
                            {"g_in_ns", Normal{200, 120, 0}}};
  network.populations = {
      MakePopulation("exc", "hh_cond_exp", 3200, {}, initial),
      MakePopulation("inh", "hh_cond_exp", 800, {}, initial)};
  for (PopulationSpec& p : network.populations) {
    p.cell_class = "brette_2007_coba_hh";
  }
  for (const char* target : {"exc", "inh"}) {
    network.projections.push_back(
        MakeProjection("exc", target, PairwiseBernoulli{0.02}, 6.0, 0.05));
    network.projections.push_back(
        MakeProjection("inh", target, PairwiseBernoulli{0.02}, 67.0, 0.05));
    network.projections.back().receptor = "inhibitory";
  }
  Simulation simulation(network);
  constexpr int64_t kSteps = kSanitized ? 6000 : 20000;
  simulation.Run(kSteps);
  return static_cast<double>(simulation.spikes().size()) / 4000 /
         (kSteps * 0.05e-3);
}

class BretteHhTest : public ::testing::TestWithParam<Precision> {};

TEST_P(BretteHhTest, Rate) {
  constexpr int kDraws = kSanitized ? 1 : 2;
  double sum = 0;
  for (int64_t seed = 1; seed <= kDraws; ++seed) {
    sum += RateOfOneDrawHz(seed, GetParam());
  }
  const double rate = sum / kDraws;
  ExpectOracleRange(
      {"Brette et al. 2007", "Hodgkin-Huxley, rate (Hz)", "computed"},
      GetParam(), rate, 38 * 0.93, 44 * 1.07, "38 to 44");
}

INSTANTIATE_TEST_SUITE_P(Precisions, BretteHhTest,
                         ::testing::Values(Precision::kFloat32,
                                           Precision::kFloat64),
                         [](const auto& info) {
                           return info.param == Precision::kFloat32 ? "Float32"
                                                                    : "Float64";
                         });

}  // namespace
}  // namespace spiked::testing
