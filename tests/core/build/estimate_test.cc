// SPDX-License-Identifier: Apache-2.0

#include "core/build/estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked {
namespace {

using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

NetworkSpec Projecting(const std::string& source, const std::string& target,
                       ConnectionRule rule, ColumnRestriction columns,
                       bool autapses) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("a", "izhikevich", 60),
                         MakePopulation("b", "izhikevich", 60)};
  for (PopulationSpec& p : network.populations) p.column_count = 4;
  network.projections = {
      MakeProjection(source, target, std::move(rule), 1.0, 1.0)};
  network.projections[0].columns = columns;
  network.projections[0].allow_autapses = autapses;
  return network;
}

TEST(Estimate, CountOfDeterministicRulesIsExact) {
  for (const char* target : {"a", "b"}) {
    for (const ConnectionRule& rule :
         {ConnectionRule(AllToAll{}), ConnectionRule(OneToOne{}),
          ConnectionRule(PairwiseBernoulli{1})}) {
      for (ColumnRestriction columns :
           {ColumnRestriction::kAny, ColumnRestriction::kSame,
            ColumnRestriction::kOther}) {
        for (bool autapses : {false, true}) {
          const NetworkSpec network =
              Projecting("a", target, rule, columns, autapses);
          EXPECT_EQ(EstimateNetwork(network).synapse_count,
                    Simulation(network).network().synapse_count)
              << target << ", rule " << rule.index() << ", columns "
              << static_cast<int>(columns) << ", autapses " << autapses;
        }
      }
    }
  }
}

TEST(Estimate, CountOfBernoulliIsTheMean) {
  const NetworkSpec network = Projecting("a", "a", PairwiseBernoulli{0.25},
                                         ColumnRestriction::kOther, false);
  EXPECT_EQ(EstimateNetwork(network).synapse_count, 0.25 * 60 * 45);
  EXPECT_NEAR(static_cast<double>(Simulation(network).network().synapse_count),
              0.25 * 60 * 45, 4.5 * testing::BinomialStd(60 * 45, 0.25));
}

TEST(Estimate, CountOfExplicitPairsIsTheirLength) {
  EXPECT_EQ(
      EstimateNetwork(Projecting("a", "b", testing::Pairs({{0, 0}, {0, 0}}),
                                 ColumnRestriction::kAny, false))
          .synapse_count,
      2);
}

TEST(Estimate, CountOfDrawnNumbersIsWhatIsAskedFor) {
  const auto count = [](ConnectionRule rule, ColumnRestriction columns) {
    return EstimateNetwork(
               Projecting("a", "a", std::move(rule), columns, false))
        .synapse_count;
  };
  for (ColumnRestriction columns :
       {ColumnRestriction::kAny, ColumnRestriction::kSame,
        ColumnRestriction::kOther}) {
    EXPECT_EQ(count(FixedIndegree{7}, columns), 7 * 60);
    EXPECT_EQ(count(FixedOutdegree{14}, columns), 14 * 60);
    EXPECT_EQ(count(FixedTotalNumber{123}, columns), 123);
  }
}

TEST(Estimate, CountOfDegreesDoesNotOverflow) {
  NetworkSpec network = Projecting("a", "b", FixedIndegree{(1LL << 31) - 1},
                                   ColumnRestriction::kAny, false);
  network.populations[1].size = int64_t{1} << 30;
  EXPECT_DOUBLE_EQ(EstimateNetwork(network).synapse_count,
                   2147483647.0 * (int64_t{1} << 30));
}

// So many projections on so many threads that blocks are taken to be equal: the
// estimate goes on as it does below.
TEST(Estimate, GoesOnWhereBlocksAreTakenToBeEqual) {
  constexpr int kThreads = 128;
  const auto bytes_per_projection = [](int count) {
    NetworkSpec network = MakeNetwork(1);
    network.populations = {MakePopulation("a", "lif_exp", 64 * kThreads)};
    network.projections.assign(
        count, MakeProjection("a", "a", FixedTotalNumber{1000}, 1.0, 1.0));
    for (int i = 0; i < count; ++i) {
      network.projections[i].name = absl::StrCat("p", i);
    }
    return EstimateNetwork(network, kThreads).bytes / count;
  };
  // The threshold is at 2^22 / 128 = 32,768.
  EXPECT_NEAR(bytes_per_projection(33'000) / bytes_per_projection(32'500), 1,
              1e-3);
}

