// SPDX-License-Identifier: Apache-2.0
//
// Inhibitory plasticity holds a neuron at a target rate: Vogels et al. 2011,
// doi:10.1126/science.1211095. Independent pre- and postsynaptic spikes change
// a weight by eta r_pre (2 tau r_post - alpha) on the average, so that r_post
// becomes alpha / (2 tau), however the neuron is excited. The rate ends a
// little higher, because a neuron spikes less just after inhibition; the effect
// is smaller with more sources.

#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

constexpr double kTauMs = 20;
constexpr double kDtMs = 1;

// The rate in Hz over 100 s, after 30 s.
double Rate(double alpha, double excitation, double eta) {
  NetworkSpec network = MakeNetwork(kDtMs);
  network.populations = {MakePopulation("inh", "spike_source", 500),
                         MakePopulation("exc", "lif_delta", 1,
                                        {{"tau_m_ms", 20.0},
                                         {"e_l_mv", 0.0},
                                         {"v_th_mv", 20.0},
                                         {"v_reset_mv", 10.0},
                                         {"t_ref_ms", 2.0}})};
  network.inputs = {MakeInput("inh", "poisson_background",
                              {{"rate_hz", 10.0}, {"weight", 1.0}}),
                    MakeInput("exc", "poisson_background",
                              {{"rate_hz", 5000.0}, {"weight", excitation}})};
  network.projections = {MakeProjection("inh", "exc", AllToAll{}, -0.002,
                                        DiscreteUniform{1, 5, 1},
                                        {"vogels_sprekeler",
                                         {{"tau_ms", kTauMs},
                                          {"alpha", alpha},
                                          {"eta", eta},
                                          {"weight_max", -1.0}}})};
  Simulation simulation(network);
  simulation.Run(30000);
  const size_t before = simulation.SpikeSteps("exc").size();
  simulation.Run(100000);
  return static_cast<double>(simulation.SpikeSteps("exc").size() - before) /
         100;
}

TEST(VogelsSprekeler, RateBecomesTheOneThatIsAimedAt) {
  // Without plasticity the rate is far from the target.
  EXPECT_GT(Rate(0.4, 0.3, 0), 50);
  for (double alpha : {0.2, 0.4}) {
    for (double excitation : {0.3, 0.4}) {
      const double aim = 1000 * alpha / (2 * kTauMs);
      ExpectOracle({"Vogels et al. 2011, inhibitory plasticity",
                    absl::StrCat("rate (Hz), alpha ", alpha, ", excitation ",
                                 excitation),
                    "closed form"},
                   Precision::kFloat64, Rate(alpha, excitation, 0.001), aim,
                   0.1 * aim);
    }
  }
}

}  // namespace
}  // namespace spiked::testing
