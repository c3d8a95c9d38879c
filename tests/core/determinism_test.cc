// SPDX-License-Identifier: Apache-2.0
//
// The same network, seed and stimuli give the same bits in every way of
// running.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/numbers/vector_target.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::MakeColumnarNetwork;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;
using testing::Spike;

struct FinishedRun {
  explicit FinishedRun(const NetworkSpec& network, int64_t steps = 500,
                       int thread_count = 1)
      : simulation(network, thread_count) {
    simulation.Run(steps);
    hash = simulation.Hash();
  }
  Simulation simulation;
  uint64_t hash;
};

class Determinism : public ::testing::TestWithParam<Precision> {
 protected:
  void TearDown() override { ForceVectorTarget(""); }
};

TEST_P(Determinism, SameSeedSameBits) {
  const FinishedRun first(MakeColumnarNetwork(GetParam(), 1));
  const FinishedRun second(MakeColumnarNetwork(GetParam(), 1));
  EXPECT_GT(first.simulation.spikes().size(), 500u);  // the network is active
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_EQ(first.simulation.spikes(), second.simulation.spikes());
}

TEST_P(Determinism, OtherSeedOtherBits) {
  std::set<uint64_t> hashes;
  for (int64_t seed : {0, 1, 2, -1}) {
    hashes.insert(FinishedRun(MakeColumnarNetwork(GetParam(), seed)).hash);
  }
  EXPECT_EQ(hashes.size(), 4u);
}

// Static weights of all formats, multapses, and plasticity in both directions,
// in populations whose sizes have no common factor.
NetworkSpec MakeMixedNetwork(Precision precision) {
  NetworkSpec network = MakeNetwork(0.1, precision);
  network.populations = {MakePopulation("e", "lif_exp_ei", 701),
                         MakePopulation("i", "lif_exp_ei", 199)};
  const auto project = [&](const std::string& source, const std::string& target,
                           ConnectionRule rule, Value weight,
                           const std::string& receptor) -> ProjectionSpec& {
    network.projections.push_back(
        MakeProjection(source, target, std::move(rule), std::move(weight),
                       Normal{1.5, 0.75, 0.1}));
    network.projections.back().receptor = receptor;
    network.projections.back().allow_autapses = true;
    return network.projections.back();
  };
  // Weights of all formats, and plasticity.
  project("e", "e", PairwiseBernoulli{0.1}, Uniform{0, 40}, "excitatory")
      .synapse = {"stdp_pair", {{"weight_max", 60.0}, {"a_plus", 1.0}}};
  ProjectionSpec& total = project("e", "i", FixedTotalNumber{20000},
                                  Normal{30, 5, 0}, "excitatory");
  total.allow_multapses = true;
  total.weight_precision = WeightPrecision::kBits16;
  project("i", "e", FixedIndegree{20}, -150.0, "inhibitory");
  project("i", "i", AllToAll{}, Uniform{-40, 0}, "inhibitory").delay_ms = 0.8;
  // Short-term plasticity.
  ProjectionSpec& depressing =
      project("e", "i", PairwiseBernoulli{0.05}, Uniform{0, 60}, "excitatory");
  depressing.name = "depressing";
  depressing.synapse = {"stp_tsodyks", {{"tau_rec_ms", 100.0}}};
  ProjectionSpec& facilitating = project("i", "e", PairwiseBernoulli{0.05},
                                         Uniform{-300, 0}, "inhibitory");
  facilitating.name = "facilitating";
  facilitating.synapse = {"stp_markram", {{"u", 0.1}, {"tau_fac_ms", 500.0}}};
  for (const char* population : {"e", "i"}) {
    network.inputs.push_back(
        MakeInput(population, "poisson_background",
                  {{"rate_hz", 9000.0}, {"weight", 45.0}}));
  }
  // Sources with a changing rate, and neurons with a changing threshold.
  network.populations.push_back(
      MakePopulation("source", "poisson_source", 83, {{"rate_hz", 40.0}}));
  network.populations.push_back(MakePopulation("adaptive", "lif_exp_adaptive",
                                               77, {{"tau_theta_ms", 500.0}}));
  network.stimuli = {testing::MakeCurrent(network, "source", {300}, 200, 1000)};
  network.stimuli[0].neuron_indices = {1, 40, 82};
  // Rates of all magnitudes, which begin together and overlap others.
  std::vector<double> rates(701);
  for (int i = 0; i < 701; ++i) rates[i] = i % 7 == 0 ? 0 : 0.2 * i * i;
  network.stimuli.push_back(
      testing::MakeRates(network, "e", rates, 2, 100, 1500));
  network.stimuli.push_back(
      testing::MakeRates(network, "e", {3000}, 9, 100, 2000));
  network.stimuli.push_back(
      testing::MakeRates(network, "adaptive", {800}, 50, 400, 200));
  project("source", "adaptive", PairwiseBernoulli{0.5}, Uniform{20, 90},
          "excitatory");
  project("adaptive", "e", FixedIndegree{10}, 30.0, "excitatory");
  // Inputs of the other models.
  network.inputs.push_back(MakeInput(
      "e", "ornstein_uhlenbeck_current",
      {{"mean", Normal{0, 10}}, {"std", 30.0}, {"tau_ms", Uniform{1, 20}}}));
  network.inputs.push_back(MakeInput("i", "ornstein_uhlenbeck_current",
                                     {{"std", 30.0}, {"tau_ms", 5.0}}));
  network.inputs.push_back(MakeInput(
      "i", "dc_current", {{"amplitude", 20.0}, {"start_ms", Uniform{0, 50}}}));
  network.inputs.push_back(
      MakeInput("e", "sine_current",
                {{"amplitude", 20.0}, {"frequency_hz", Uniform{1, 40}}}));
  network.inputs.push_back(
      MakeInput("e", "random_neuron_current", {{"amplitude", 900.0}}));
  return network;
}

