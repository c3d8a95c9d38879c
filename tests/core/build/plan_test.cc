// SPDX-License-Identifier: Apache-2.0

#include "core/build/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;

// Two groups: drawn weights of two projections, and one weight for all.
NetworkSpec TwoGroups() {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("a", "lif_exp", 100),
                      MakePopulation("b", "lif_exp", 50)};
  spec.projections = {
      MakeProjection("a", "b", FixedIndegree{10}, Uniform{0, 1}, 1.0),
      MakeProjection("a", "a", FixedOutdegree{5}, 2.0, 3.0),
      MakeProjection("b", "a", PairwiseBernoulli{0.5}, Uniform{0, 1},
                     DiscreteUniform{2, 4, 1}),
  };
  return spec;
}

TEST(Plan, SaysWhatWillBeBuilt) {
  const NetworkSpec spec = TwoGroups();
  const NetworkPlan plan = Plan(spec);
  EXPECT_TRUE(plan.violations.empty());
  EXPECT_EQ(plan.neuron_count, 150);
  EXPECT_THAT(plan.synapse_counts, ElementsAre(500, 500, 2500));
  EXPECT_EQ(plan.synapse_count, 3500);
  ASSERT_EQ(plan.groups.size(), 2u);
  EXPECT_THAT(plan.groups[0].spec.projections, ElementsAre(0, 2));
  EXPECT_EQ(plan.groups[0].sources.size(), 2u);
  EXPECT_EQ(plan.groups[0].synapse_count, 3000);
  EXPECT_EQ(plan.groups[0].delays.count(), 4);
  EXPECT_EQ(plan.groups[0].sources[0].delays.count(), 1);
  EXPECT_EQ(plan.groups[0].delays.longest(), 4);
  EXPECT_EQ(plan.weights[1].format, WeightFormat::kConstant);
}

TEST(Plan, OfAnInvalidNetworkHasAllViolationsAndNothingElse) {
  NetworkSpec spec = TwoGroups();
  spec.populations[0].size = 0;
  spec.projections[1].target = "c";
  const NetworkPlan plan = Plan(spec, "net");
  EXPECT_EQ(plan.violations.size(), 2u);
  EXPECT_THAT(plan.violations.Text(), HasSubstr("net.projections[1].target"));
  EXPECT_TRUE(plan.groups.empty());
  EXPECT_EQ(Compile(plan).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Compile(plan).status().message(),
              HasSubstr("net.populations[0].size"));
}

TEST(Plan, IsBuiltAsItStands) {
  const NetworkSpec spec = TwoGroups();
  const NetworkPlan plan = Plan(spec);
  for (int thread_count : {1, 3}) {
    const auto network = Compile(plan, thread_count);
    ASSERT_TRUE(network.ok());
    ASSERT_EQ((*network)->groups.size(), plan.groups.size());
    for (size_t i = 0; i < plan.groups.size(); ++i) {
      const SynapseLayout& layout = (*network)->groups[i].kernel->layout();
      EXPECT_EQ(layout.format, plan.groups[i].spec.weights.format);
      EXPECT_EQ(static_cast<double>(layout.delays.size()),
                plan.groups[i].delays.count());
    }
    const Estimate estimate = EstimateNetwork(plan, thread_count);
    EXPECT_EQ(estimate.neuron_count, (*network)->neuron_count);
    EXPECT_EQ(estimate.synapse_count, plan.synapse_count);
  }
}

}  // namespace
}  // namespace spiked
