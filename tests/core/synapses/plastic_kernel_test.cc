// SPDX-License-Identifier: Apache-2.0
//
// Tests of every plastic synapse model in the catalogue.

#include "core/synapses/plastic_kernel.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/estimate.h"
#include "core/build/validate.h"
#include "core/numbers/vector_target.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked::plastic_kernel_test {
namespace {

using testing::AddSpikeSource;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

std::vector<std::string> PlasticModels() {
  std::vector<std::string> names;
  for (const SynapseModel* model : SynapseModels()) {
    if (model->is_plastic()) names.push_back(model->info().name);
  }
  return names;
}

class PlasticModel : public ::testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { ForceVectorTarget(""); }

  // The model, with intervals so short that several end in these tests, if it
  // has intervals.
  static SynapseSpec Synapse() {
    SynapseSpec synapse = {GetParam(), {}};
    const ModelInfo& info = FindSynapseModel(GetParam())->info();
    if (FindByName(info.parameters, "interval_ms") != nullptr) {
      synapse.parameters["interval_ms"] = 10.0;
    }
    return synapse;
  }

  // Noisy neurons in populations whose sizes aren't multiples of 64, with
  // synapses in one group and another one.
  static NetworkSpec NoisyNetwork(Precision precision) {
    NetworkSpec network = MakeNetwork(1, precision);
    network.populations = {MakePopulation("a", "izhikevich", 150, {},
                                          {{"v_mv", Uniform{-70, -50}}}),
                           MakePopulation("b", "izhikevich", 130, {},
                                          {{"v_mv", Uniform{-70, -50}}})};
    for (const char* name : {"a", "b"}) {
      network.inputs.push_back(testing::MakeInput(
          name, "uniform_noise_current", {{"low", 0.0}, {"high", 16.0}}));
    }
    const auto connect = [&](const char* source, const char* target,
                             ConnectionRule rule, Value delay_ms) {
      network.projections.push_back(
          MakeProjection(source, target, std::move(rule), Uniform{0, 1},
                         std::move(delay_ms), Synapse()));
      network.projections.back().allow_autapses = true;
    };
    connect("a", "a", PairwiseBernoulli{0.1}, DiscreteUniform{1, 19, 1});
    connect("a", "b", FixedIndegree{9}, DiscreteUniform{1, 5, 1});
    connect("b", "a", PairwiseBernoulli{0.1}, 2.0);
    connect("a", "a", FixedTotalNumber{900}, DiscreteUniform{1, 3, 1});
    network.projections[3].name = "multapses";
    network.projections[3].allow_multapses = true;
    if (FindSynapseModel(GetParam())->takes_dopamine()) {
      network.stimuli = {testing::MakePulse(0.001, 0),
                         testing::MakePulse(0.002, 150, {"a->b"})};
    }
    return network;
  }

  // The hash of the state after a run.
  static uint64_t HashAfter(const NetworkSpec& network, int64_t steps,
                            int threads = 1) {
    Simulation simulation(network, threads);
    simulation.Run(steps);
    return simulation.Hash();
  }
};

TEST_P(PlasticModel, AnyNumberOfThreadsGivesTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const NetworkSpec network = NoisyNetwork(precision);
    Simulation one(network);
    const std::vector<SynapseReading> before = one.Synapses(0);
    one.Run(300);
    EXPECT_GT(one.spikes().size(), 1000u);
    const std::vector<SynapseReading> after = one.Synapses(0);
    size_t changed = 0;
    for (size_t k = 0; k < after.size(); ++k) {
      changed += after[k].weight != before[k].weight ? 1 : 0;
    }
    EXPECT_GT(changed, after.size() / 2);
    for (int threads : {2, 3, 5}) {
      Simulation more(network, threads);
      more.Run(300);
      EXPECT_EQ(more.Hash(), one.Hash()) << threads;
      EXPECT_EQ(more.spikes(), one.spikes()) << threads;
    }
  }
}

TEST_P(PlasticModel, EveryVectorTargetGivesTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const NetworkSpec network = NoisyNetwork(precision);
    const uint64_t best = HashAfter(network, 200);
    for (const std::string& target : VectorTargets()) {
      ASSERT_TRUE(ForceVectorTarget(target));
      EXPECT_EQ(HashAfter(network, 200), best) << target;
    }
    ForceVectorTarget("");
  }
}

TEST_P(PlasticModel, CopyHalfWayGoesOnTheSame) {
  Simulation simulation(NoisyNetwork(Precision::kFloat32), 2);
  simulation.Run(133);
  const State copy = simulation.state();
  const uint64_t then = simulation.Hash();
  simulation.Run(100);
  const uint64_t hash = simulation.Hash();
  simulation.state() = copy;
  EXPECT_EQ(simulation.Hash(), then);
  simulation.Run(100);
  EXPECT_EQ(simulation.Hash(), hash);
}

