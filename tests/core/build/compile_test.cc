// SPDX-License-Identifier: Apache-2.0

#include "core/build/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using ::testing::HasSubstr;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Pairs;
using testing::Simulation;

TEST(Compile, InvalidNetworkIsRefusedWithAllViolations) {
  NetworkSpec network = MakeNetwork(-1);
  network.populations = {MakePopulation("p", "izhikevitch", 0)};
  const auto result = Compile(network);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string text(result.status().message());
  EXPECT_THAT(text, HasSubstr("network.dt_ms: -1"));
  EXPECT_THAT(text, HasSubstr("network.populations[0].model: "));
  EXPECT_THAT(text, HasSubstr("network.populations[0].size: 0"));
}

TEST(Compile, NeuronsAreNumberedThroughThePopulationsInOrder) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("a", "izhikevich", 17),
                         MakePopulation("b", "spike_source", 3),
                         MakePopulation("c", "hindmarsh_rose", 16)};
  const Simulation simulation(network);
  const auto& populations = simulation.network().populations;
  EXPECT_EQ(populations[0].first_neuron, 0);
  EXPECT_EQ(populations[1].first_neuron, 17);
  EXPECT_EQ(populations[2].first_neuron, 20);
  EXPECT_EQ(simulation.network().neuron_count, 36);
  EXPECT_EQ(simulation.network().FindPopulation("c"), 2);
  EXPECT_EQ(simulation.network().FindPopulation("d"), -1);
}

TEST(Compile, RowsOfPopulationsArePadded) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("a", "izhikevich", 17),
                         MakePopulation("b", "izhikevich", 1),
                         MakePopulation("c", "izhikevich", 16)};
  const Simulation simulation(network);
  for (const Population& p : simulation.network().populations) {
    EXPECT_EQ(p.stride % 16, 0);
    EXPECT_GE(p.stride, p.count);
  }
}

TEST(Compile, NeuronsHaveTheirOwnParametersAndInitialValues) {
  NetworkSpec network = MakeNetwork(1);
  const std::vector<double> c = {-65, -60, -55}, v = {-70, -65, -61};
  network.populations = {
      MakePopulation("all", "izhikevich", 3, {{"c", c}}, {{"v_mv", v}})};
  for (int i = 0; i < 3; ++i) {
    network.populations.push_back(MakePopulation(absl::StrCat("only", i),
                                                 "izhikevich", 1, {{"c", c[i]}},
                                                 {{"v_mv", v[i]}}));
  }
  for (const PopulationSpec& p : network.populations) {
    network.stimuli.push_back(
        testing::MakeCurrent(network, p.name, {10}, 0, 1000));
  }
  Simulation simulation(network);
  for (int k = 0; k < 200; ++k) {
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(simulation.Variable("all", "v_mv", i),
                simulation.Variable(absl::StrCat("only", i), "v_mv"))
          << "neuron " << i << ", step " << k;
    }
    simulation.Run(1);
  }
}

TEST(Compile, UnnamedVariablesStartAtTheirDefaults) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {
      MakePopulation("p", "izhikevich", 2, {{"b", 0.25}},
                     {{"v_mv", std::vector<double>{-60, -70}}}),
      MakePopulation("q", "hindmarsh_rose", 1, {{"x1", -1.2}}, {{"z", 0.5}})};
  const Simulation simulation(network);
  EXPECT_EQ(simulation.Variable("p", "u", 0), 0.25 * -60);
  EXPECT_EQ(simulation.Variable("p", "u", 1), 0.25 * -70);
  EXPECT_EQ(simulation.Variable("q", "x"), -1.2);
  EXPECT_EQ(simulation.Variable("q", "y"), 0);
  EXPECT_EQ(simulation.Variable("q", "z"), 0.5);
}

TEST(Compile, DrawnInitialValuesDifferByNeuronAndVariable) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {
      MakePopulation("p", "izhikevich", 50, {},
                     {{"v_mv", Uniform{0, 1}}, {"u", Uniform{0, 1}}})};
  const Simulation simulation(network);
  std::set<double> values;
  for (int i = 0; i < 50; ++i) {
    values.insert(simulation.Variable("p", "v_mv", i));
    values.insert(simulation.Variable("p", "u", i));
  }
  EXPECT_EQ(values.size(), 100u);
}

TEST(Compile, ExplicitPairsTakeListsOfWeightsAndDelays) {
  NetworkSpec network = MakeNetwork(0.5);
  network.populations = {MakePopulation("p", "spike_source", 4)};
  network.projections = {MakeProjection(
      "p", "p", Pairs({{2, 3}, {0, 0}, {2, 1}, {2, 3}}),
      std::vector<double>{10, 20, 30, 40}, std::vector<double>{1, 2, 1, 3.5})};
  const auto synapses = Simulation(network).Synapses();
  ASSERT_EQ(synapses.size(), 4u);
  // Ordered by source, then descending delay, then target.
  const double expected[][4] = {
      {0, 0, 4, 20}, {2, 3, 7, 40}, {2, 1, 2, 30}, {2, 3, 2, 10}};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(synapses[i].source, expected[i][0]);
    EXPECT_EQ(synapses[i].target, expected[i][1]);
    EXPECT_EQ(synapses[i].delay_steps, expected[i][2]);
    EXPECT_EQ(synapses[i].weight, expected[i][3]);
  }
}

TEST(Compile, MaxDelayIsTheLongestOfAnyProjection) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "spike_source", 2)};
  EXPECT_EQ(Simulation(network).network().max_delay_steps, 1);
  network.projections = {
      MakeProjection("p", "p", AllToAll{}, 1.0, 7.0),
      MakeProjection("p", "p", AllToAll{}, 1.0, 3.0, {"stdp_pair", {}})};
  network.projections[0].name = "static";
  EXPECT_EQ(Simulation(network).network().max_delay_steps, 7);
}

TEST(Compile, ProjectionWithoutSynapsesIsAllowed) {
  NetworkSpec network = MakeNetwork(1);
  testing::AddSpikeSource(&network, "p", {{0, 1}, {2}});
  for (const char* model :
       {"static", "stdp_pair", "stdp_triplet", "stp_markram", "stp_tsodyks"}) {
    network.projections.push_back(
        MakeProjection("p", "p", PairwiseBernoulli{0}, 0.5, 1.0, {model, {}}));
    network.projections.back().name = model;
  }
  Simulation simulation(network);
  simulation.Run(10);
  EXPECT_EQ(simulation.network().synapse_count, 0);
  for (int p = 0; p < 4; ++p) EXPECT_TRUE(simulation.Synapses(p).empty());
  EXPECT_EQ(simulation.spikes().size(), 3u);
}

TEST(Compile, NetworkKnowsWhatItWasMadeFrom) {
  NetworkSpec network = MakeNetwork(0.25, Precision::kFloat32);
  network.seed = -5;
  network.populations = {MakePopulation("p", "izhikevich", 6)};
  network.populations[0].column_count = 3;
  network.populations[0].layer = "L4";
  const Simulation simulation(network);
  EXPECT_EQ(simulation.network().dt_ms, 0.25);
  EXPECT_EQ(simulation.network().precision, Precision::kFloat32);
  EXPECT_EQ(simulation.network().seed, -5);
  EXPECT_EQ(simulation.network().populations[0].column_count, 3);
  EXPECT_EQ(simulation.network().populations[0].layer, "L4");
}

}  // namespace
}  // namespace spiked
