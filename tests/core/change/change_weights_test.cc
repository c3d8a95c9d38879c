// SPDX-License-Identifier: Apache-2.0

#include "core/change/change_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/weight_format.h"
#include "core/change/change.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::AddSpikeSource;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

ChangeSpec Set(const std::string& projection, Value value) {
  return SetWeightsSpec{projection, std::move(value)};
}
ChangeSpec Multiply(const std::string& projection, double factor) {
  return SetWeightsSpec{projection, WeightFactor{factor}};
}

std::vector<double> Weights(const Simulation& simulation, int projection = 0) {
  std::vector<double> weights;
  for (const SynapseReading& s : simulation.Synapses(projection)) {
    weights.push_back(s.weight);
  }
  return weights;
}

// A way to store the weights of "k".
struct Storage {
  const char* name;
  bool dense;
  Value weight;
  WeightPrecision precision;
  std::string synapse;
  int bits;
};
std::ostream& operator<<(std::ostream& out, const Storage& storage) {
  return out << storage.name;
}

class EveryStorage
    : public ::testing::TestWithParam<std::pair<Storage, Precision>> {
 protected:
  const Storage& storage() const { return GetParam().first; }

  // Sources that spike now and then, and target neurons that sum up their input
  // without leak.
  NetworkSpec Network(const Value& weight) const {
    NetworkSpec network = MakeNetwork(1, GetParam().second);
    std::vector<std::vector<int64_t>> steps;
    for (int64_t i = 0; i < 70; ++i) {
      steps.push_back({1 + i % 5, 8 + i % 7, 20 + i % 3, 30});
    }
    AddSpikeSource(&network, "source", steps);
    network.populations.push_back(MakePopulation(
        "sink", "lif_delta", 90, {{"tau_m_ms", 1e9}, {"v_th_mv", 1e6}}));
    network.projections = {MakeProjection(
        "source", "sink",
        storage().dense ? ConnectionRule(AllToAll{})
                        : ConnectionRule(PairwiseBernoulli{0.3}),
        weight, storage().dense ? Value(2.0) : Value(DiscreteUniform{1, 4, 1}),
        {storage().synapse, {}})};
    network.projections[0].name = "k";
    network.projections[0].weight_precision = storage().precision;
    return network;
  }

  std::vector<double> Sums(const Simulation& simulation) const {
    std::vector<double> sums;
    for (int64_t i = 0; i < 90; ++i) {
      sums.push_back(simulation.Variable("sink", "v_mv", i));
    }
    return sums;
  }
};

TEST_P(EveryStorage, IsWhatTheTestMeans) {
  const Simulation simulation(Network(storage().weight));
  EXPECT_EQ(simulation.network().projections[0].weight_bits,
            storage().bits > 0 && storage().bits != 16
                ? (GetParam().second == Precision::kFloat64 ? 64 : 32)
                : storage().bits);
  EXPECT_EQ(simulation.network().groups[0].kernel->layout().dense,
            storage().dense);
}

// Doubled weights have the same effect as a network built with doubled weights:
// exactly, because 2 is a power of two.
TEST_P(EveryStorage, AFactorAtTheStartIsAsIfBuiltSo) {
  Simulation simulation(Network(storage().weight));
  const std::vector<double> before = Weights(simulation);
  ASSERT_EQ(simulation.Change({Multiply("k", 0.5)}).Text(), "");
  const std::vector<double> after = Weights(simulation);
  ASSERT_EQ(after.size(), before.size());
  ASSERT_GT(after.size(), 1000u);
  const double unit = simulation.network().populations[1].receptors[0].unit;
  const double tolerance = storage().bits == 16 ? 0.500001 * unit : 0;
  for (size_t i = 0; i < after.size(); ++i) {
    ASSERT_NEAR(after[i], 0.5 * before[i], tolerance);
  }
}

