// SPDX-License-Identifier: Apache-2.0
//
// Plasticity that is switched off and on at given steps.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/compile.h"
#include "core/spec/names.h"
#include "core/spec/parameters.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::AddSpikeSource;
using testing::MakeColumnarNetwork;
using testing::MakeNetwork;
using testing::MakeProjection;
using testing::MakeSwitch;
using testing::Simulation;

constexpr int64_t kSteps = 600;
constexpr double kAPlus = 2e-6, kAMinus = 3e-6;  // nothing reaches a bound
constexpr double kTauPlus = 15, kTauMinus = 25;

SynapseSpec Rule() {
  return {"stdp_pair",
          {{"a_plus", kAPlus},
           {"a_minus", kAMinus},
           {"tau_plus_ms", kTauPlus},
           {"tau_minus_ms", kTauMinus},
           {"weight_min", -1.0}}};
}

using Trains = std::vector<std::vector<int64_t>>;

Trains RandomTrains(int neurons, uint32_t seed) {
  std::mt19937 random(seed);
  Trains trains(neurons);
  for (auto& train : trains) {
    for (int64_t step = 0; step < kSteps; ++step) {
      if (random() % 8 == 0) train.push_back(step);
    }
  }
  return trains;
}

// Two populations that spike at given steps, and all four projections between
// them in one group.
struct Pair {
  explicit Pair(Precision precision = Precision::kFloat64)
      : network(MakeNetwork(1, precision)) {
    AddSpikeSource(&network, "a", trains[0]);
    AddSpikeSource(&network, "b", trains[1]);
    for (const char* source : {"a", "b"}) {
      for (const char* target : {"a", "b"}) {
        network.projections.push_back(MakeProjection(
            source, target, PairwiseBernoulli{0.4}, Uniform{-0.001, 0.001},
            DiscreteUniform{1, 19, 1}, Rule()));
      }
    }
  }

  Trains trains[2] = {RandomTrains(70, 1), RandomTrains(90, 2)};
  NetworkSpec network;
};

// The times at which plasticity of a projection is off: [begin, end) each.
using Phases = std::vector<std::pair<int64_t, int64_t>>;

bool IsOff(const Phases& phases, int64_t step) {
  return std::any_of(phases.begin(), phases.end(), [&](const auto& phase) {
    return step >= phase.first && step < phase.second;
  });
}

// The change of a weight as the sum over all pairs of spikes. A pair counts at
// its later spike, if plasticity is on then.
double Change(const std::vector<int64_t>& pre, const std::vector<int64_t>& post,
              int32_t delay, const Phases& off, int64_t steps) {
  double change = 0;
  for (int64_t emitted : pre) {
    const int64_t arrived = emitted + delay - 1;
    for (int64_t spiked : post) {
      const int64_t later = std::max(arrived, spiked);
      if (later >= steps || IsOff(off, later)) continue;
      const auto lag = static_cast<double>(spiked - arrived);
      change += lag >= 0 ? kAPlus * std::exp(-lag / kTauPlus)
                         : -kAMinus * std::exp(lag / kTauMinus);
    }
  }
  return change;
}

void ExpectWeights(const Pair& pair, const Simulation& simulation,
                   const std::vector<std::vector<SynapseReading>>& before,
                   const std::vector<Phases>& off) {
  for (int p = 0; p < 4; ++p) {
    const auto after = simulation.Synapses(p);
    ASSERT_EQ(after.size(), before[p].size());
    ASSERT_GT(after.size(), 1000u);
    for (size_t k = 0; k < after.size(); k += testing::kSanitized ? 61 : 7) {
      const SynapseReading& s = after[k];
      ASSERT_NEAR(
          s.weight - before[p][k].weight,
          Change(pair.trains[p / 2][s.source], pair.trains[p % 2][s.target],
                 s.delay_steps, off[p], simulation.state().step),
          1e-16)
          << pair.network.projections[p].source << " to "
          << pair.network.projections[p].target << ", delay " << s.delay_steps
          << ", step " << simulation.state().step;
    }
  }
}

