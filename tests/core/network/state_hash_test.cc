// SPDX-License-Identifier: Apache-2.0
//
// States that differ in one thing have different hashes, pair by pair. That
// equal states have equal hashes, whatever the threads and vectors, is tested
// with every model.

#include "core/network/state_hash.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/change/change.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::MakeCurrent;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::MakePulse;
using testing::MakeRates;
using testing::MakeSwitch;
using testing::Simulation;

// Two populations, and projections of many kinds, some of them alike.
NetworkSpec ManyKinds() {
  NetworkSpec network = MakeNetwork(1, Precision::kFloat64);
  network.populations = {
      MakePopulation("a", "lif_exp_ei", 5, {{"i_e_pa", 500.0}}),
      MakePopulation("b", "lif_exp_ei", 5, {{"i_e_pa", 490.0}})};
  const auto add = [&](const std::string& name, double weight,
                       const SynapseSpec& synapse) {
    network.projections.push_back(
        MakeProjection("a", "b", AllToAll{}, weight, 4.0, synapse));
    network.projections.back().name = name;
  };
  for (int i = 0; i < 6; ++i) add(absl::StrCat("p", i), 0.5, {"stdp_pair", {}});
  add("constant", 1, {});
  add("short_term", 1, {"stp_tsodyks", {}});
  add("dopamine", 0.5, {"stdp_dopamine", {}});
  network.projections.push_back(
      MakeProjection("b", "a", AllToAll{}, Uniform{1, 2}, 3.0));
  network.projections.back().name = "drawn";
  network.inputs = {MakeInput("a", "poisson_background", {{"rate_hz", 50.0}}),
                    MakeInput("b", "ornstein_uhlenbeck_current",
                              {{"std", 1.0}, {"tau_ms", 5.0}})};
  return network;
}

// Hashes with what made them; no two may be equal.
class Hashes {
 public:
  void Add(uint64_t hash, const std::string& what) {
    const auto [it, is_new] = by_hash_.emplace(hash, what);
    EXPECT_TRUE(is_new) << what << " has the hash of " << it->second;
  }
  size_t size() const { return by_hash_.size(); }

 private:
  std::map<uint64_t, std::string> by_hash_;
};

TEST(StateHash, SingleChangesHashDifferentlyPairByPair) {
  const NetworkSpec spec = ManyKinds();
  Simulation simulation(spec);
  simulation.Run(60);
  const State begin = simulation.state();
  Hashes hashes;
  hashes.Add(simulation.Hash(), "nothing");
  const auto change = [&](const std::string& what, ChangeSpecs changes,
                          std::optional<int64_t> step = {}) {
    simulation.state() = begin;
    const Violations violations = simulation.Change(std::move(changes), step);
    ASSERT_TRUE(violations.empty()) << what << ": " << violations.Text();
    if (!step.has_value()) {
      ApplyDueChanges(simulation.network(), simulation.state());
    }
    hashes.Add(simulation.Hash(), what);
  };
  for (const ProjectionSpec& projection : spec.projections) {
    const std::string& name = projection.name;
    for (double factor : {1.0, 0.5, 0.25}) {
      change(absl::StrCat("factor ", factor, " of ", name),
             {SetWeightsSpec{name, WeightFactor{factor}}});
    }
    change("a weight for all of " + name, {SetWeightsSpec{name, Value(0.75)}});
    if (name != "constant") {
      change("a weight of " + name,
             {SetWeightsSpec{name, PairWeights{{1}, {2}, {0.6}}}});
    }
    change("later factor of " + name, {SetWeightsSpec{name, WeightFactor{0.5}}},
           100);
    change("later still of " + name, {SetWeightsSpec{name, WeightFactor{0.5}}},
           101);
  }
  for (const char* population : {"a", "b"}) {
    for (int32_t neuron = 0; neuron < 5; ++neuron) {
      const std::string of = absl::StrCat(" of ", population, neuron);
      change("silence" + of, {SilenceSpec{population, {neuron}, true}});
      for (const char* parameter : {"v_th_mv", "v_reset_mv"}) {
        change(parameter + of,
               {SetParametersSpec{population, {neuron}, {{parameter, -59.0}}}});
      }
      for (const char* variable : {"v_mv", "i_syn_ex_pa", "i_syn_in_pa"}) {
        change(variable + of,
               {SetStateSpec{population, {neuron}, {{variable, -57.0}}}});
      }
    }
  }
  for (const Input& input : simulation.network().inputs) {
    const bool is_noise = input.name.find("ornstein") != std::string::npos;
    change("input " + input.name,
           {SetInputSpec{input.name, {{is_noise ? "mean" : "weight", 3.0}}}});
  }
  EXPECT_GT(hashes.size(), 120u);
}

