// SPDX-License-Identifier: Apache-2.0

#include "core/network/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/compile.h"
#include "core/network/state_hash.h"
#include "core/step.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::AddSpikeSource;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using testing::MakeColumnarNetwork;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using ::testing::MatchesRegex;
using testing::Simulation;

TEST(AppendLastSpikes, GivesNeuronsOfTheNetworkInAscendingOrder) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "a", {{0}, {}, {0}});
  AddSpikeSource(&network, "b", {{}, {0}});
  AddSpikeSource(&network, "c", {{0}});
  Simulation simulation(network);
  std::vector<int32_t> neurons = {99};
  AppendLastSpikes(simulation.network(), simulation.state(), &neurons);
  EXPECT_THAT(neurons, ElementsAre(99));  // nothing before the first step
  simulation.Run(1);
  AppendLastSpikes(simulation.network(), simulation.state(), &neurons);
  EXPECT_THAT(neurons, ElementsAre(99, 0, 2, 4, 5));
}

TEST(ReadSynapses, AreOrderedBySourceThenDescendingDelayThenTarget) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("other", "spike_source", 20),
                         MakePopulation("a", "spike_source", 3),
                         MakePopulation("b", "spike_source", 30)};
  network.projections = {
      MakeProjection("other", "b", AllToAll{}, 9.0, 1.0),
      MakeProjection("a", "b", PairwiseBernoulli{0.5}, Uniform{-1, 1},
                     DiscreteUniform{1, 5, 1}),
      MakeProjection("b", "a", AllToAll{}, 8.0, 2.0)};
  const auto synapses = Simulation(network).Synapses(1);
  ASSERT_GT(synapses.size(), 20u);
  for (size_t i = 0; i < synapses.size(); ++i) {
    const SynapseReading& s = synapses[i];
    ASSERT_TRUE(s.source >= 0 && s.source < 3);
    ASSERT_TRUE(s.target >= 0 && s.target < 30);
    ASSERT_TRUE(s.weight >= -1 && s.weight < 1);
    if (i == 0) continue;
    const SynapseReading& before = synapses[i - 1];
    ASSERT_LT(
        std::make_tuple(before.source, -before.delay_steps, before.target),
        std::make_tuple(s.source, -s.delay_steps, s.target));
  }
}

TEST(CountSynapses, CountsThoseOfSomeSourcesUpToALimit) {
  const auto network =
      *Compile(testing::MakeColumnarNetwork(Precision::kFloat32, 3));
  const State state = MakeState(*network);
  for (size_t p = 0; p < network->projections.size(); ++p) {
    const auto projection = static_cast<int>(p);
    std::vector<int64_t> counts(
        network->populations[network->projections[p].source].count);
    for (const SynapseReading& s : ReadSynapses(*network, state, projection)) {
      ++counts[s.source];
    }
    const std::vector<int32_t> some = {0, 2};
    const int64_t expected = counts[0] + counts[2];
    ASSERT_GT(expected, 1);
    EXPECT_EQ(CountSynapses(*network, projection, some, 1'000'000), expected);
    EXPECT_GT(CountSynapses(*network, projection, some, expected - 1),
              expected - 1);
    EXPECT_LE(CountSynapses(*network, projection, some, 0), expected);
  }
}

TEST(ReadSynapses, GivesTheWeightsOfNow) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "pre", {{1}});
  AddSpikeSource(&network, "post", {{1}});
  network.projections = {MakeProjection("pre", "post", OneToOne{}, 0.25, 1.0,
                                        {"stdp_pair", {{"a_plus", 0.5}}})};
  Simulation simulation(network);
  EXPECT_EQ(simulation.Synapses()[0].weight, 0.25);
  simulation.Run(2);
  EXPECT_EQ(simulation.Synapses()[0].weight, 0.75);
}

TEST(ReadSynapses, RoundsWeightsToThePrecisionOfTheNetwork) {
  for (const char* model :
       {"static", "stdp_pair", "stdp_triplet", "stp_markram", "stp_tsodyks"}) {
    NetworkSpec network = MakeNetwork(1, Precision::kFloat32);
    network.populations = {MakePopulation("p", "spike_source", 2)};
    network.projections = {
        MakeProjection("p", "p", AllToAll{}, 0.1, 1.0, {model, {}})};
    EXPECT_EQ(Simulation(network).Synapses()[0].weight, 0.1f);
    network.precision = Precision::kFloat64;
    EXPECT_EQ(Simulation(network).Synapses()[0].weight, 0.1);
  }
}

TEST(FindNonFinite, IsEmptyWhileAllIsWell) {
  Simulation simulation(MakeColumnarNetwork(Precision::kFloat32, 1));
  simulation.Run(100);
  EXPECT_EQ(FindNonFinite(simulation.network(), simulation.state()), "");
}