// The bytes of a source grow with the number of different delays, from the
// shortest to the longest likely one.
TEST(Estimate, DelaysAreThoseThatAreLikely) {
  const auto bytes = [](Value delay_ms) {
    NetworkSpec network = MakeNetwork(1);
    network.populations = {MakePopulation("a", "izhikevich", 1000)};
    network.projections = {MakeProjection("a", "a", PairwiseBernoulli{0.1}, 1.0,
                                          std::move(delay_ms))};
    return EstimateNetwork(network).bytes;
  };
  const double of_100 = bytes(DiscreteUniform{1, 100, 1});
  EXPECT_EQ(bytes(Normal{40, 10}), of_100);
  EXPECT_EQ(bytes(Normal{40, 100, 1, 100, OutOfBounds::kClip}), of_100);
  EXPECT_EQ(bytes(Lognormal{std::log(100) - 6, 1}), of_100);
  EXPECT_EQ(bytes(Lognormal{1, 3, 0, 100}), of_100);
  EXPECT_EQ(bytes(Mixture{{{0.5, Normal{40, 10}}, {0.5, 3.0}}}), of_100);
  const double always_100 = bytes(100.0);
  EXPECT_LT(always_100, 0.8 * of_100);
  EXPECT_EQ(bytes(Normal{1, 1, 100, 200, OutOfBounds::kClip}), always_100);
  EXPECT_EQ(bytes(Lognormal{std::log(100), 0}), always_100);
  EXPECT_EQ(bytes(Lognormal{std::log(100) - 6 * 0.1, 0.1}),
            bytes(DiscreteUniform{30, 100, 1}));
}

TEST(Estimate, NeuronsAreCountedOverPopulations) {
  EXPECT_EQ(
      EstimateNetwork(testing::MakeColumnarNetwork(Precision::kFloat32, 1))
          .neuron_count,
      123);
}

// The actual bytes of a state.
double StateBytes(const Network& network, const State& state) {
  auto bytes = static_cast<double>(state.variables.bytes());
  for (const BlockState& block : state.blocks) {
    bytes += static_cast<double>(block.input.sums.bytes());
  }
  return bytes + static_cast<double>(network.synapse_count) *
                     static_cast<double>(network.scalar_bytes());
}

// The estimate covers the network and the state, so it exceeds the state and
// the tables, but not by an order of magnitude.
TEST(Estimate, BytesCoverWhatAPlasticNetworkTakes) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = MakeNetwork(1, precision);
    network.populations = {MakePopulation("a", "izhikevich", 1000)};
    network.projections = {
        MakeProjection("a", "a", PairwiseBernoulli{0.5}, Uniform{0, 1},
                       DiscreteUniform{1, 19, 1}, {"stdp_pair", {}})};
    const Simulation simulation(network);
    const auto synapses =
        static_cast<double>(simulation.network().synapse_count);
    const double tables = 2 * synapses;  // only targets
    const double taken =
        StateBytes(simulation.network(), simulation.state()) + tables;
    const Estimate estimate = EstimateNetwork(network);
    EXPECT_GT(estimate.bytes, taken);
    EXPECT_LT(estimate.bytes, 4 * taken);
    EXPECT_GT(estimate.build_bytes, estimate.bytes);
  }
}