TEST(StateHash, StimuliHashDifferentlyPairByPair) {
  const NetworkSpec plain = ManyKinds();
  Hashes hashes;
  const auto with = [&](const std::string& what, const StimulusSpec& stimulus) {
    NetworkSpec network = plain;
    network.stimuli = {stimulus};
    Simulation simulation(network);
    simulation.Run(3);
    hashes.Add(simulation.Hash(), what);
  };
  Simulation simulation(plain);
  simulation.Run(3);
  hashes.Add(simulation.Hash(), "none");
  for (const char* population : {"a", "b"}) {
    for (int64_t start : {10, 11}) {
      const std::string of = absl::StrCat(" of ", population, " at ", start);
      with("current" + of,
           MakeCurrent(plain, population, {0, 0, 3, 0, 0}, start, 2));
      with("longer current" + of,
           MakeCurrent(plain, population, {0, 0, 3, 0, 0}, start, 3));
      with("another's current" + of,
           MakeCurrent(plain, population, {0, 3, 0, 0, 0}, start, 2));
    }
  }
  for (bool enabled : {false, true}) {
    for (const std::vector<std::string>& names :
         std::vector<std::vector<std::string>>{
             {}, {"p0"}, {"p1"}, {"p0", "p1"}, {"p5"}}) {
      with(absl::StrCat("switch ", enabled, " ", names.size()),
           MakeSwitch(enabled, 10, names));
    }
  }
  with("pulse", MakePulse(0.5, 10, {"dopamine"}));
  with("stronger pulse", MakePulse(1, 10, {"dopamine"}));
  EXPECT_EQ(hashes.size(), 25u);
}

// What has acted is seen in what it has left.
TEST(StateHash, SwitchedPlasticityIsSeen) {
  Hashes hashes;
  for (int i = -1; i < 6; ++i) {
    NetworkSpec network = ManyKinds();
    if (i >= 0) {
      network.stimuli = {MakeSwitch(false, 1, {absl::StrCat("p", i)})};
    }
    Simulation simulation(network);
    simulation.Run(3);
    hashes.Add(simulation.Hash(), absl::StrCat("off: ", i));
  }
}

// Every number of the state, one at a time.
TEST(StateHash, EveryVariableAndArrivalIsSeen) {
  Simulation simulation(ManyKinds());
  simulation.Run(60);
  const Network& network = simulation.network();
  const State begin = simulation.state();
  Hashes hashes;
  hashes.Add(HashState(network, begin), "nothing");
  const auto nudge = [](double& x) { x = std::nextafter(x, 1e9); };
  for (const Population& population : network.populations) {
    for (size_t v = 0; v < population.model->info().variables.size(); ++v) {
      for (int64_t i = 0; i < population.count; ++i) {
        State state = begin;
        nudge(state.variables.as<double>()[population.variables_offset +
                                           v * population.stride + i]);
        hashes.Add(HashState(network, state),
                   absl::StrCat(population.name, " variable ", v, " of ", i));
      }
    }
    const size_t p = &population - network.populations.data();
    const spiked::Run& run = network.blocks[0].runs[p];
    for (size_t r = 0; r < population.receptors.size(); ++r) {
      for (int64_t i = 0; i < population.count; ++i) {
        State state = begin;
        InputBuffer& input = state.blocks[0].input;
        nudge(input.sums.as<double>()[r * input.length + run.first_slot + i]);
        hashes.Add(HashState(network, state),
                   absl::StrCat(population.name, " arrival ", r, " of ", i));
      }
      for (const auto& counts : population.receptors[r].counts) {
        State state = begin;
        InputBuffer& input = state.blocks[0].input;
        ++input.counts
              .as<uint16_t>()[counts.row * input.length + run.first_slot];
        hashes.Add(HashState(network, state),
                   absl::StrCat(population.name, " count ", r));
      }
    }
  }
  State later = begin;
  ++later.step;
  hashes.Add(HashState(network, later), "step");
}

// A population that nothing connects to the others doesn't change their part:
// sections are added, and the order of populations doesn't matter.
TEST(StateHash, TheOrderOfPopulationsDoesNotMatter) {
  NetworkSpec one = MakeNetwork(1, Precision::kFloat64);
  one.populations = {MakePopulation("a", "lif_exp", 5, {{"i_e_pa", 500.0}}),
                     MakePopulation("b", "lif_exp", 7, {{"i_e_pa", 400.0}})};
  one.inputs = {MakeInput("a", "poisson_background", {{"rate_hz", 50.0}})};
  NetworkSpec other = one;
  std::swap(other.populations[0], other.populations[1]);
  Simulation a(one), b(other);
  a.Run(100);
  b.Run(100);
  EXPECT_FALSE(a.spikes().empty());
  EXPECT_EQ(a.Hash(), b.Hash());
}

}  // namespace
}  // namespace spiked
