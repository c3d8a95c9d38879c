// SPDX-License-Identifier: Apache-2.0
//
// The recursions of the headers, written again as functions of one spike train,
// against the input of targets. Computed numbers of NEST's models:
// tests/conformance/short_term_plasticity_test.cc.

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/synapses/stp_markram.h"
#include "core/synapses/stp_tsodyks.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::short_term_test {
namespace {

using testing::AddSpikeSource;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

struct Constants {
  double u = 0.5;
  double tau_rec_ms = 800;
  double tau_fac_ms = 0;
  double tau_psc_ms = 3;  // only of stp_tsodyks
};

SynapseSpec Synapse(const std::string& model, const Constants& c) {
  SynapseSpec synapse = {
      model,
      {{"u", c.u}, {"tau_rec_ms", c.tau_rec_ms}, {"tau_fac_ms", c.tau_fac_ms}}};
  if (model == "stp_tsodyks") synapse.parameters["tau_psc_ms"] = c.tau_psc_ms;
  return synapse;
}

double Decay(double ms, double tau_ms) {
  return tau_ms == 0 ? 0 : std::exp(-ms / tau_ms);
}

// The efficacy of each spike by equations 4 and 5 of Maass & Markram.
std::vector<double> Markram(const std::vector<double>& times_ms,
                            const Constants& c) {
  std::vector<double> efficacies;
  double u = c.u, x = 1;
  for (size_t n = 0; n < times_ms.size(); ++n) {
    if (n > 0) {
      const double h = times_ms[n] - times_ms[n - 1];
      x = 1 + (x - x * u - 1) * Decay(h, c.tau_rec_ms);
      u = c.u + u * (1 - c.u) * Decay(h, c.tau_fac_ms);
    }
    efficacies.push_back(u * x);
  }
  return efficacies;
}

// The same by the three states, with many small steps of the midpoint rule.
std::vector<double> Tsodyks(const std::vector<double>& times_ms,
                            const Constants& c) {
  struct Resources {
    double y, z;
  };
  const auto slope = [&](Resources r) {
    return Resources{-r.y / c.tau_psc_ms,
                     r.y / c.tau_psc_ms - r.z / c.tau_rec_ms};
  };
  std::vector<double> efficacies;
  Resources r = {0, 0};
  double u = 0;
  for (size_t n = 0; n < times_ms.size(); ++n) {
    if (n > 0) {
      const double h = times_ms[n] - times_ms[n - 1];
      constexpr int kParts = 20000;
      const double dt = h / kParts;
      for (int i = 0; i < kParts; ++i) {
        const Resources first = slope(r);
        const Resources middle =
            slope({r.y + dt / 2 * first.y, r.z + dt / 2 * first.z});
        r.y += dt * middle.y;
        r.z += dt * middle.z;
      }
      u *= Decay(h, c.tau_fac_ms);
    }
    u += c.u * (1 - u);
    const double delivered = u * (1 - r.y - r.z);
    r.y += delivered;
    efficacies.push_back(delivered);
  }
  return efficacies;
}

std::vector<double> Efficacies(const std::string& model,
                               const std::vector<double>& times_ms,
                               const Constants& c) {
  return model == "stp_markram" ? Markram(times_ms, c) : Tsodyks(times_ms, c);
}

// Neurons whose v is the sum of all their input.
PopulationSpec Sums(const std::string& name, int64_t size) {
  PopulationSpec sums = MakePopulation(name, "izhikevich", size,
                                       {{"quadratic", 0.0},
                                        {"linear", 0.0},
                                        {"constant", 0.0},
                                        {"a", 0.0},
                                        {"v_peak_mv", 1e9}},
                                       {{"v_mv", 0.0}, {"u", 0.0}});
  sums.scheme = "euler";
  return sums;
}

class ShortTerm : public ::testing::TestWithParam<std::string> {};

// Several sources with random trains, each with synapses of many delays, some
// of them onto the same target: each spike delivers the efficacy of its
// emission.
TEST_P(ShortTerm, EverySpikeDeliversTheEfficacyOfItsEmission) {
  constexpr int kSources = 4, kTargets = 3;
  constexpr int64_t kSteps = 160;
  const Constants constants = {0.3, 60, 90, 4};
  // Random trains and synapses.
  std::mt19937 random(7);
  std::vector<std::vector<int64_t>> trains(kSources);
  for (auto& train : trains) {
    for (int64_t step = 0; step < kSteps; ++step) {
      if (random() % 8 == 0) train.push_back(step);
    }
  }
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "before", {{3}, {5}});  // not sources of synapses
  AddSpikeSource(&network, "p", trains);
  network.populations.push_back(Sums("sum", kTargets));
  std::vector<std::pair<int32_t, int32_t>> pairs;
  std::vector<double> weights, delays;
  for (int i = 0; i < 60; ++i) {
    pairs.emplace_back(random() % kSources, random() % kTargets);
    weights.push_back(static_cast<double>(random() % 1000) / 500 - 1);
    delays.push_back(static_cast<double>(1 + random() % 23));
  }
  network.projections = {MakeProjection("p", "sum", testing::Pairs(pairs),
                                        weights, delays,
                                        Synapse(GetParam(), constants))};
  // The sum of efficacies times weights for each target and step.
  std::vector<std::vector<double>> expected(
      kTargets, std::vector<double>(kSteps + 100));  // by step of arrival
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto& train = trains[pairs[i].first];
    const std::vector<double> efficacies = Efficacies(
        GetParam(), std::vector<double>(train.begin(), train.end()), constants);
    for (size_t n = 0; n < train.size(); ++n) {
      expected[pairs[i].second][train[n] + std::lround(delays[i])] +=
          weights[i] * efficacies[n];
    }
  }
  Simulation simulation(network);
  std::vector<double> sums(kTargets);
  for (int64_t step = 0; step < kSteps; ++step) {
    simulation.Run(1);
    for (int t = 0; t < kTargets; ++t) {
      sums[t] += expected[t][step];
      ASSERT_NEAR(simulation.Variable("sum", "v_mv", t), sums[t], 1e-7)
          << "step " << step << ", target " << t;
    }
  }
}