// New weights act on arrivals after the step of the change.
TEST_P(EveryStorage, ActsOnWhatArrivesLater) {
  constexpr int64_t kAt = 10;
  Simulation before(Network(storage().weight));
  Simulation changed(Network(storage().weight));
  ASSERT_EQ(changed.Change({Multiply("k", 0)}, kAt).Text(), "");
  before.Run(kAt + 1);
  changed.Run(kAt + 1);
  EXPECT_EQ(Sums(changed), Sums(before));
  const std::vector<double> sums = Sums(changed);
  EXPECT_NE(sums, std::vector<double>(sums.size(), -70));
  before.Run(1);
  EXPECT_NE(Sums(before), sums);
  changed.Run(25);
  for (int64_t i = 0; i < 90; ++i) {
    EXPECT_NEAR(changed.Variable("sink", "v_mv", i), sums[i], 1e-3);
  }
}

// The weights that are read are the weights that act, for all synapses.
TEST_P(EveryStorage, WhatIsReadActs) {
  if (storage().synapse != "static") return;  // others deliver other amounts
  Simulation simulation(Network(storage().weight));
  ASSERT_EQ(simulation.Change({Multiply("k", 0.75)}).Text(), "");
  std::vector<double> expected(90, -70);
  for (const SynapseReading& s : simulation.Synapses()) {
    for (int64_t step :
         {1 + s.source % 5, 8 + s.source % 7, 20 + s.source % 3, 30}) {
      if (step + s.delay_steps <= 30) expected[s.target] += s.weight;
    }
  }
  simulation.Run(31);
  for (int64_t i = 0; i < 90; ++i) {
    EXPECT_NEAR(simulation.Variable("sink", "v_mv", i), expected[i], 2e-3);
  }
}

TEST_P(EveryStorage, CopiesAndThreadsGiveTheSameBits) {
  Simulation one(Network(storage().weight));
  ASSERT_EQ(one.Change({Multiply("k", 0.5)}, 7).Text(), "");
  ASSERT_EQ(one.Change({Multiply("k", 1.5)}, 12).Text(), "");
  one.Run(60);
  for (int threads : {2, 5}) {
    Simulation more(Network(storage().weight), threads);
    more.Run(7);
    ASSERT_EQ(more.Change({Multiply("k", 0.5)}).Text(), "");
    const State copy = more.state();
    ASSERT_EQ(more.Change({Multiply("k", 1.5)}, 8).Text(), "");
    more.Run(5);
    more.state() = copy;  // made before the second change
    more.Run(5);
    ASSERT_EQ(more.Change({Multiply("k", 1.5)}).Text(), "");
    more.Run(48);
    EXPECT_EQ(Sums(more), Sums(one)) << threads;
    EXPECT_EQ(more.Hash(), one.Hash()) << threads;
  }
}

TEST_P(EveryStorage, ConstantForAll) {
  Simulation simulation(Network(storage().weight));
  ASSERT_EQ(simulation.Change({Set("k", 0.25)}).Text(), "");
  const double unit = simulation.network().populations[1].receptors[0].unit;
  for (double w : Weights(simulation)) {
    ASSERT_NEAR(w, 0.25, storage().bits == 16 ? 0.5 * unit : 1e-12);
  }
  // A new state has the old weights.
  const std::vector<double> built =
      Weights(Simulation(Network(storage().weight)));
  simulation.state() = MakeState(simulation.network());
  EXPECT_EQ(Weights(simulation), built);
}

