// SPDX-License-Identifier: Apache-2.0

#include "core/network/frozen_synapses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

// All pairs of three populations (except c to c) in one group.
NetworkSpec Grouped() {
  NetworkSpec network = MakeNetwork(1);
  for (const char* name : {"a", "b", "c"}) {
    network.populations.push_back(MakePopulation(name, "spike_source", 200));
  }
  for (const char* source : {"b", "a", "c"}) {
    for (const char* target : {"a", "b", "c"}) {
      if (std::string(source) == "c" && std::string(target) == "c") continue;
      network.projections.push_back(
          MakeProjection(source, target, PairwiseBernoulli{0.05}, 0.1,
                         DiscreteUniform{1, 3, 1}, {"stdp_pair", {}}));
    }
  }
  return network;
}

// Checks whether the synapses from one population to another are frozen, for
// every possible target slot.
void ExpectHeld(const Network& network, const FrozenSynapses& frozen,
                const std::string& source, const std::string& target,
                bool expected) {
  const Population& from = network.populations[network.FindPopulation(source)];
  const int to = network.FindPopulation(target);
  const int64_t first_row =
      from.first_neuron - network.groups[0].kernel->layout().first_source;
  for (size_t b = 0; b < network.blocks.size(); ++b) {
    const Run& run = network.blocks[b].runs[to];
    for (int64_t row = first_row; row < first_row + from.count; ++row) {
      const auto ranges = frozen.At(static_cast<int>(b), row);
      for (int64_t i = 0; i < run.count; ++i) {
        ASSERT_EQ(IsIn(ranges, run.first_slot + static_cast<uint32_t>(i)),
                  expected)
            << source << " to " << target << ", block " << b;
      }
    }
  }
}

TEST(FrozenSynapses, AreThoseOfTheProjectionsInEveryBlock) {
  const Simulation simulation(Grouped(), 3);
  const Network& network = simulation.network();
  ASSERT_EQ(network.groups.size(), 1u);
  ASSERT_GE(network.blocks.size(), 3u);
  std::vector<bool> frozen(network.projections.size());
  for (const char* name : {"a->b", "c->a", "c->b", "b->c"}) {
    frozen[network.FindProjection(name)] = true;
  }
  const auto switched = MakeSwitchedGroups(network, {0, 0}, frozen);
  ASSERT_EQ(switched.size(), 1u);
  ASSERT_EQ(switched[0].group, 0);
  ASSERT_NE(switched[0].frozen, nullptr);
  EXPECT_FALSE(switched[0].frozen->all());
  for (const Projection& p : network.projections) {
    ExpectHeld(network, *switched[0].frozen, network.populations[p.source].name,
               network.populations[p.target].name,
               frozen[network.FindProjection(p.name)]);
  }
}

TEST(FrozenSynapses, AreFoundByTheirIndex) {
  const Simulation simulation(Grouped(), 2);
  const Network& network = simulation.network();
  std::vector<bool> frozen(network.projections.size());
  for (const char* name : {"a->b", "c->a"}) {
    frozen[network.FindProjection(name)] = true;
  }
  const auto mask = MakeSwitchedGroups(network, {0}, frozen)[0].frozen;
  const SynapseLayout& layout = network.groups[0].kernel->layout();
  int64_t found = 0, expected = 0;
  for (int b = 0; b < static_cast<int>(network.blocks.size()); ++b) {
    for (int64_t row = 0; row < layout.source_count; ++row) {
      ForEachSynapse(layout, b, network.blocks[b].slot_count, row,
                     [&](const SynapseAt& at) {
                       const bool holds = mask->IsFrozen(layout, b, at.index);
                       EXPECT_EQ(holds, IsIn(mask->At(b, row), at.slot));
                       found += holds ? 1 : 0;
                     });
    }
  }
  for (size_t p = 0; p < frozen.size(); ++p) {
    if (frozen[p]) expected += network.projections[p].synapse_count;
  }
  EXPECT_EQ(found, expected);
  EXPECT_GT(found, 1000);
}

TEST(FrozenSynapses, OfAllProjectionsAreAll) {
  const Simulation simulation(Grouped());
  const Network& network = simulation.network();
  const std::vector<bool> all(network.projections.size(), true);
  EXPECT_TRUE(MakeSwitchedGroups(network, {0}, all)[0].frozen->all());
}

TEST(FrozenSynapses, OfNoProjectionAreNone) {
  const Simulation simulation(Grouped());
  const Network& network = simulation.network();
  const std::vector<bool> none(network.projections.size());
  EXPECT_EQ(MakeSwitchedGroups(network, {0}, none)[0].frozen, nullptr);
}

TEST(FrozenSynapses, OfOtherGroupsAreLeftAlone) {
  NetworkSpec spec = Grouped();
  spec.projections[4].synapse.parameters["a_plus"] = 0.5;
  const Simulation simulation(spec);
  const Network& network = simulation.network();
  ASSERT_EQ(network.groups.size(), 2u);
  const std::vector<bool> all(network.projections.size(), true);
  const auto switched = MakeSwitchedGroups(network, {1}, all);
  ASSERT_EQ(switched.size(), 1u);
  EXPECT_EQ(switched[0].group, 1);
  EXPECT_TRUE(switched[0].frozen->all());
}

TEST(FindProjection, FindsThemByName) {
  const Simulation simulation(Grouped());
  const Network& network = simulation.network();
  for (size_t p = 0; p < network.projections.size(); ++p) {
    EXPECT_EQ(network.FindProjection(network.projections[p].name),
              static_cast<int>(p));
  }
  EXPECT_EQ(network.FindProjection("c->c"), -1);
  EXPECT_EQ(network.FindProjection("z"), -1);
  EXPECT_EQ(network.FindProjection(""), -1);
}

}  // namespace
}  // namespace spiked