std::vector<double> Delivered(const std::string& model,
                              const Constants& constants,
                              const std::vector<int64_t>& steps, double dt_ms,
                              Precision precision = Precision::kFloat64) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  AddSpikeSource(&network, "p", {steps});
  network.populations.push_back(Sums("sum", 1));
  // Currents act for one step.
  network.projections = {MakeProjection("p", "sum", OneToOne{}, 1 / dt_ms,
                                        dt_ms, Synapse(model, constants))};
  Simulation simulation(network);
  std::vector<double> delivered;
  double before = 0;
  for (int64_t step : steps) {
    simulation.Run(step + 2 - simulation.state().step);
    const double v = simulation.Variable("sum", "v_mv");
    delivered.push_back(v - before);
    before = v;
  }
  return delivered;
}

TEST_P(ShortTerm, FollowsItsEquationsForManyConstants) {
  const std::vector<int64_t> steps = {4, 5, 30, 31, 32, 100, 400, 410, 5000};
  std::vector<double> times_ms;
  for (int64_t step : steps)
    times_ms.push_back(0.5 * static_cast<double>(step));
  for (const Constants& c :
       {Constants(), Constants{1, 100, 0, 3}, Constants{0.03, 130, 530, 1.5},
        Constants{0.6, 5, 20, 50}, Constants{0.4, 30, 0, 30},
        Constants{0.4, 30, 10, 30 * (1 + 1e-9)},
        Constants{0.4, 30, 10, 30 * (1 + 1e-6)}, Constants{0.1, 1e6, 1e7, 2}}) {
    const std::vector<double> expected = Efficacies(GetParam(), times_ms, c);
    const std::vector<double> delivered = Delivered(GetParam(), c, steps, 0.5);
    for (size_t n = 0; n < steps.size(); ++n) {
      EXPECT_NEAR(delivered[n], expected[n], 2e-6)
          << "spike " << n << ", u " << c.u << ", tau_rec " << c.tau_rec_ms
          << ", tau_fac " << c.tau_fac_ms << ", tau_psc " << c.tau_psc_ms;
    }
  }
}