// Sets the weight of each synapse, where weights are stored one by one.
TEST_P(EveryStorage, OneByOne) {
  Simulation simulation(Network(storage().weight));
  const auto synapses = simulation.Synapses();
  const SynapseReading& some = synapses[123];
  const PairWeights pair = {{some.source}, {some.target}, {0.125}};
  const std::string problem =
      simulation.Change({SetWeightsSpec{"k", pair}}).Text();
  if (storage().bits == 0) {
    EXPECT_EQ(problem,
              "changes[0].set_weights.pairs: the weights of \"k\" are all the "
              "same, and none is stored (weight_bits 0); give one constant for "
              "all, or a factor");
    return;
  }
  ASSERT_EQ(problem, "");
  std::vector<double> expected;
  for (const SynapseReading& s : synapses) expected.push_back(s.weight);
  const std::vector<double> weights = Weights(simulation);
  EXPECT_NEAR(weights[123], 0.125, 2e-4);
  expected[123] = weights[123];
  EXPECT_EQ(weights, expected);

  // Lists are in the order in which synapses are read.
  for (double& w : expected) w = 0.5 * w + 0.0625;
  ASSERT_EQ(simulation.Change({Set("k", expected)}).Text(), "");
  const std::vector<double> listed = Weights(simulation);
  for (size_t i = 0; i < listed.size(); ++i) {
    ASSERT_NEAR(listed[i], expected[i], storage().bits == 16 ? 2e-4 : 1e-7);
  }
}

TEST_P(EveryStorage, DrawsAreFunctionsOfTheStep) {
  if (storage().bits == 0) return;
  const auto draw = [&](int64_t step, int threads) {
    Simulation simulation(Network(storage().weight), threads);
    EXPECT_EQ(simulation.Change({Set("k", Uniform{0.1, 0.9})}, step).Text(),
              "");
    simulation.Run(step);
    ApplyDueChanges(simulation.network(), simulation.state());
    return Weights(simulation);
  };
  const std::vector<double> drawn = draw(0, 1);
  EXPECT_EQ(draw(0, 3), drawn);
  EXPECT_NE(draw(1, 1), drawn);
  double sum = 0;
  for (double w : drawn) {
    EXPECT_TRUE(w > 0.0999 && w < 0.9001) << w;
    sum += w;
  }
  const auto n = static_cast<double>(drawn.size());
  EXPECT_NEAR(sum / n, 0.5, 4.5 * 0.8 / std::sqrt(12 * n));
}

std::vector<std::pair<Storage, Precision>> Storages() {
  const Value drawn = Uniform{0.1, 1};
  constexpr auto kAuto = WeightPrecision::kAuto;
  constexpr auto kBits16 = WeightPrecision::kBits16;
  const std::vector<Storage> storages = {
      {"Constant", false, 0.5, kAuto, "static", 0},
      {"ConstantDense", true, 0.5, kAuto, "static", 0},
      {"Bits16", false, drawn, kBits16, "static", 16},
      {"Bits16Dense", true, drawn, kBits16, "static", 16},
      {"Full", false, drawn, kAuto, "static", 32},
      {"FullDense", true, drawn, kAuto, "static", 32},
      {"Tsodyks", false, drawn, kAuto, "stp_tsodyks", 32},
      {"Markram", false, drawn, kAuto, "stp_markram", 32},
      {"Pair", false, drawn, kAuto, "stdp_pair", 32},
      {"Triplet", false, drawn, kAuto, "stdp_triplet", 32},
  };
  std::vector<std::pair<Storage, Precision>> all;
  for (const Storage& storage : storages) {
    all.emplace_back(storage, Precision::kFloat32);
    all.emplace_back(storage, Precision::kFloat64);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(ChangeWeights, EveryStorage,
                         ::testing::ValuesIn(Storages()), [](const auto& info) {
                           return std::string(info.param.first.name) +
                                  (info.param.second == Precision::kFloat64
                                       ? "Float64"
                                       : "Float32");
                         });

// Several groups act on one receptor, and each keeps its own weight.
TEST(ChangeWeights, ConstantsOfOneReceptorChangeOneByOne) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "a", {{1, 5}});
  AddSpikeSource(&network, "b", {{1, 5}});
  network.populations.push_back(
      MakePopulation("sink", "lif_delta", 1, {{"tau_m_ms", 1e9}}));
  network.projections = {MakeProjection("a", "sink", AllToAll{}, 1.0, 1.0),
                         MakeProjection("b", "sink", AllToAll{}, 2.0, 1.0)};
  Simulation simulation(network);
  simulation.Run(2);  // both have arrived and are counted
  ASSERT_EQ(simulation.Change({Set("b->sink", 7.0)}).Text(), "");
  simulation.Run(1);
  EXPECT_NEAR(simulation.Variable("sink", "v_mv"), -67, 1e-6);
  simulation.Run(5);
  EXPECT_NEAR(simulation.Variable("sink", "v_mv"), -59, 1e-6);
  EXPECT_THAT(Weights(simulation, 0), ElementsAre(1));
  EXPECT_THAT(Weights(simulation, 1), ElementsAre(7));
}