// Projections are switched off and on, each at its own times, and all together.
TEST(PlasticitySwitch, PairsCountIfPlasticityIsOnAtTheirLaterSpike) {
  Pair pair;
  const std::vector<Phases> off = {{{0, 40}, {300, 400}},             // a to a
                                   {{100, 101}, {300, 400}},          // a to b
                                   {{150, 290}, {300, 400}},          // b to a
                                   {{300, 400}, {500, kSteps + 1}}};  // b to b
  pair.network.stimuli.push_back(MakeSwitch(false, 0, {"a->a"}));
  pair.network.stimuli.push_back(MakeSwitch(true, 40, {"a->a"}));
  pair.network.stimuli.push_back(MakeSwitch(false, 100, {"a->b"}));
  pair.network.stimuli.push_back(MakeSwitch(true, 101, {"a->b"}));
  pair.network.stimuli.push_back(MakeSwitch(false, 150, {"b->a"}));
  pair.network.stimuli.push_back(MakeSwitch(true, 290, {"b->a"}));
  pair.network.stimuli.push_back(MakeSwitch(false, 300));
  pair.network.stimuli.push_back(
      MakeSwitch(true, 400, {"b->b", "a->b", "a->a", "b->a"}));
  pair.network.stimuli.push_back(MakeSwitch(false, 500, {"b->b"}));
  // Reading must not disturb: one simulation is read often, the other at the
  // end.
  Simulation read(pair.network), unread(pair.network);
  ASSERT_EQ(read.network().groups.size(), 1u);
  std::vector<std::vector<SynapseReading>> before;
  for (int p = 0; p < 4; ++p) before.push_back(read.Synapses(p));
  for (int64_t step : {39, 41, 100, 101, 102, 200, 291, 350, 401, 499, 501}) {
    read.Run(step - read.state().step);
    ExpectWeights(pair, read, before, off);
    if (HasFatalFailure()) return;
  }
  read.Run(kSteps - read.state().step);
  unread.Run(kSteps);
  ExpectWeights(pair, unread, before, off);
  EXPECT_EQ(read.Hash(), unread.Hash());
}

TEST(PlasticitySwitch, OthersOfTheGroupKeepEveryBit) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    Pair pair(precision);
    Simulation always(pair.network);
    pair.network.stimuli.push_back(MakeSwitch(false, 77, {"a->b"}));
    pair.network.stimuli.push_back(MakeSwitch(true, 333, {"a->b"}));
    Simulation switched(pair.network);
    always.Run(kSteps);
    switched.Run(kSteps);
    for (int p = 0; p < 4; ++p) {
      const auto expected = always.Synapses(p);
      const auto found = switched.Synapses(p);
      size_t differences = 0;
      for (size_t k = 0; k < expected.size(); ++k) {
        if (expected[k].weight != found[k].weight) ++differences;
      }
      if (p == 1) {
        EXPECT_GT(differences, expected.size() / 2);
      } else {
        EXPECT_EQ(differences, 0u) << p;
      }
    }
  }
}

TEST(PlasticitySwitch, WeightsStandStillWhileItIsOff) {
  Pair pair(Precision::kFloat32);
  pair.network.stimuli.push_back(MakeSwitch(false, 200));
  Simulation simulation(pair.network);
  simulation.Run(200);
  const auto before = simulation.Synapses(2);
  // Longer than postsynaptic spikes can wait for their synapses.
  simulation.Run(400);
  const auto after = simulation.Synapses(2);
  for (size_t k = 0; k < before.size(); ++k) {
    ASSERT_EQ(before[k].weight, after[k].weight) << k;
  }
}