// Steps above half a time unit are too large for Hindmarsh-Rose.
TEST(FindNonFinite, NamesPopulationVariableNeuronAndStep) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = MakeNetwork(1, precision);
    network.populations = {
        MakePopulation("well", "hindmarsh_rose", 20,
                       {{"ms_per_time_unit", 100.0}}),
        MakePopulation(
            "sick", "hindmarsh_rose", 3,
            {{"ms_per_time_unit", std::vector<double>{100, 0.5, 100}}})};
    network.stimuli = {testing::MakeCurrent(network, "sick", {3}, 0, 1000)};
    Simulation simulation(network);
    std::string found;
    while (found.empty() && simulation.state().step < 100) {
      simulation.Run(1);
      found = FindNonFinite(simulation.network(), simulation.state());
    }
    EXPECT_THAT(found, MatchesRegex("population sick: [xyz] of neuron 1 is "
                                    "-?(nan|inf) after step [0-9]+"));
    EXPECT_THAT(found, EndsWith(absl::StrCat(" ", simulation.state().step)));
  }
}

TEST(FindNonFinite, LooksAtEveryNumberButNotAtPadding) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec spec = MakeNetwork(1, precision);
    spec.populations = {MakePopulation("a", "izhikevich", 37),
                        MakePopulation("b", "hindmarsh_rose", 5),
                        MakePopulation("c", "izhikevich", 16)};
    Simulation simulation(spec);
    const Network& network = simulation.network();
    State& state = simulation.state();
    const auto set = [&](size_t i, double x) {
      if (precision == Precision::kFloat64) {
        state.variables.as<double>()[i] = x;
      } else {
        state.variables.as<float>()[i] = static_cast<float>(x);
      }
    };
    for (const Population& population : network.populations) {
      const auto& variables = population.model->info().variables;
      for (size_t v = 0; v < variables.size(); ++v) {
        for (int64_t i = 0; i < population.stride; ++i) {
          const size_t at =
              population.variables_offset + v * population.stride + i;
          for (const double bad : {std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::quiet_NaN()}) {
            set(at, bad);
            EXPECT_EQ(FindNonFinite(network, state),
                      i >= population.count
                          ? ""
                          : absl::StrCat("population ", population.name, ": ",
                                         variables[v].name, " of neuron ", i,
                                         " is ", bad, " after step 0"));
          }
          set(at, 0);
        }
      }
    }
  }
}

TEST(HashState, SeesStepVariablesAndWeights) {
  const NetworkSpec spec = MakeColumnarNetwork(Precision::kFloat64, 1);
  const Simulation simulation(spec);
  const Network& network = simulation.network();
  const uint64_t hash = simulation.Hash();

  State state = simulation.state();
  EXPECT_EQ(HashState(network, state), hash);
  ++state.step;
  EXPECT_NE(HashState(network, state), hash);

  state = simulation.state();
  double& u = state.variables.as<double>()[network.populations[0].stride + 89];
  u = std::nextafter(u, 1e9);
  EXPECT_NE(HashState(network, state), hash);

  NetworkSpec other = spec;
  other.projections[0].weight = 0.123;
  EXPECT_NE(Simulation(other).Hash(), hash);
}

TEST(HashState, DoesNotSeeThePadding) {
  Simulation simulation(MakeColumnarNetwork(Precision::kFloat64, 1));
  const uint64_t hash = simulation.Hash();
  State state = simulation.state();
  state.variables.as<double>()[90] = 12345;  // 90 neurons in a row of 96
  EXPECT_EQ(HashState(simulation.network(), state), hash);
}

TEST(State, CopyIsASnapshotThatGoesOnIdentically) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    Simulation simulation(MakeColumnarNetwork(precision, 1));
    simulation.Run(73);
    const State snapshot = simulation.state();
    const size_t spikes_before = simulation.spikes().size();
    simulation.Run(200);
    const uint64_t hash = simulation.Hash();
    const std::vector<testing::Spike> first(
        simulation.spikes().begin() + spikes_before, simulation.spikes().end());
    ASSERT_FALSE(first.empty());

    const size_t spikes_between = simulation.spikes().size();
    simulation.state() = snapshot;
    EXPECT_NE(simulation.Hash(), hash);
    simulation.Run(200);
    EXPECT_EQ(simulation.Hash(), hash);
    EXPECT_EQ(std::vector<testing::Spike>(
                  simulation.spikes().begin() + spikes_between,
                  simulation.spikes().end()),
              first);
  }
}

TEST(State, TwoOfOneNetworkDoNotDisturbEachOther) {
  const Simulation alone(MakeColumnarNetwork(Precision::kFloat64, 1));
  State first = MakeState(alone.network());
  State second = MakeState(alone.network());
  for (int k = 0; k < 50; ++k) Step(alone.network(), first);
  EXPECT_EQ(HashState(alone.network(), second), alone.Hash());
  for (int k = 0; k < 50; ++k) Step(alone.network(), second);
  EXPECT_EQ(HashState(alone.network(), second),
            HashState(alone.network(), first));
}

TEST(State, OfANetworkWithoutVariablesCanBeStepped) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "spike_source", 3)};
  Simulation simulation(network);
  simulation.Run(10);
  EXPECT_EQ(simulation.state().step, 10);
  EXPECT_THAT(simulation.spikes(), IsEmpty());
  EXPECT_EQ(FindNonFinite(simulation.network(), simulation.state()), "");
}

}  // namespace
}  // namespace spiked
