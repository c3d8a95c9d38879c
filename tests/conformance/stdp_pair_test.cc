// SPDX-License-Identifier: Apache-2.0
//
// Pair STDP, all to all and additive.
//
// Numbers: computed for this project by an independent program, with the rule
// of NEST's stdp_synapse: zero delay, Wmax 1, w0 0.5, lambda 0.01, alpha 1.05,
// mu 0, tau 20 / 20 ms. In terms of this model a_plus = lambda Wmax and a_minus
// = alpha lambda Wmax. A delay of one step is no delay for the rule (see
// core/synapses/stdp_pair.h): the spike has arrived at the end of the step in
// which it was found.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

const std::vector<int64_t> kPreMs = {10, 30, 33, 60, 100};
const std::vector<int64_t> kPostMs = {15, 18, 40, 58, 62, 95};

// The weight after the event at each time, printed with nine digits.
const std::map<int64_t, double> kWeightAfter = {
    {10, .5},         {15, .507788008}, {18, .514491208}, {30, .503768837},
    {33, .494540007}, {40, .509883496}, {58, .516121693}, {60, .500365682},
    {62, .514521460}, {95, .517240076}, {100, .505359853}};

// The target is a spike source, which fires exactly when its stimulus says so:
// weights below 1 never make it fire.
NetworkSpec PublishedPair(double dt_ms, Precision precision) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  const auto steps = [&](const std::vector<int64_t>& times) {
    std::vector<int64_t> result;
    for (int64_t t : times) {
      result.push_back(std::llround(static_cast<double>(t) / dt_ms));
    }
    return result;
  };
  AddSpikeSource(&network, "pre", {steps(kPreMs)});
  AddSpikeSource(&network, "post", {steps(kPostMs)});
  network.projections = {MakeProjection(
      "pre", "post", OneToOne{}, 0.5, dt_ms,
      {"stdp_pair",
       {{"a_plus", 0.01}, {"a_minus", 1.05 * 0.01}, {"weight_max", 1.0}}})};
  return network;
}

void ExpectPublishedWeights(double dt_ms, Precision precision,
                            double tolerance) {
  Simulation simulation(PublishedPair(dt_ms, precision));
  double expected = 0.5;
  std::vector<double> ours, oracle;  // after the events
  for (int64_t step = 0; step * dt_ms <= 105; ++step) {
    simulation.Run(1);
    const double t = static_cast<double>(step) * dt_ms;
    const auto it = kWeightAfter.find(std::llround(t));
    if (it != kWeightAfter.end() && std::abs(t - std::round(t)) < 0.1 * dt_ms) {
      expected = it->second;
    }
    const double weight = simulation.Synapses()[0].weight;
    ASSERT_NEAR(weight, expected, tolerance)
        << "after " << t << " ms, steps of " << dt_ms << " ms";
    if (it == kWeightAfter.end()) continue;
    if (std::abs(t - std::round(t)) >= 0.1 * dt_ms) continue;
    oracle.push_back(expected);
    ours.push_back(weight);
  }
  ExpectOracles({"Pair STDP",
                 "stdp_pair, weight after each event, steps of " +
                     std::string(dt_ms == 1 ? "1 ms" : "0.1 ms"),
                 "computed"},
                precision, ours, oracle, tolerance);
  ASSERT_EQ(simulation.SpikeSteps("pre").size(), kPreMs.size());
  ASSERT_EQ(simulation.SpikeSteps("post").size(), kPostMs.size());
}

TEST(PublishedStdpPair, WeightFollowsTheOracleEventByEvent) {
  ExpectPublishedWeights(1, Precision::kFloat64, 0.6e-9);
}

TEST(PublishedStdpPair, StepLengthDoesNotMatter) {
  ExpectPublishedWeights(0.1, Precision::kFloat64, 0.6e-9);
}

TEST(PublishedStdpPair, Float32FollowsTheOracleToItsPrecision) {
  ExpectPublishedWeights(1, Precision::kFloat32, 1e-6);
}

}  // namespace
}  // namespace spiked::testing