NetworkSpec CountedTogether() {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "a", {{1, 5}});
  AddSpikeSource(&network, "b", {{1, 5}});
  for (const char* name : {"sink", "other"}) {
    network.populations.push_back(
        MakePopulation(name, "lif_delta", 1, {{"tau_m_ms", 1e9}}));
  }
  for (const char* source : {"a", "b"}) {
    network.projections.push_back(
        MakeProjection(source, "sink", PairwiseBernoulli{1}, 1.0, 1.0));
  }
  network.projections.push_back(
      MakeProjection("a", "other", PairwiseBernoulli{1}, 1.0, 1.0));
  return network;
}

TEST(ChangeWeights, WhatIsCountedTogetherChangesTogether) {
  Simulation simulation(CountedTogether());
  ASSERT_EQ(simulation.network().groups.size(), 1u);
  EXPECT_EQ(simulation.Change({Set("a->sink", 2.0)}).Text(),
            "changes[0].set_weights.projection: arrivals of \"a->sink\" and "
            "\"b->sink\" are counted together, because their weights are the "
            "same; give both the same new weight or factor in one request");
  EXPECT_THAT(
      simulation.Change({Multiply("a->sink", 2), Multiply("b->sink", 3)})
          .Text(),
      HasSubstr("counted together"));
  ASSERT_EQ(simulation.Change({Multiply("a->sink", 3), Multiply("b->sink", 3)})
                .Text(),
            "");
  ASSERT_EQ(simulation.Change({Set("a->other", 0.5)}).Text(), "");
  simulation.Run(5);
  EXPECT_NEAR(simulation.Variable("sink", "v_mv"), -64, 1e-6);
  EXPECT_NEAR(simulation.Variable("other", "v_mv"), -69.5, 1e-6);
  for (int p : {0, 1}) EXPECT_THAT(Weights(simulation, p), ElementsAre(3));
  EXPECT_THAT(Weights(simulation, 2), ElementsAre(0.5));
}

// Changes that were put off are made first; then the weight is the one that was
// set.
TEST(ChangeWeights, OfPlasticSynapsesAreCurrent) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "pre", {{2, 40}});
  AddSpikeSource(&network, "post", {{6}});
  network.projections = {MakeProjection(
      "pre", "post", AllToAll{}, 0.5, 1.0,
      {"stdp_pair",
       {{"a_plus", 0.1}, {"a_minus", 0.0}, {"tau_plus_ms", 20.0}}})};
  Simulation simulation(network);
  simulation.Run(10);
  // Arrival at the end of step 2, postsynaptic spike at the end of step 6.
  const double learned = 0.1 * std::exp(-4.0 / 20);
  EXPECT_NEAR(Weights(simulation)[0], 0.5 + learned, 1e-12);
  ASSERT_EQ(simulation.Change({Multiply("pre->post", 0.5)}).Text(), "");
  EXPECT_NEAR(Weights(simulation)[0], 0.5 * (0.5 + learned), 1e-12);
  simulation.Run(50);  // the second arrival changes nothing
  EXPECT_NEAR(Weights(simulation)[0], 0.5 * (0.5 + learned), 1e-12);
}