TEST_P(ShortTerm, Float32FollowsFloat64ToItsPrecision) {
  const std::vector<int64_t> steps = {1, 20, 22, 50, 51, 52, 90, 300};
  const Constants c = {0.3, 60, 90, 4};
  const auto exact = Delivered(GetParam(), c, steps, 1);
  const auto single = Delivered(GetParam(), c, steps, 1, Precision::kFloat32);
  for (size_t n = 0; n < steps.size(); ++n) {
    EXPECT_NEAR(single[n], exact[n], 1e-6) << n;
  }
}

// Weights don't change, so their order and values can be read at any time.
TEST_P(ShortTerm, WeightsStayAsTheyAre) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "p", {{1, 2, 3, 10}, {2, 5}});
  network.populations.push_back(Sums("sum", 5));
  network.projections = {MakeProjection("p", "sum", AllToAll{}, Uniform{-1, 1},
                                        DiscreteUniform{1, 9, 1},
                                        {GetParam(), {}})};
  Simulation simulation(network);
  const auto before = simulation.Synapses();
  simulation.Run(30);
  const auto after = simulation.Synapses();
  ASSERT_EQ(before.size(), 10u);
  ASSERT_EQ(after.size(), 10u);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(before[i].weight, after[i].weight);
  EXPECT_EQ(simulation.network().projections[0].weight_bits, 64);
  EXPECT_FALSE(simulation.network().groups[0].is_plastic);
}

// Two histories with the same spikes on their way and the same v, but different
// resources: they will differ later, so the hash must differ.
TEST_P(ShortTerm, WhatIsRememberedIsPartOfTheHash) {
  const auto run = [&](const std::vector<int64_t>& steps) {
    NetworkSpec network = MakeNetwork(1);
    AddSpikeSource(&network, "p", {steps});
    network.populations.push_back(Sums("sum", 1));
    network.projections = {
        MakeProjection("p", "sum", OneToOne{}, 0.0, 3.0, {GetParam(), {}})};
    Simulation simulation(network);
    simulation.Run(100);
    return simulation;
  };
  EXPECT_EQ(run({10, 50}).Hash(), run({10, 50}).Hash());
  EXPECT_NE(run({10, 50}).Hash(), run({11, 50}).Hash());
  EXPECT_NE(run({10, 50}).Hash(), run({50}).Hash());
}

// Spikes on their way when the state is copied also arrive in the copy.
TEST_P(ShortTerm, CopyGoesOnTheSame) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "p", {{1, 4, 9, 20, 21, 30}});
  network.populations.push_back(Sums("sum", 3));
  network.projections = {MakeProjection(
      "p", "sum", testing::Pairs({{0, 0}, {0, 1}, {0, 2}}),
      std::vector<double>{1, 2, 3}, std::vector<double>{1, 8, 15},
      {GetParam(), {{"tau_fac_ms", 50.0}}})};
  Simulation simulation(network);
  simulation.Run(22);
  const State copy = simulation.state();
  simulation.Run(30);
  const uint64_t hash = simulation.Hash();
  const double v = simulation.Variable("sum", "v_mv", 2);
  simulation.state() = copy;
  simulation.Run(30);
  EXPECT_EQ(simulation.Hash(), hash);
  EXPECT_EQ(simulation.Variable("sum", "v_mv", 2), v);
  EXPECT_GT(v, 1);
}

INSTANTIATE_TEST_SUITE_P(Models, ShortTerm,
                         ::testing::Values("stp_markram", "stp_tsodyks"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace spiked::short_term_test