TEST_P(Determinism, AnyNumberOfThreadsGivesTheSameBits) {
  constexpr int64_t kSteps = testing::kSanitized ? 1000 : 3000;
  const NetworkSpec network = MakeMixedNetwork(GetParam());
  const FinishedRun one(network, kSteps, 1);
  EXPECT_GT(one.simulation.spikes().size(), 500u);
  for (int threads : {2, 3, 5}) {
    const FinishedRun more(network, kSteps, threads);
    EXPECT_EQ(more.simulation.network().blocks.size(),
              static_cast<size_t>(threads));
    EXPECT_EQ(more.hash, one.hash) << threads;
    EXPECT_EQ(more.simulation.spikes(), one.simulation.spikes()) << threads;
  }
}

TEST_P(Determinism, CopyHalfWayGoesOnTheSame) {
  Simulation first(MakeMixedNetwork(GetParam()), 2);
  first.Run(1000);
  const State copy = first.state();
  first.Run(1000);
  const uint64_t hash = first.Hash();
  first.state() = copy;
  first.Run(1000);
  EXPECT_EQ(first.Hash(), hash);
}

TEST_P(Determinism, EveryVectorTargetGivesTheSameBits) {
  const FinishedRun best(MakeColumnarNetwork(GetParam(), 1));
  for (const std::string& target : VectorTargets()) {
    ASSERT_TRUE(ForceVectorTarget(target));
    const FinishedRun other(MakeColumnarNetwork(GetParam(), 1));
    EXPECT_EQ(other.hash, best.hash) << target;
    EXPECT_EQ(other.simulation.spikes(), best.simulation.spikes()) << target;
  }
}

TEST_P(Determinism, WordsForPeopleDoNotMatter) {
  NetworkSpec network = MakeColumnarNetwork(GetParam(), 1);
  const FinishedRun first(network);
  network.description = "another one";
  network.populations[0].layer = "L2/3";
  EXPECT_EQ(FinishedRun(network).hash, first.hash);
}

INSTANTIATE_TEST_SUITE_P(Precisions, Determinism,
                         ::testing::Values(Precision::kFloat32,
                                           Precision::kFloat64),
                         [](const auto& info) {
                           return info.param == Precision::kFloat32 ? "Float32"
                                                                    : "Float64";
                         });

// Spike steps of a population, by neuron in the population.
std::map<int32_t, std::vector<int64_t>> SpikesOf(const Simulation& simulation,
                                                 const std::string& name) {
  const int p = simulation.network().FindPopulation(name);
  const Population& population = simulation.network().populations[p];
  std::map<int32_t, std::vector<int64_t>> spikes;
  for (const Spike& s : simulation.spikes()) {
    const int64_t i = s.neuron - population.first_neuron;
    if (i < 0 || i >= population.count) continue;
    spikes[static_cast<int32_t>(i)].push_back(s.step);
  }
  return spikes;
}