TEST(Estimate, GrowsWithPrecisionNeuronsAndDelays) {
  const auto bytes = [](Precision precision, int64_t size,
                        double longest_delay_ms) {
    NetworkSpec network = MakeNetwork(1, precision);
    network.populations = {MakePopulation("a", "izhikevich", size)};
    network.projections = {
        MakeProjection("a", "a", PairwiseBernoulli{0.1}, Uniform{0, 1},
                       DiscreteUniform{1, longest_delay_ms, 1})};
    return EstimateNetwork(network).bytes;
  };
  const double base = bytes(Precision::kFloat32, 1000, 1);
  EXPECT_GT(bytes(Precision::kFloat64, 1000, 1), base);
  EXPECT_GT(bytes(Precision::kFloat32, 2000, 1), 2 * base);
  EXPECT_GT(bytes(Precision::kFloat32, 1000, 1000), base);
}

// 100,000 stimuli of a million neurons would take 400 GB.
TEST(Estimate, CoversTheTargetsOfStimuli) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("a", "izhikevich", 3000)};
  network.populations[0].column_count = 3;
  const double base = EstimateNetwork(network).bytes;
  const auto bytes_of = [&](const StimulusSpec& stimulus) {
    network.stimuli.assign(1000, stimulus);
    return (EstimateNetwork(network).bytes - base) / 1000;
  };
  StimulusSpec stimulus = testing::MakeCurrent(network, "a", {1}, 0, 1);
  EXPECT_GE(bytes_of(stimulus), 4 * 3000);
  EXPECT_LE(bytes_of(stimulus), 4 * 3000 + 500);
  stimulus.columns = {0, 2};
  EXPECT_GE(bytes_of(stimulus), 4 * 2000);
  EXPECT_LE(bytes_of(stimulus), 4 * 2000 + 500);
  stimulus.columns.clear();
  stimulus.neuron_indices = {7};
  EXPECT_LE(bytes_of(stimulus), 500);
  stimulus.kind = SpikeStimulusSpec{std::vector<double>(10000, 1.0), 1, ""};
  EXPECT_GE(bytes_of(stimulus), 10000 * sizeof(Stimulus));
  std::vector<double> rates(3000, 1.0);
  const StimulusSpec driven =
      testing::MakeRates(network, "a", std::move(rates), 1, 0, 1);
  EXPECT_GE(bytes_of(driven), 12 * 3000);
  EXPECT_LE(bytes_of(driven), 12 * 3000 + 500);
  const StimulusSpec named =
      testing::MakeSwitch(false, 0, std::vector<std::string>(5000, "x"));
  EXPECT_GE(bytes_of(named), 4 * 5000);
  EXPECT_LE(bytes_of(named), 4 * 5000 + 500);
  const StimulusSpec rewarded =
      testing::MakePulse(1, 0, std::vector<std::string>(5000, "x"));
  EXPECT_GE(bytes_of(rewarded), 4 * 5000);
  EXPECT_LE(bytes_of(rewarded), 4 * 5000 + 500);
}

TEST(Estimate, CoversWhatInputsRemember) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("a", "izhikevich", 1000)};
  network.inputs = {
      testing::MakeInput("a", "normal_noise_current", {{"std", 1.0}})};
  const double without = EstimateNetwork(network).bytes;
  network.inputs[0].model = "ornstein_uhlenbeck_current";
  // State now and at step 0; rows are padded to a multiple of 16.
  EXPECT_EQ(EstimateNetwork(network).bytes - without, 2 * 8 * 1008);
}

// The estimate is needed before anything is allocated.
TEST(Estimate, OfHugeNetworksIsFiniteAndFast) {
  NetworkSpec network = MakeNetwork(0.001);
  for (int i = 0; i < 100; ++i) {
    network.populations.push_back(
        MakePopulation(absl::StrCat("p", i), "izhikevich", 2147483647));
  }
  network.projections = {
      MakeProjection("p0", "p1", AllToAll{}, 1.0, Normal{1e300, 1e300})};
  const Estimate estimate = EstimateNetwork(network);
  EXPECT_EQ(estimate.neuron_count, 214748364700);
  EXPECT_TRUE(std::isfinite(estimate.bytes));
  EXPECT_GT(estimate.bytes, 4e18);
}

}  // namespace
}  // namespace spiked