// Two runs with the same weights, variables and spikes on their way, but
// different times of an old spike: they will differ later.
TEST_P(PlasticModel, HashTellsWhatIsRemembered) {
  const auto hash = [](std::vector<int64_t> pre, std::vector<int64_t> post) {
    NetworkSpec network = MakeNetwork(1);
    AddSpikeSource(&network, "pre", {pre});
    AddSpikeSource(&network, "post", {post});
    network.projections = {
        MakeProjection("pre", "post", OneToOne{}, 0.5, 3.0, Synapse())};
    Simulation simulation(network);
    simulation.Run(19);
    return simulation.Hash();
  };
  const bool remembers_arrivals = GetParam() != "synaptic_scaling";
  EXPECT_EQ(hash({5}, {}) != hash({6}, {}), remembers_arrivals);
  EXPECT_NE(hash({}, {5}), hash({}, {6}));
  EXPECT_EQ(hash({5}, {6}), hash({5}, {6}));
}

// A spike delivers the weight from before its own change. The target sums up
// its input: v shows what was delivered.
TEST_P(PlasticModel, SpikeDeliversTheWeightBeforeItsOwnChange) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "pre", {{10, 20}});
  network.populations.push_back(MakePopulation("post", "izhikevich", 1,
                                               {{"quadratic", 0.0},
                                                {"linear", 0.0},
                                                {"constant", 0.0},
                                                {"a", 0.0},
                                                {"c", 0.0},
                                                {"d", 0.0},
                                                {"v_peak_mv", 100.0}},
                                               {{"v_mv", 0.0}, {"u", 0.0}}));
  network.populations[1].scheme = "euler";
  network.stimuli.push_back(
      testing::MakeCurrent(network, "post", {1000}, 5, 1));
  SynapseSpec synapse = Synapse();
  if (synapse.parameters.count("interval_ms") > 0) {
    synapse.parameters["interval_ms"] = 1.0;
  }
  network.projections = {
      MakeProjection("pre", "post", OneToOne{}, 0.5, 1.0, synapse)};
  // So much dopamine that the weight is 0 soon after the first spike, and stays
  // 0.
  if (GetParam() == "stdp_dopamine") {
    network.stimuli.push_back(testing::MakePulse(1000, 0));
  }
  Simulation simulation(network);
  simulation.Run(10);
  ASSERT_EQ(simulation.SpikeSteps("post"), std::vector<int64_t>{5});
  const double first = simulation.Synapses()[0].weight;
  simulation.Run(2);
  EXPECT_EQ(simulation.Variable("post", "v_mv"), first);
  EXPECT_NE(simulation.Synapses()[0].weight, first);
  simulation.Run(8);
  const double second = simulation.Synapses()[0].weight;
  simulation.Run(2);
  EXPECT_DOUBLE_EQ(simulation.Variable("post", "v_mv"), first + second);
}

TEST_P(PlasticModel, WeightsMustBeginWithinTheirBounds) {
  const ModelInfo& info = FindSynapseModel(GetParam())->info();
  const double max = FindByName(info.parameters, "weight_max")->default_value;
  for (double weight : {-0.01, 1.01 * max}) {
    NetworkSpec network = MakeNetwork(1);
    AddSpikeSource(&network, "p", {{}, {}});
    network.projections = {
        MakeProjection("p", "p", AllToAll{}, weight, 1.0, {GetParam(), {}})};
    const Violations violations = ValidateNetwork(network, "network");
    EXPECT_NE(violations.Text().find("network.projections[0].weight"),
              std::string::npos);
    EXPECT_NE(violations.Text().find(GetParam()), std::string::npos);
  }
}

// Bytes in use in arrays of less than 4 MiB (aligned_array.cc). Requires:
// glibc's allocator, not a sanitizer's.
double UsedBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

TEST_P(PlasticModel, EstimateTellsTheMemory) {
  if (testing::kSanitized) GTEST_SKIP() << "memory is a sanitizer's";
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = MakeNetwork(1, precision);
    network.populations = {MakePopulation("p", "spike_source", 1000)};
    network.projections = {MakeProjection("p", "p", PairwiseBernoulli{0.1}, 0.5,
                                          DiscreteUniform{1, 5, 1}, Synapse())};
    const double before = UsedBytes();
    const Simulation simulation(network);
    EXPECT_NEAR((UsedBytes() - before) / EstimateNetwork(network).bytes, 1,
                0.15);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PlasticModel,
                         ::testing::ValuesIn(PlasticModels()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace spiked::plastic_kernel_test
