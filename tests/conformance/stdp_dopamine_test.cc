// SPDX-License-Identifier: Apache-2.0
//
// Plasticity that is modulated by dopamine, in both published forms.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

// One synapse between neurons that spike in the given steps.
NetworkSpec OneSynapse(const std::string& model, double weight,
                       const std::vector<int64_t>& pre,
                       const std::vector<int64_t>& post, double dt_ms,
                       Precision precision) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  AddSpikeSource(&network, "pre", {pre});
  AddSpikeSource(&network, "post", {post});
  network.projections = {
      MakeProjection("pre", "post", OneToOne{}, weight, dt_ms, {model, {}})};
  return network;
}

// NEST's stdp_dopamine_synapse with its defaults A_plus 1, tau_plus 20 ms,
// tau_c 1000 ms, tau_n 200 ms, b 0, which are the defaults here, too. Numbers:
// the closed form of its update, evaluated for this project: one pair, post 10
// ms after pre, leaves c = exp(-0.5); a spike of dopamine, n += 1 / tau_n, 1000
// ms later; the change of the weight 500 ms after that, and its final change.
// The weight begins as 0, because NEST's default of 1 would make a spike source
// fire.
void ExpectNestsChanges(double dt_ms, Precision precision, double tolerance) {
  const auto step = [&](double ms) { return std::llround(ms / dt_ms); };
  NetworkSpec network = OneSynapse("stdp_dopamine", 0, {step(10) - 1},
                                   {step(20) - 1}, dt_ms, precision);
  network.stimuli.push_back(MakePulse(1.0 / 200, step(1020)));
  Simulation simulation(network);
  simulation.Run(step(1020));
  EXPECT_EQ(simulation.Synapses()[0].weight, 0);
  simulation.Run(step(500));
  const auto expect = [&](const char* when, double oracle) {
    ExpectOracle({"STDP with dopamine, stdp_dopamine",
                  std::string("change of a weight ") + when, "computed"},
                 precision, simulation.Synapses()[0].weight, oracle, tolerance);
  };
  expect("500 ms after a pulse", 0.176684303);
  simulation.Run(step(6000));
  expect("at last", 0.185941800);
}

TEST(PublishedDopamine, NestsChangesOfTheWeight) {
  for (double dt_ms : {1.0, 0.1}) {
    ExpectNestsChanges(dt_ms, Precision::kFloat64, 0.51e-9);
  }
}

TEST(PublishedDopamine, Float32FollowsNestToItsPrecision) {
  for (double dt_ms : {1.0, 0.1}) {
    ExpectNestsChanges(dt_ms, Precision::kFloat32, 1e-7);
  }
}

// daspnet.m of Izhikevich 2007, doi:10.1093/cercor/bhl152. Numbers: computed
// for this project by an independent program, which follows daspnet.m exactly
// for one synapse: neurons that fire at the ms below, rewards of 0.5 at 315 and
// 1500 ms, an initial weight s of 1. A neuron that fires at its ms t has a
// spike of step t - 1 here.
void ExpectDaspnetsWeights(Precision precision, double tolerance) {
  const auto steps = [](std::vector<int64_t> ms) {
    for (int64_t& t : ms) --t;
    return ms;
  };
  NetworkSpec network =
      OneSynapse("stdp_dopamine_interval", 1, steps({12, 40, 41, 300, 805}),
                 steps({20, 38, 41, 310, 802, 805}), 1, precision);
  // A membrane with so short a time constant that the weights don't make it
  // fire.
  network.populations[1].model = "lif_delta";
  network.populations[1].parameters = {{"tau_m_ms", 0.01}};
  std::get<SpikeStimulusSpec>(network.stimuli[1].kind).weight = 1000;
  network.stimuli.push_back(MakePulse(0.5, 315));
  network.stimuli.push_back(MakePulse(0.5, 1500));
  Simulation simulation(network);
  const std::vector<std::pair<int64_t, double>> expected = {
      {300, 0.996115516120},  {310, 0.996104805704},  {320, 0.993508985883},
      {500, 0.965763942815},  {1000, 0.871365400661}, {1500, 0.830153733392},
      {1600, 0.548778033854}, {2500, 0.202950874320}};
  for (const auto& [ms, weight] : expected) {
    simulation.Run(ms - simulation.state().step);
    ExpectOracle({"STDP with dopamine, stdp_dopamine_interval",
                  "weight after " + std::to_string(ms) + " ms", "computed"},
                 precision, simulation.Synapses()[0].weight, weight, tolerance);
  }
  EXPECT_EQ(simulation.SpikeSteps("post"), steps({20, 38, 41, 310, 802, 805}));
}

TEST(PublishedDopamine, DaspnetsWeights) {
  ExpectDaspnetsWeights(Precision::kFloat64, 1e-6);
}

TEST(PublishedDopamine, Float32FollowsDaspnetToItsPrecision) {
  ExpectDaspnetsWeights(Precision::kFloat32, 5e-6);
}

}  // namespace
}  // namespace spiked::testing
