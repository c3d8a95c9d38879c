// SPDX-License-Identifier: Apache-2.0

#include "core/build/synapse_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/expected_synapses.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;

NetworkSpec TwoPopulations() {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("a", "spike_source", 3),
                         MakePopulation("b", "spike_source", 5)};
  return network;
}

ProjectionSpec Connect(const std::string& source, const std::string& target,
                       double weight, SynapseSpec synapse = {}) {
  return MakeProjection(source, target, PairwiseBernoulli{1}, weight, 1.0,
                        std::move(synapse));
}

std::vector<std::vector<size_t>> Grouped(const NetworkSpec& network) {
  std::vector<std::vector<size_t>> groups;
  for (const SynapseGroupSpec& group : GroupSynapses(
           network,
           ChooseWeightFormats(network, ExpectedSynapseCounts(network)))) {
    groups.push_back(group.projections);
  }
  return groups;
}

// Only plastic rules see which part of a delay is dendritic.
TEST(GroupSynapses, PlasticProjectionsThatDifferInDendriticDelaysAreApart) {
  NetworkSpec network = TwoPopulations();
  const SynapseSpec stdp = {"stdp_pair", {}};
  network.projections = {Connect("a", "a", 1), Connect("a", "b", 1),
                         Connect("b", "a", 1, stdp),
                         Connect("b", "b", 1, stdp)};
  network.projections[1].dendritic_delay_fraction = 1;
  network.projections[3].dendritic_delay_fraction = 1;
  EXPECT_THAT(Grouped(network),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2), ElementsAre(3)));
}

TEST(GroupSynapses, ProjectionsThatDifferInModelOrParametersAreApart) {
  NetworkSpec network = TwoPopulations();
  const SynapseSpec stdp = {"stdp_pair", {}};
  const SynapseSpec other = {"stdp_pair", {{"a_plus", 0.5}}};
  const SynapseSpec triplet = {"stdp_triplet", {}};
  const SynapseSpec set = {"stdp_triplet", {}, "hippocampus"};
  network.projections = {
      Connect("a", "a", 1),        Connect("a", "b", 1, stdp),
      Connect("b", "a", 1),        Connect("b", "b", 1, stdp),
      Connect("b", "a", 1, other), Connect("b", "a", 1, triplet),
      Connect("a", "a", 1, set)};
  EXPECT_THAT(Grouped(network),
              ElementsAre(ElementsAre(0, 2), ElementsAre(1, 3), ElementsAre(4),
                          ElementsAre(5), ElementsAre(6)));
}

TEST(GroupSynapses, TwoThatJoinTheSamePopulationsAreApart) {
  NetworkSpec network = TwoPopulations();
  network.projections = {Connect("a", "b", 1), Connect("a", "b", 1),
                         Connect("b", "a", 1)};
  EXPECT_THAT(Grouped(network), ElementsAre(ElementsAre(0, 2), ElementsAre(1)));
}

// So the populations of a synapse tell its projection.
TEST(GroupSynapses, EveryProjectionReadsItsOwnSynapses) {
  NetworkSpec network = TwoPopulations();
  network.projections = {Connect("a", "b", 1), Connect("a", "b", 2),
                         Connect("b", "a", 3), Connect("a", "a", 4)};
  network.projections[0].name = "first";
  testing::Simulation simulation(network);
  const size_t counts[] = {15, 15, 15, 6};
  for (int p = 0; p < 4; ++p) {
    EXPECT_EQ(simulation.network().projections[p].synapse_count,
              static_cast<int64_t>(counts[p]));
    const auto synapses = simulation.Synapses(p);
    ASSERT_EQ(synapses.size(), counts[p]);
    for (const SynapseReading& s : synapses) EXPECT_EQ(s.weight, p + 1);
  }
  EXPECT_EQ(simulation.network().synapse_count, 51);
}

// Groups onto different populations share the rows in which they count.
TEST(GroupSynapses, CountRowsAreThoseThatOnePopulationNeeds) {
  NetworkSpec network = MakeNetwork(1);
  for (int i = 0; i < 50; ++i) {
    const std::string name = absl::StrCat("p", i);
    network.populations.push_back(MakePopulation(name, "lif_exp", 3));
    network.projections.push_back(Connect(name, name, 1 + i));
    network.projections.push_back(Connect(name, name, 100 + i));
  }
  // One group onto all of them.
  for (int i = 0; i < 50; ++i) {
    network.projections.push_back(Connect("p0", absl::StrCat("p", i), 1000));
  }
  for (size_t i = 0; i < network.projections.size(); ++i) {
    network.projections[i].name = absl::StrCat("x", i);
  }
  const auto groups = GroupSynapses(
      network, ChooseWeightFormats(network, ExpectedSynapseCounts(network)));
  int rows = 0;
  for (const SynapseGroupSpec& group : groups) {
    EXPECT_EQ(group.weights.format, WeightFormat::kConstant);
    rows = std::max(rows, group.count_row + 1);
  }
  EXPECT_EQ(groups.size(), 101u);
  EXPECT_EQ(rows, 3);
  testing::Simulation simulation(network);
  EXPECT_EQ(simulation.network().input_rows.counts, 3);
  for (const Population& population : simulation.network().populations) {
    std::set<int> own;
    for (const auto& receptor : population.receptors) {
      for (const auto& counts : receptor.counts) {
        EXPECT_TRUE(own.insert(counts.row).second);
      }
    }
    EXPECT_EQ(own.size(), 3u);
  }
}

// Clients may send this: it must not take quadratic time.
TEST(GroupSynapses, ManyProjectionsBetweenTheSamePopulationsAreFast) {
  NetworkSpec network = TwoPopulations();
  for (int i = 0; i < 100000; ++i) {
    network.projections.push_back(Connect("a", "b", 1));
  }
  EXPECT_EQ(GroupSynapses(network, ChooseWeightFormats(
                                       network, ExpectedSynapseCounts(network)))
                .size(),
            100000u);
}

}  // namespace
}  // namespace spiked