// Two projections of a group, one of which is off for a while, for all plastic
// models.
TEST(PlasticitySwitch, EveryPlasticModelHoldsItsWeights) {
  for (const SynapseModel* model : SynapseModels()) {
    if (!model->is_plastic()) continue;
    SCOPED_TRACE(model->info().name);
    SynapseSpec synapse = {model->info().name, {}};
    if (FindByName(model->info().parameters, "interval_ms") != nullptr) {
      synapse.parameters["interval_ms"] = 100.0;
    }
    double min = -10, max = 10;
    model->CheckWeights(Parameters::Resolve(model->info(), "", {}, 1, 0, ""),
                        &min, &max);
    // Two projections in one group, or in two if they have dopamine.
    NetworkSpec network = MakeNetwork(1);
    for (const char* name : {"a", "b"}) {
      network.populations.push_back(testing::MakePopulation(
          name, "poisson_source", 20, {{"rate_hz", 10.0}}));
      network.projections.push_back(
          MakeProjection("a", name, PairwiseBernoulli{0.5},
                         std::max(min, -10.0) / 2 + std::min(max, 10.0) / 2,
                         DiscreteUniform{1, 5, 1}, synapse));
    }
    // The first projection is off from step 300 to 600.
    network.stimuli = {MakeSwitch(false, 300, {"a->a"}),
                       MakeSwitch(true, 600, {"a->a"})};
    if (model->takes_dopamine()) {
      for (int64_t step : {0, 301, 450, 599}) {
        network.stimuli.push_back(testing::MakePulse(0.002, step));
      }
    }
    Simulation simulation(network, 2);
    ASSERT_EQ(simulation.network().groups.size(),
              model->takes_dopamine() ? 2u : 1u);
    const auto weights = [&](int projection) {
      std::vector<double> result;
      for (const SynapseReading& s : simulation.Synapses(projection)) {
        result.push_back(s.weight);
      }
      return result;
    };
    // Only the other projection changes while the first is off.
    const auto first = weights(0);
    simulation.Run(300);  // too few spikes to reach the bounds
    const auto frozen = weights(0);
    const auto other = weights(1);
    EXPECT_NE(frozen, first);
    simulation.Run(300);
    EXPECT_EQ(weights(0), frozen);
    EXPECT_NE(weights(1), other);
    simulation.Run(300);
    EXPECT_NE(weights(0), frozen);
  }
}

// Pairs before the switch wait for the first interval that ends with plasticity
// on; pairs while it is off never count.
TEST(PlasticitySwitch, AccumulatedChangesStandStillToo) {
  NetworkSpec network = MakeNetwork(1, Precision::kFloat64);
  AddSpikeSource(&network, "a", {{10, 30}});
  AddSpikeSource(&network, "b", {{15, 35}});
  network.projections.push_back(MakeProjection("a", "b", AllToAll{}, 0.5, 1.0,
                                               {"stdp_accumulated",
                                                {{"a_plus", 0.1},
                                                 {"tau_plus_ms", 20.0},
                                                 {"interval_ms", 100.0},
                                                 {"drift", 0.01},
                                                 {"weight_max", 1.0}}}));
  network.stimuli.push_back(MakeSwitch(false, 20));
  network.stimuli.push_back(MakeSwitch(true, 150));
  Simulation simulation(network);
  const auto weight = [&] { return simulation.Synapses(0)[0].weight; };
  simulation.Run(199);
  EXPECT_EQ(weight(), 0.5);
  simulation.Run(1);
  EXPECT_NEAR(weight(), 0.5 + 0.01 + 0.1 * std::exp(-5 / 20.0), 1e-12);
}

// Synapses whose weights don't change deliver the same as static ones.
TEST(PlasticitySwitch, OffFromTheBeginningIsStatic) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = MakeColumnarNetwork(precision, 1);
    network.projections.pop_back();  // the static one
    NetworkSpec fixed = network;
    network.stimuli.push_back(MakeSwitch(false, 0));
    for (ProjectionSpec& p : fixed.projections) {
      p.synapse = {};
      p.weight_precision = WeightPrecision::kFull;
    }
    Simulation off(network), standing(fixed);
    off.Run(500);
    standing.Run(500);
    EXPECT_GT(off.spikes().size(), 500u);
    EXPECT_EQ(off.spikes(), standing.spikes());
  }
}

TEST(PlasticitySwitch, LastOfOneStepWins) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = MakeColumnarNetwork(precision, 1);
    Simulation never(network);
    network.stimuli.push_back(MakeSwitch(false, 50));
    network.stimuli.push_back(MakeSwitch(true, 50));
    Simulation twice(network);
    never.Run(300);
    twice.Run(300);
    EXPECT_EQ(twice.spikes(), never.spikes());
    EXPECT_EQ(twice.Hash(), never.Hash());
  }
}

