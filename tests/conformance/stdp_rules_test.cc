// SPDX-License-Identifier: Apache-2.0
//
// Pair STDP with weight dependence, in four pairings.
//
// Numbers: computed for this project by an independent program, with the rules
// of NEST's stdp_synapse, stdp_nn_symm_synapse, stdp_nn_restr_synapse and
// stdp_nn_pre_centered_synapse: zero delay, Wmax 1, w0 0.5, lambda 0.01, alpha
// 1.05, mu_plus = mu_minus = mu, tau 20 / 20 ms, updated at every event. In
// terms of these models a_plus = lambda and a_minus = alpha lambda. A delay of
// one step is no delay for the rule (core/synapses/stdp_pair.h).

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

constexpr double kPrintedDigits = 0.51e-9;

double WeightAfter(const std::string& model, double mu, double dt_ms,
                   Precision precision, double until_ms = 110) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  const auto steps = [&](std::vector<double> times_ms) {
    std::vector<int64_t> result;
    for (double t : times_ms) result.push_back(std::llround(t / dt_ms));
    return result;
  };
  AddSpikeSource(&network, "pre", {steps({10, 30, 33, 60, 100})});
  AddSpikeSource(&network, "post", {steps({15, 18, 40, 58, 62, 95})});
  network.projections = {MakeProjection("pre", "post", OneToOne{}, 0.5, dt_ms,
                                        {model,
                                         {{"a_plus", 0.01},
                                          {"a_minus", 1.05 * 0.01},
                                          {"mu_plus", mu},
                                          {"mu_minus", mu}}})};
  Simulation simulation(network);
  simulation.Run(std::llround(until_ms / dt_ms) + 1);
  return simulation.Synapses()[0].weight;
}

struct Row {
  const char* model;
  double weights[3];  // for mu = 0, 0.4 and 1
};
constexpr Row kTable[] = {
    {"stdp_all_to_all", {0.505359853, 0.503737854, 0.502330176}},
    {"stdp_nearest_symmetric", {0.506788679, 0.504896525, 0.503125684}},
    {"stdp_nearest_restricted", {0.500442540, 0.500239268, 0.500116951}},
    {"stdp_nearest_pre_centred", {0.501547997, 0.501083084, 0.500676128}},
};
constexpr double kMu[] = {0, 0.4, 1};

void ExpectWeight(const Row& row, int i, double dt_ms, Precision precision,
                  double tolerance) {
  ExpectOracle({"Pair STDP",
                absl::StrCat(row.model, ", mu ", kMu[i], ", steps of ", dt_ms,
                             " ms, weight after all events"),
                "computed"},
               precision, WeightAfter(row.model, kMu[i], dt_ms, precision),
               row.weights[i], tolerance);
}

TEST(PublishedStdpRules, WeightsOfTheTable) {
  for (const Row& row : kTable) {
    for (int i = 0; i < 3; ++i) {
      for (double dt_ms : {1.0, 0.1}) {
        ExpectWeight(row, i, dt_ms, Precision::kFloat64, kPrintedDigits);
      }
    }
  }
}

TEST(PublishedStdpRules, Float32FollowsTheTableToItsPrecision) {
  for (const Row& row : kTable) {
    for (int i = 0; i < 3; ++i) {
      ExpectWeight(row, i, 1, Precision::kFloat32, 1e-6);
    }
  }
}

// All to all, mu = 0: the weight after the event at each time.
TEST(PublishedStdpRules, WeightFollowsTheEvents) {
  const std::vector<std::pair<double, double>> after = {
      {10, .5},         {15, .507788008}, {18, .514491208}, {30, .503768837},
      {33, .494540007}, {40, .509883496}, {58, .516121693}, {60, .500365682},
      {62, .514521460}, {95, .517240076}, {100, .505359853}};
  std::vector<double> ours, oracle;
  for (const auto& [t, weight] : after) {
    ours.push_back(
        WeightAfter("stdp_all_to_all", 0, 1, Precision::kFloat64, t));
    oracle.push_back(weight);
  }
  ExpectOracles({"Pair STDP", "stdp_all_to_all, mu 0, weight after each event",
                 "computed"},
                Precision::kFloat64, ours, oracle, kPrintedDigits);
}

}  // namespace
}  // namespace spiked::testing
