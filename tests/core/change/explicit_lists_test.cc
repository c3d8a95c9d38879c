// SPDX-License-Identifier: Apache-2.0

#include "core/change/explicit_lists.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

// Unordered pairs, some of them repeated.
NetworkSpec Listed(Precision precision) {
  NetworkSpec spec = MakeNetwork(0.5, precision);
  spec.populations = {MakePopulation("a", "lif_exp", 90),
                      MakePopulation("b", "lif_exp", 70)};
  spec.inputs = {MakeInput("a", "poisson_background",
                           {{"rate_hz", 8000.0}, {"weight", 60.0}})};
  std::mt19937 random(5);
  const auto add = [&](const char* name, bool weights, bool delays,
                       SynapseSpec synapse) {
    ExplicitPairs pairs;
    std::vector<double> weight, delay_ms;
    for (int k = 0; k < 1500; ++k) {
      pairs.source_indices.push_back(static_cast<int32_t>(random() % 90));
      pairs.target_indices.push_back(static_cast<int32_t>(random() % 70));
      weight.push_back(static_cast<double>(random() % 1000) / 20);
      delay_ms.push_back(0.5 * static_cast<double>(1 + random() % 9));
    }
    spec.projections.push_back(MakeProjection(
        "a", "b", std::move(pairs), weights ? Value(weight) : Value(20.0),
        delays ? Value(delay_ms) : Value(2.0), std::move(synapse)));
    spec.projections.back().name = name;
    spec.projections.back().allow_multapses = true;
  };
  add("constant", false, false, {});
  add("delays", false, true, {});
  add("full", true, true, {});
  add("integers", true, true, {});
  spec.projections.back().weight_precision = WeightPrecision::kBits16;
  add("plastic", true, false, {"stdp_pair", {{"weight_max", 60.0}}});
  add("depressing", true, true, {"stp_tsodyks", {}});
  return spec;
}

class ExplicitLists : public ::testing::TestWithParam<Precision> {};

TEST_P(ExplicitLists, ComeBackFromTheNetwork) {
  const NetworkSpec spec = Listed(GetParam());
  Simulation original(spec, 2);
  NetworkSpec light = spec;
  DropExplicitLists(&light);
  for (const ProjectionSpec& p : light.projections) {
    EXPECT_TRUE(std::get<ExplicitPairs>(p.rule).source_indices.empty());
  }
  RestoreExplicitLists(original.network(), &light);
  Simulation restored(light);
  original.Run(400);
  restored.Run(400);
  EXPECT_GT(original.spikes().size(), 200u);
  EXPECT_EQ(restored.spikes(), original.spikes());
  EXPECT_EQ(restored.Hash(), original.Hash());
}

// Lists are kept if values are drawn in their order.
TEST_P(ExplicitLists, StayWhereWeightsAreDrawn) {
  NetworkSpec spec = Listed(GetParam());
  spec.projections[0].weight = Uniform{0, 40};
  DropExplicitLists(&spec);
  const auto size = [&](size_t p) {
    return std::get<ExplicitPairs>(spec.projections[p].rule)
        .source_indices.size();
  };
  EXPECT_EQ(size(0), 1500u);
  EXPECT_EQ(size(1), 0u);
}

INSTANTIATE_TEST_SUITE_P(Precisions, ExplicitLists,
                         ::testing::Values(Precision::kFloat32,
                                           Precision::kFloat64));

}  // namespace
}  // namespace spiked