TEST(ChangeWeights, PlasticOnesStayWithinTheirBounds) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "spike_source", 4)};
  network.projections = {MakeProjection("p", "p", AllToAll{}, 0.5, 1.0,
                                        {"stdp_pair", {{"weight_max", 2.0}}})};
  Simulation simulation(network);
  EXPECT_THAT(simulation.Change({Set("p->p", 2.5)}).Text(),
              HasSubstr("weights of \"p->p\" must be in [0, 2]"));
  EXPECT_THAT(simulation.Change({Set("p->p", Normal{1, 0.1})}).Text(),
              HasSubstr("must be in [0, 2]"));
  EXPECT_EQ(simulation.Change({Multiply("p->p", 100)}).Text(), "");
  for (double w : Weights(simulation)) EXPECT_EQ(w, 2);
}

TEST(ChangeWeights, SixteenBitsHoldEightTimesTheLargest) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "lif_delta", 50)};
  network.projections = {
      MakeProjection("p", "p", AllToAll{}, Uniform{1, 2}, 1.0)};
  network.projections[0].weight_precision = WeightPrecision::kBits16;
  Simulation simulation(network);
  EXPECT_EQ(simulation.Change({Set("p->p", -16.0)}).Text(), "");
  for (double w : Weights(simulation)) ASSERT_NEAR(w, -16, 3e-4);
  EXPECT_THAT(simulation.Change({Set("p->p", 16.1)}).Text(),
              HasSubstr("which is what their 16 bits hold"));
  EXPECT_THAT(simulation.Change({Multiply("p->p", -1.5)}).Text(),
              HasSubstr("changes[0].set_weights.factor: -1.5 makes 24"));
  EXPECT_EQ(simulation.Change({Multiply("p->p", -1)}).Text(), "");
  for (double w : Weights(simulation)) ASSERT_NEAR(w, 16, 3e-4);
}

// The sums of these weights leave 16 bits.
TEST(ChangeWeights, LargeSixteenBitWeightsAddUp) {
  NetworkSpec network = MakeNetwork(1);
  std::vector<std::vector<int64_t>> steps(300, {1});
  AddSpikeSource(&network, "source", steps);
  network.populations.push_back(MakePopulation(
      "sink", "lif_delta", 70, {{"tau_m_ms", 1e9}, {"v_th_mv", 1e6}}));
  network.projections = {MakeProjection(
      "source", "sink", PairwiseBernoulli{0.9}, Uniform{1, 2}, 1.0)};
  network.projections[0].weight_precision = WeightPrecision::kBits16;
  Simulation simulation(network);
  ASSERT_EQ(simulation.Change({Multiply("source->sink", 8)}).Text(), "");
  std::vector<double> expected(70, -70);
  for (const SynapseReading& s : simulation.Synapses()) {
    expected[s.target] += s.weight;
  }
  simulation.Run(3);
  for (int i = 0; i < 70; ++i) {
    EXPECT_GT(expected[i], 2000);
    EXPECT_NEAR(simulation.Variable("sink", "v_mv", i), expected[i], 1e-3);
  }
}

TEST(ChangeWeights, AllSynapsesOfAPairGetTheWeight) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "spike_source", 3)};
  network.projections = {MakeProjection(
      "p", "p", testing::Pairs({{0, 1}, {0, 1}, {0, 2}, {2, 1}, {0, 1}}),
      std::vector{.1, .2, .3, .4, .5}, std::vector{1., 2., 1., 1., 1.})};
  Simulation simulation(network);
  // If a pair is listed twice, its last weight counts.
  ASSERT_EQ(simulation
                .Change({SetWeightsSpec{
                    "p->p", PairWeights{{2, 0, 2}, {1, 1, 1}, {7, 8, 9}}}})
                .Text(),
            "");
  EXPECT_THAT(Weights(simulation), ElementsAre(8, 8, 8, 0.3, 9));
}

}  // namespace
}  // namespace spiked