// A columnar network whose plastic projections all share a group. One of them
// is off for a while, and later all.
NetworkSpec Switched(Precision precision) {
  NetworkSpec network = MakeColumnarNetwork(precision, 1);
  network.stimuli.push_back(MakeSwitch(false, 60, {"internal->internal"}));
  network.stimuli.push_back(MakeSwitch(true, 210, {"internal->internal"}));
  network.stimuli.push_back(MakeSwitch(false, 300));
  network.stimuli.push_back(MakeSwitch(true, 350, {"afferent->internal"}));
  return network;
}

TEST(PlasticitySwitch, AnyNumberOfThreadsAndAnyTickGiveTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const NetworkSpec network = Switched(precision);
    Simulation one(network);
    one.Run(400);
    for (int threads : {2, 3}) {
      Simulation more(network, threads);
      for (int k = 0; k < 400; k += 8) {
        more.Run(8);
        if (k % 48 == 0) more.Hash();  // settles copies of the states
      }
      EXPECT_EQ(more.spikes(), one.spikes());
      EXPECT_EQ(more.Hash(), one.Hash());
    }
  }
}

TEST(PlasticitySwitch, CopyGoesOnTheSame) {
  Simulation simulation(Switched(Precision::kFloat32));
  for (int64_t step : {60, 61, 150, 210, 320}) {
    simulation.Run(step - simulation.state().step);
    const State copy = simulation.state();
    simulation.Run(60);
    const uint64_t hash = simulation.Hash();
    simulation.state() = copy;
    simulation.Run(60);
    EXPECT_EQ(simulation.Hash(), hash) << step;
    simulation.state() = copy;
  }
}

TEST(PlasticitySwitch, ResetUndoesIt) {
  const NetworkSpec network = MakeColumnarNetwork(Precision::kFloat64, 1);
  Simulation simulation(network);
  const auto inject = [&](const StimulusSpec& spec) {
    for (Stimulus& s : CompileStimulus(simulation.network(), spec,
                                       simulation.state().step, nullptr)) {
      simulation.state().stimuli.Add(std::move(s));
    }
  };
  simulation.Run(100);
  const uint64_t learning = simulation.Hash();
  simulation.state() = MakeState(simulation.network());
  inject(MakeSwitch(false, 10));
  simulation.Run(100);
  EXPECT_NE(simulation.Hash(), learning);
  simulation.state() = MakeState(simulation.network());
  simulation.Run(100);
  EXPECT_EQ(simulation.Hash(), learning);
}

// Nothing has spiked, so everything else is equal.
TEST(PlasticitySwitch, IsPartOfTheHash) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {testing::MakePopulation("p", "spike_source", 4)};
  for (const char* name : {"x", "y"}) {
    network.projections.push_back(
        MakeProjection("p", "p", AllToAll{}, 0.5, 1.0, Rule()));
    network.projections.back().name = name;
  }
  const auto hash = [&](const std::vector<StimulusSpec>& stimuli,
                        int64_t steps) {
    network.stimuli = stimuli;
    Simulation simulation(network);
    simulation.Run(steps);
    return simulation.Hash();
  };
  const std::vector<uint64_t> hashes = {
      hash({}, 5),
      hash({MakeSwitch(false, 2)}, 5),
      hash({MakeSwitch(false, 2, {"x"})}, 5),
      hash({MakeSwitch(false, 2, {"y"})}, 5),
      hash({MakeSwitch(false, 7)}, 5),  // still to come
      hash({MakeSwitch(true, 7)}, 5),
      hash({MakeSwitch(false, 8)}, 5),
      hash({MakeSwitch(false, 7, {"x"})}, 5),
      hash({MakeSwitch(false, 7, {"y"})}, 5)};
  EXPECT_THAT(hashes, ::testing::WhenSorted(::testing::Truly([](auto sorted) {
                return std::adjacent_find(sorted.begin(), sorted.end()) ==
                       sorted.end();
              })));
  EXPECT_EQ(hash({}, 5), hash({MakeSwitch(false, 2), MakeSwitch(true, 3)}, 5));
  EXPECT_EQ(hash({MakeSwitch(false, 2)}, 5),
            hash({MakeSwitch(false, 2, {"x", "y"})}, 5));
}

}  // namespace
}  // namespace spiked
