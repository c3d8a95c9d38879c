// SPDX-License-Identifier: Apache-2.0
//
// Triplet STDP with the published parameter sets of Pfister & Gerstner 2006,
// doi:10.1523/JNEUROSCI.1425-06.2006.
//
// Numbers: computed for this project by an independent program with the rule of
// NEST's stdp_triplet_synapse, unbounded weights that begin at 0.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

double WeightChange(SynapseSpec synapse, const std::vector<int64_t>& pre,
                    const std::vector<int64_t>& post, Precision precision) {
  synapse.parameters["weight_min"] = -0.99;
  synapse.parameters["weight_max"] = 0.99;
  NetworkSpec network = MakeNetwork(1, precision);
  AddSpikeSource(&network, "pre", {pre});
  AddSpikeSource(&network, "post", {post});
  network.projections = {
      MakeProjection("pre", "post", OneToOne{}, 0.0, 1.0, synapse)};
  Simulation simulation(network);
  simulation.Run(std::max(pre.back(), post.back()) + 2);
  EXPECT_EQ(simulation.SpikeSteps("pre"), pre);
  EXPECT_EQ(simulation.SpikeSteps("post"), post);
  return simulation.Synapses()[0].weight;
}

// The change by 60 pairings, one every `period_ms`, with the postsynaptic spike
// `lag_ms` after the presynaptic one.
double ChangeByPairings(const SynapseSpec& synapse, int64_t period_ms,
                        int64_t lag_ms, Precision precision) {
  std::vector<int64_t> pre, post;
  for (int64_t k = 0; k < 60; ++k) {
    pre.push_back(20 + k * period_ms);
    post.push_back(pre.back() + lag_ms);
  }
  return WeightChange(synapse, pre, post, precision);
}

struct Row {
  const char* model;
  const char* set;
  double pre_first[5];  // at 0.1, 10, 20, 40 and 50 Hz, 10 ms apart
  double post_first[5];
};
constexpr int64_t kPeriodsMs[] = {10000, 100, 50, 25, 20};
constexpr Row kTable[] = {
    {"stdp_triplet",
     "visual_cortex",
     {0, .13205, .24696, .53372, .74091},
     {-.31216, -.33362, -.35162, .15479, .72725}},
    {"stdp_triplet",
     "visual_cortex_minimal",
     {0, .11864, .22780, .53211, .76273},
     {-.31662, -.33221, -.34173, .17371, .74918}},
    {"stdp_triplet_nearest",
     "visual_cortex",
     {0, .10359, .32316, .56029, .62425},
     {-.29432, -.41129, -.33823, .25979, .61935}},
    {"stdp_triplet_nearest",
     "visual_cortex_minimal",
     {0, .10086, .32203, .56828, .63585},
     {-.35676, -.35561, -.27861, .28983, .62990}},
};

void ExpectTable(Precision precision, double tolerance) {
  for (const Row& row : kTable) {
    for (int64_t lag_ms : {10, -10}) {
      const double* const published =
          lag_ms > 0 ? row.pre_first : row.post_first;
      std::vector<double> ours;
      for (int64_t period_ms : kPeriodsMs) {
        ours.push_back(ChangeByPairings({row.model, {}, row.set}, period_ms,
                                        lag_ms, precision));
      }
      ExpectOracles(
          {"Pfister & Gerstner 2006, triplets",
           absl::StrCat(row.model, " ", row.set,
                        ", 60 pairings at 0.1, 10, 20, 40 and 50 Hz, lag ",
                        lag_ms, " ms"),
           "computed"},
          precision, ours, {published, published + 5}, tolerance);
    }
  }
}

TEST(PublishedTriplets, SixtyPairingsGiveTheTable) {
  ExpectTable(Precision::kFloat64, 0.51e-5);
}

TEST(PublishedTriplets, Float32GivesTheTableToItsPrecision) {
  ExpectTable(Precision::kFloat32, 2e-5);
}

TEST(PublishedTriplets, ShortTrainsGiveTheComputedWeights) {
  const auto change = [](const char* model, const char* set) {
    return WeightChange({model, {}, set}, {10, 30, 33, 60, 100},
                        {15, 18, 40, 58, 62, 95}, Precision::kFloat64);
  };
  const auto expect = [&](const char* model, const char* set, double oracle) {
    ExpectOracle({"Pfister & Gerstner 2006, triplets",
                  absl::StrCat(model, " ", set, ", short trains"), "computed"},
                 Precision::kFloat64, change(model, set), oracle, 0.51e-12);
  };
  expect("stdp_triplet", "visual_cortex", 0.005574237409);
  expect("stdp_triplet", "hippocampus", 0.024685027577);
  expect("stdp_triplet_nearest", "hippocampus", 0.024005414952);
}

}  // namespace
}  // namespace spiked::testing