// Populations with drawn parameters, noise and synapses to themselves. Weights
// are whole numbers, so that sums don't depend on their order.
NetworkSpec Independent(const std::vector<std::string>& names) {
  NetworkSpec network = MakeNetwork(1);
  network.seed = 3;
  for (const std::string& name : names) {
    network.populations.push_back(
        MakePopulation(name, "izhikevich", 37, {{"d", Uniform{2, 8}}},
                       {{"v_mv", Uniform{-70, -60}}}));
    network.inputs.push_back(MakeInput(name, "uniform_noise_current",
                                       {{"low", -2.0}, {"high", 12.0}}));
    network.projections.push_back(
        MakeProjection(name, name, PairwiseBernoulli{0.2},
                       DiscreteUniform{-3, 4, 1}, DiscreteUniform{1, 9, 1}));
  }
  return network;
}

TEST(Independence, AddingAPopulationLeavesTheOthersAsTheyWere) {
  const FinishedRun few(Independent({"a", "b"}), 300);
  const FinishedRun more(Independent({"c", "a", "x", "b"}), 300);
  for (const char* name : {"a", "b"}) {
    const auto spikes = SpikesOf(few.simulation, name);
    EXPECT_GT(spikes.size(), 10u);
    EXPECT_EQ(spikes, SpikesOf(more.simulation, name)) << name;
  }
}

TEST(Independence, OrderOfPopulationsProjectionsAndInputsDoesNotMatter) {
  NetworkSpec network = Independent({"a", "b", "c"});
  const FinishedRun first(network, 300);
  std::reverse(network.projections.begin(), network.projections.end());
  std::reverse(network.inputs.begin(), network.inputs.end());
  std::swap(network.populations[0], network.populations[2]);
  const FinishedRun second(network, 300);
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_EQ(SpikesOf(first.simulation, name),
              SpikesOf(second.simulation, name));
  }
}

TEST(Independence, NamesSelectTheRandomNumbers) {
  const FinishedRun first(Independent({"a", "b"}), 300);
  EXPECT_NE(SpikesOf(first.simulation, "a"), SpikesOf(first.simulation, "b"));
  NetworkSpec renamed = Independent({"a"});
  renamed.inputs[0].name = "other";
  EXPECT_NE(SpikesOf(first.simulation, "a"),
            SpikesOf(FinishedRun(renamed, 300).simulation, "a"));
}

TEST(Independence, AddingAProjectionLeavesTheOthersAsTheyWere) {
  NetworkSpec network = Independent({"a", "b"});
  const Simulation first(network);
  network.projections.insert(
      network.projections.begin(),
      MakeProjection("a", "b", AllToAll{}, Uniform{0, 1}, 1.0));
  const Simulation second(network);
  for (int p = 0; p < 2; ++p) {
    const auto before = first.Synapses(p);
    const auto after = second.Synapses(p + 1);
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(before[i].target, after[i].target);
      EXPECT_EQ(before[i].delay_steps, after[i].delay_steps);
      EXPECT_EQ(before[i].weight, after[i].weight);
    }
  }
}

TEST(DrawnSynapses, DelaysWeightsAndPairsAreIndependent) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "spike_source", 400)};
  network.projections = {MakeProjection(
      "p", "p", PairwiseBernoulli{0.2},
      Mixture{{{0.8, Uniform{0.5, 4}}, {0.2, Uniform{-4, -0.5}}}},
      DiscreteUniform{1, 19, 1})};
  const auto synapses = Simulation(network).Synapses();
  const auto n = static_cast<double>(synapses.size());
  EXPECT_NEAR(n, 0.2 * 400 * 399, 4.5 * std::sqrt(0.16 * 400 * 399));
  std::vector<double> delays(19);
  double positive = 0, product = 0;
  for (const SynapseReading& s : synapses) {
    ASSERT_TRUE(s.delay_steps >= 1 && s.delay_steps <= 19);
    delays[s.delay_steps - 1] += 1;
    if (s.weight > 0) positive += 1;
    product += (s.delay_steps - 10) * (s.weight > 0 ? 0.2 : -0.8);
  }
  double chi_square = 0;
  for (double count : delays) {
    chi_square += (count - n / 19) * (count - n / 19) / (n / 19);
  }
  EXPECT_LT(chi_square, 18 + 4 * std::sqrt(2 * 18.0));
  EXPECT_NEAR(positive, 0.8 * n, 4.5 * std::sqrt(n * 0.16));
  // The standard deviations are 5.48 steps and 0.4.
  EXPECT_NEAR(product, 0, 4.5 * 5.48 * 0.4 * std::sqrt(n));
}

}  // namespace
}  // namespace spiked
