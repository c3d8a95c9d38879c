// SPDX-License-Identifier: Apache-2.0
//
// The network of Izhikevich 2007 (daspnet.m), doi:10.1093/cercor/bhl152: 1000
// neurons that send 100 synapses each, with STDP that dopamine modulates. Tests
// that it learns are in tests/long/izhikevich_2007_test.cc.
//
// Numbers: ranges of 3 seeds (9 with rewards) of an independent program that
// was written for this project and follows daspnet.m exactly, except for the
// task: rates over a minute, and the excitatory weights after it, without any
// reward and with one of 0.5 every 5 s. This network differs in that a neuron
// sends exactly 80 synapses to excitatory neurons. Bounds are wider than the
// ranges, by about 3 % of rates.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

constexpr int kExcitatory = 800;
constexpr int kInhibitory = 200;
constexpr int64_t kSeconds = kSanitized ? 3 : 60;

NetworkSpec PublishedNetwork(Precision precision, int64_t seed,
                             bool has_rewards) {
  NetworkSpec network = MakeNetwork(1, precision);
  network.seed = seed;
  network.populations = {
      MakePopulation("exc", "izhikevich", kExcitatory,
                     {{"a", 0.02}, {"b", 0.2}, {"c", -65.0}, {"d", 8.0}},
                     {{"v_mv", -65.0}, {"u", -13.0}}),
      MakePopulation("inh", "izhikevich", kInhibitory,
                     {{"a", 0.1}, {"b", 0.2}, {"c", -65.0}, {"d", 2.0}},
                     {{"v_mv", -65.0}, {"u", -13.0}})};
  for (PopulationSpec& population : network.populations) {
    population.scheme = "half_steps";
    network.inputs.push_back(MakeInput(population.name, "uniform_noise_current",
                                       {{"low", -6.5}, {"high", 6.5}}));
  }
  const auto connect = [&](const char* source, const char* target,
                           int64_t degree, double weight,
                           const SynapseSpec& synapse) {
    network.projections.push_back(MakeProjection(
        source, target, FixedOutdegree{degree}, weight, 1.0, synapse));
    network.projections.back().allow_autapses = true;
  };
  connect("exc", "exc", 80, 1, {"stdp_dopamine_interval", {}});
  connect("exc", "inh", 20, 1, {"stdp_dopamine_interval", {}});
  connect("inh", "exc", 100, -1, {});
  for (int64_t s = 5; has_rewards && s < kSeconds; s += 5) {
    network.stimuli.push_back(MakePulse(0.5, s * 1000));
  }
  return network;
}

struct Found {
  double exc_hz = 0, inh_hz = 0;
  double mean = 0, std = 0;  // excitatory weights
};

Found Measure(const NetworkSpec& network) {
  Simulation simulation(network);
  simulation.Run(kSeconds * 1000);
  Found found;
  for (const Spike& spike : simulation.spikes()) {
    (spike.neuron < kExcitatory ? found.exc_hz : found.inh_hz) += 1;
  }
  found.exc_hz /= kExcitatory * kSeconds;
  found.inh_hz /= kInhibitory * kSeconds;
  double count = 0, squares = 0;
  for (int p : {0, 1}) {
    for (const SynapseReading& s : simulation.Synapses(p)) {
      found.mean += s.weight;
      squares += s.weight * s.weight;
      count += 1;
    }
  }
  found.mean /= count;
  found.std = std::sqrt(squares / count - found.mean * found.mean);
  return found;
}

void Expect(const std::string& rewards, const std::string& what,
            Precision precision, double ours, double oracle, double tolerance) {
  ExpectOracle(
      {"Izhikevich 2007, the first minute", rewards + ", " + what, "computed"},
      precision, ours, oracle, tolerance);
}

class LearningByReward
    : public ::testing::TestWithParam<std::tuple<Precision, int64_t>> {};

TEST_P(LearningByReward, RatesAndWeightsWithoutReward) {
  const Precision precision = std::get<0>(GetParam());
  const int64_t seed = std::get<1>(GetParam());
  const Found found = Measure(PublishedNetwork(precision, seed, false));
  const auto expect = [&](const char* what, double ours, double oracle,
                          double tolerance) {
    Expect("without reward", what, precision, ours, oracle, tolerance);
  };
  expect("excitatory rate (Hz)", found.exc_hz, 1.361, 0.045);
  expect("inhibitory rate (Hz)", found.inh_hz, 0.881, 0.035);
  if (kSeconds < 60) return;
  expect("mean weight", found.mean, 0.98225, 0.0015);
  expect("standard deviation of weights", found.std, 0.0495, 0.0025);
}

TEST_P(LearningByReward, RatesAndWeightsWithRewards) {
  const Precision precision = std::get<0>(GetParam());
  const int64_t seed = std::get<1>(GetParam());
  if (kSeconds < 60) GTEST_SKIP() << "too short for rewards to show";
  const Found found = Measure(PublishedNetwork(precision, seed, true));
  const auto expect = [&](const char* what, double ours, double oracle,
                          double tolerance) {
    Expect("a reward every 5 s", what, precision, ours, oracle, tolerance);
  };
  expect("excitatory rate (Hz)", found.exc_hz, 1.341, 0.045);
  expect("inhibitory rate (Hz)", found.inh_hz, 0.867, 0.035);
  expect("mean weight", found.mean, 0.864, 0.007);
  expect("standard deviation of weights", found.std, 0.486, 0.009);
}

INSTANTIATE_TEST_SUITE_P(
    Seeds, LearningByReward,
    ::testing::Combine(::testing::Values(Precision::kFloat32,
                                         Precision::kFloat64),
                       ::testing::Values(1, 2)),
    [](const auto& info) {
      return std::string(std::get<0>(info.param) == Precision::kFloat32
                             ? "Float32"
                             : "Float64") +
             "_seed" + std::to_string(std::get<1>(info.param));
    });

}  // namespace
}  // namespace spiked::testing
