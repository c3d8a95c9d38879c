// SPDX-License-Identifier: Apache-2.0
//
// How weights are stored depends on a receptor of a population, and on nothing
// else in the network.

#include "core/build/weight_format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/expected_synapses.h"
#include "core/change/edit_spec.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

std::vector<WeightChoice> Choices(const NetworkSpec& network) {
  return ChooseWeightFormats(network, ExpectedSynapseCounts(network));
}

// All to all, in two populations of `size` neurons.
NetworkSpec TwoPopulations(int64_t size, Precision precision) {
  NetworkSpec network = MakeNetwork(0.1, precision);
  network.populations = {
      MakePopulation("a", "poisson_source", size, {{"rate_hz", 20.0}}),
      MakePopulation("b", "lif_exp_ei", size, {{"i_e_pa", 300.0}})};
  network.projections = {
      MakeProjection("a", "b", AllToAll{}, Normal{10, 1}, 1.0)};
  network.projections[0].name = "x";
  return network;
}

void AddOthers(NetworkSpec* network) {
  network->populations.push_back(MakePopulation("c", "lif_exp_ei", 130));
  network->projections.push_back(
      MakeProjection("c", "c", AllToAll{}, Normal{1, 0.1}, 1.0));
  network->projections.back().name = "y";
}

TEST(WeightFormat, ManyDrawnWeightsOfAReceptorTake16Bits) {
  EXPECT_EQ(Choices(TwoPopulations(362, Precision::kFloat32))[0].format,
            WeightFormat::kFull);
  EXPECT_EQ(Choices(TwoPopulations(363, Precision::kFloat32))[0].format,
            WeightFormat::kBits16);
}

TEST(WeightFormat, Float64KeepsFullWeightsUnlessAsked) {
  NetworkSpec network = TwoPopulations(2000, Precision::kFloat64);
  EXPECT_EQ(Choices(network)[0].format, WeightFormat::kFull);
  network.projections[0].weight_precision = WeightPrecision::kBits16;
  EXPECT_EQ(Choices(network)[0].format, WeightFormat::kBits16);
}

// With the others, the network has more than 131,072 drawn weights.
TEST(WeightFormat, WhatOthersHaveChangesNoWeight) {
  const NetworkSpec alone = TwoPopulations(350, Precision::kFloat32);
  NetworkSpec together = alone;
  AddOthers(&together);
  EXPECT_EQ(Choices(together)[0].format, WeightFormat::kFull);
  EXPECT_EQ(Choices(together)[1].format, WeightFormat::kFull);
  Simulation a(alone), b(together);
  a.Run(100);
  b.Run(100);
  const auto weights = [](const Simulation& simulation) {
    std::vector<double> all;
    for (const auto& synapse : simulation.Synapses(0)) {
      all.push_back(synapse.weight);
    }
    return all;
  };
  const std::vector<double> before = weights(a);
  EXPECT_EQ(weights(b), before);
  // By an edit in the middle, too.
  NetworkSpec others = alone;
  AddOthers(&others);
  EditSpec edit;
  edit.populations = {others.populations[2]};
  edit.projections = {others.projections[1]};
  ASSERT_TRUE(a.Edit(edit).ok());
  EXPECT_EQ(weights(a), before);
  a.Run(100);
  b.Run(100);
  for (int64_t i = 0; i < 350; ++i) {
    ASSERT_EQ(a.Variable("b", "v_mv", i), b.Variable("b", "v_mv", i)) << i;
  }
}

// An edit adds to the same receptor, beyond the limit and with larger weights.
TEST(WeightFormat, AnEditKeepsHowWeightsAreStored) {
  for (int64_t size : {350, 400}) {
    NetworkSpec network = TwoPopulations(size, Precision::kFloat32);
    const auto bits = size == 350 ? 32 : 16;
    Simulation simulation(network);
    simulation.Run(50);
    EXPECT_EQ(simulation.network().projections[0].weight_bits, bits);
    const auto weights = [&] {
      std::vector<double> all;
      for (const auto& synapse : simulation.Synapses(0)) {
        all.push_back(synapse.weight);
      }
      return all;
    };
    const std::vector<double> before = weights();
    EditSpec edit;
    for (double mean : {8.0, 0.1, 50.0}) {
      edit.projections.push_back(
          MakeProjection("a", "b", AllToAll{}, Normal{mean, 0.5}, 1.0));
      edit.projections.back().name = absl::StrCat("of", 10 * mean);
    }
    ASSERT_TRUE(simulation.Edit(edit).ok());
    EXPECT_EQ(simulation.network().projections[0].weight_bits, bits);
    EXPECT_EQ(weights(), before);
    // New weights take the unit that is there, if it suits them: those of 0.1
    // are too small for it, and those of 50 too large.
    const bool has_unit = bits == 16;
    EXPECT_EQ(simulation.network().projections[1].weight_bits, 16);
    EXPECT_EQ(simulation.network().projections[2].weight_bits, 32);
    EXPECT_EQ(simulation.network().projections[3].weight_bits,
              has_unit ? 32 : 16);
    simulation.Run(50);
  }
}

// `extra` populations with a constant weight of their own.
NetworkSpec Constants(int extra) {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {
      MakePopulation("source", "poisson_source", 50, {{"rate_hz", 100.0}}),
      MakePopulation("last", "lif_exp_ei", 10)};
  network.projections = {
      MakeProjection("source", "last", AllToAll{}, 1.23456789, 1.0)};
  for (int i = 0; i < extra; ++i) {
    const std::string name = absl::StrCat("p", i);
    network.populations.push_back(MakePopulation(name, "lif_exp_ei", 10));
    network.projections.insert(
        network.projections.begin(),
        MakeProjection("source", name, AllToAll{}, 2 + 0.1 * i, 1.0));
  }
  return network;
}

TEST(WeightFormat, ConstantWeightsElsewhereAreNoLimit) {
  Simulation few(Constants(0)), many(Constants(300));
  for (const WeightChoice& choice : Choices(Constants(300))) {
    EXPECT_EQ(choice.format, WeightFormat::kConstant);
  }
  few.Run(1000);
  many.Run(1000);
  for (int64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(few.Variable("last", "v_mv", i),
              many.Variable("last", "v_mv", i));
  }
}

TEST(WeightFormat, OneReceptorHasUpTo64ConstantWeights) {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {MakePopulation("p", "lif_exp_ei", 10)};
  for (int i = 0; i < 70; ++i) {
    network.projections.push_back(
        MakeProjection("p", "p", AllToAll{}, 1 + 0.1 * i, 1.0));
    network.projections.back().name = absl::StrCat("x", i);
  }
  const auto choices = Choices(network);
  EXPECT_EQ(choices[63].format, WeightFormat::kConstant);
  EXPECT_EQ(choices[64].format, WeightFormat::kFull);
}

}  // namespace
}  // namespace spiked
