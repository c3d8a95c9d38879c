// SPDX-License-Identifier: Apache-2.0
//
// When things act, and in which order they are added, as core/step.h specifies.
// The two-neuron tests fix the timing of every model.

#include "core/step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "core/build/catalogue.h"
#include "core/spec/names.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::AddSpikeSource;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeArrivals;
using testing::MakeCurrent;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::MakeSpikes;
using testing::Pairs;
using testing::Simulation;

// Synapses of any weight from `weight_min` on, which doesn't change.
SynapseSpec Synapse(const std::string& model, double weight_min = -1e20) {
  SynapseSpec synapse = {model, {}};
  if (model == "static") return synapse;
  // The first spike delivers the weight.
  if (model.starts_with("stp_")) return {model, {{"u", 1.0}}};
  for (const ParameterInfo& p : FindSynapseModel(model)->info().parameters) {
    if (p.name == "weight_min") synapse.parameters[p.name] = weight_min;
    if (p.name == "weight_max") synapse.parameters[p.name] = 1e20;
    if (p.name == "interval_ms") synapse.parameters[p.name] = 1e6;
    if (p.name[0] == 'a' || p.name == "eta" || p.name == "drift") {
      synapse.parameters[p.name] = 0.0;
    }
  }
  return synapse;
}

std::vector<std::string> AllSynapses() {
  std::vector<std::string> names;
  for (const SynapseModel* model : SynapseModels()) {
    names.push_back(model->info().name);
  }
  return names;
}

// Synapse models whose weights may have any sign.
std::vector<std::string> SignedSynapses() {
  std::vector<std::string> names = AllSynapses();
  std::erase(names, "vogels_sprekeler");
  return names;
}

// Properties of a model that the tests below need.
struct Traits {
  std::string model;
  double strong;         // input that makes a neuron spike from rest
  int64_t lag;           // steps from such input to the spike
  std::string variable;  // changed by input in its step
};

// Models that aren't listed spike at once when 1000 acts on their first
// receptor, and this moves their first variable.
Traits TraitsOf(const std::string& model) {
  static const auto* const others = new std::vector<Traits>{
      {"adex", 1e4, 1, "g_ex_ns"},
      {"hh_cond_exp", 1e4, 1, "g_ex_ns"},
      {"hh_psc_alpha", 1e6, 1, "di_syn_ex_pa_per_ms"},
      {"hindmarsh_rose", 40, 0, "x"},
      {"lif_alpha", 1e6, 1, "rise_ex_pa"},
      {"lif_cond_alpha", 1e4, 1, "rise_ex_ns"},
      {"lif_cond_exp", 1e4, 1, "g_ex_ns"},
      {"lif_exp", 1e6, 1, "i_syn_pa"},
      {"lif_exp_adaptive", 1e6, 1, "i_syn_ex_pa"},
      {"lif_exp_ei", 1e6, 1, "i_syn_ex_pa"},
      {"poisson_source", 1e9, 0, ""},
  };
  for (const Traits& traits : *others) {
    if (traits.model == model) return traits;
  }
  const ModelInfo& info = FindNeuronModel(model)->info();
  return {model, 1000, 0, info.variables.empty() ? "" : info.variables[0].name};
}

std::vector<std::string> AllModels() {
  std::vector<std::string> models;
  for (const NeuronModel* model : NeuronModels()) {
    models.push_back(model->info().name);
  }
  return models;
}

// --- Two neurons: a spike found in step n with delay d acts in step n + d.

using TimingCase = std::tuple<std::string, std::string, std::string, int>;

class TwoNeurons : public ::testing::TestWithParam<TimingCase> {
 protected:
  // A neuron of one model that is driven in step 3, and a target of another
  // model.
  static NetworkSpec Make(double weight) {
    const auto& [source, target, synapse, delay] = GetParam();
    NetworkSpec network = MakeNetwork(1);
    network.populations = {MakePopulation("source", source, 1),
                           MakePopulation("target", target, 1)};
    for (PopulationSpec& p : network.populations) {
      if (p.model == "hindmarsh_rose") p.parameters["ms_per_time_unit"] = 10.0;
      // At rest, because the model is spontaneously active by default.
      if (p.model == "hh_cond_exp") p.parameters["e_l_mv"] = -65.0;
    }
    network.stimuli = {
        MakeArrivals(network, "source", "", TraitsOf(source).strong, {3})};
    network.projections = {MakeProjection("source", "target", OneToOne{},
                                          weight, static_cast<double>(delay),
                                          Synapse(synapse, 0))};
    return network;
  }

  // The step in which the spike of the source acts on the target.
  static int64_t Arrival() {
    const auto& [source, target, synapse, delay] = GetParam();
    return 3 + TraitsOf(source).lag + delay;
  }
};

TEST_P(TwoNeurons, SpikeActsExactlyItsDelayAfterItsStep) {
  const Traits target = TraitsOf(std::get<1>(GetParam()));
  // A model without variables shows the input by a spike.
  Simulation connected(Make(target.variable.empty() ? target.strong : 3));
  Simulation silent(Make(0));
  for (int64_t step = 0; step < Arrival() + 5; ++step) {
    connected.Run(1);
    silent.Run(1);
    if (target.variable.empty()) {
      const bool spiked = !connected.SpikeSteps("target").empty();
      ASSERT_EQ(spiked, step >= Arrival()) << step;
    } else {
      const bool changed = connected.Variable("target", target.variable) !=
                           silent.Variable("target", target.variable);
      ASSERT_EQ(changed, step >= Arrival()) << step;
    }
  }
  EXPECT_EQ(connected.SpikeSteps("source")[0],
            Arrival() - std::get<3>(GetParam()));
}

// An input far above the threshold makes the target fire in the same step or,
// if it acts through another variable than the potential, in the next.
TEST_P(TwoNeurons, StrongSynapseMakesTheTargetFireWhenItArrives) {
  const Traits target = TraitsOf(std::get<1>(GetParam()));
  Simulation simulation(Make(target.strong));
  simulation.Run(Arrival() + target.lag);
  EXPECT_THAT(simulation.SpikeSteps("target"), IsEmpty());
  simulation.Run(1);
  EXPECT_THAT(simulation.SpikeSteps("target"),
              ElementsAre(Arrival() + target.lag));
}

std::string NameOfTwo(
    const ::testing::TestParamInfo<TwoNeurons::ParamType>& info) {
  const auto& [source, target, synapse, delay] = info.param;
  return source + "_to_" + target + "_" + synapse + "_delay" +
         std::to_string(delay);
}

// Neurons and synapses don't depend on each other's models: so all models are
// tested with one synapse, and all synapses between a few models.
INSTANTIATE_TEST_SUITE_P(Models, TwoNeurons,
                         ::testing::Combine(::testing::ValuesIn(AllModels()),
                                            ::testing::ValuesIn(AllModels()),
                                            ::testing::Values("static"),
                                            ::testing::Values(1, 2, 7)),
                         NameOfTwo);
INSTANTIATE_TEST_SUITE_P(
    Synapses, TwoNeurons,
    ::testing::Combine(::testing::Values("izhikevich", "spike_source"),
                       ::testing::Values("lif_exp_ei", "spike_source"),
                       ::testing::ValuesIn(AllSynapses()),
                       ::testing::Values(1, 2, 7)),
    NameOfTwo);

TEST(Step, SpikesOfOneSourceArriveAfterEveryDelayOfItsSynapses) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "source", {{0, 5}});
  network.populations.push_back(MakePopulation("target", "spike_source", 1));
  network.projections = {MakeProjection("source", "target",
                                        Pairs({{0, 0}, {0, 0}, {0, 0}}), 1.0,
                                        std::vector<double>{1, 3, 19})};
  Simulation simulation(network);
  simulation.Run(50);
  EXPECT_THAT(simulation.SpikeSteps("target"), ElementsAre(1, 3, 6, 8, 19, 24));
}

TEST(Step, LongestDelayOfAnotherProjectionDoesNotMatter) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "source", {{2}});
  network.populations.push_back(MakePopulation("target", "spike_source", 1));
  network.projections = {
      MakeProjection("source", "target", OneToOne{}, 1.0, 2.0),
      MakeProjection("source", "target", OneToOne{}, 1.0, 1000.0)};
  network.projections[1].name = "long";
  Simulation simulation(network);
  simulation.Run(1100);
  EXPECT_THAT(simulation.SpikeSteps("target"), ElementsAre(4, 1002));
}

TEST(Step, LongestAllowedDelayArrives) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "source", {{1}});
  network.populations.push_back(MakePopulation("target", "spike_source", 1));
  network.projections = {
      MakeProjection("source", "target", OneToOne{}, 1.0, 65535.0)};
  Simulation simulation(network);
  simulation.Run(65540);
  EXPECT_THAT(simulation.SpikeSteps("target"), ElementsAre(65536));
}

TEST(Step, InputIsGoneAfterItsStep) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "source", {{2}});
  network.populations.push_back(MakePopulation("target", "spike_source", 1));
  network.projections = {
      MakeProjection("source", "target", OneToOne{}, 5.0, 1.0)};
  Simulation simulation(network);
  simulation.Run(20);
  EXPECT_THAT(simulation.SpikeSteps("target"), ElementsAre(3));
}

TEST(Step, RecurrentLoopRunsForEver) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("ring", "spike_source", 3)};
  network.stimuli = {MakeSpikes(network, "ring", 0, {0})};
  network.projections = {MakeProjection(
      "ring", "ring", Pairs({{0, 1}, {1, 2}, {2, 0}}), 1.0, 2.0)};
  Simulation simulation(network);
  simulation.Run(24);
  EXPECT_THAT(simulation.SpikeSteps("ring", 0), ElementsAre(0, 6, 12, 18));
  EXPECT_THAT(simulation.SpikeSteps("ring", 1), ElementsAre(2, 8, 14, 20));
  EXPECT_THAT(simulation.SpikeSteps("ring", 2), ElementsAre(4, 10, 16, 22));
}

TEST(Step, AutapseActsOnItsOwnNeuron) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "spike_source", 2)};
  network.stimuli = {MakeSpikes(network, "p", 1, {0})};
  network.projections = {MakeProjection("p", "p", OneToOne{}, 1.0, 4.0)};
  network.projections[0].allow_autapses = true;
  Simulation simulation(network);
  simulation.Run(10);
  EXPECT_THAT(simulation.SpikeSteps("p", 1), ElementsAre(0, 4, 8));
  EXPECT_THAT(simulation.SpikeSteps("p", 0), IsEmpty());
}

// --- The order of sums. 2^60 swallows 1: (2^60 - 2^60) + 1 makes a target
// spike, (2^60 + 1) - 2^60 doesn't.

constexpr double kBig = 0x1p60;

class SumOrder : public ::testing::TestWithParam<std::string> {
 protected:
  // Whether a target of three sources spikes; source i spikes in step steps[i]
  // and has one synapse with its weight and delay.
  static bool TargetSpikes(const std::vector<int64_t>& steps,
                           const std::vector<double>& weights,
                           const std::vector<double>& delays) {
    NetworkSpec network = MakeNetwork(1);
    AddSpikeSource(&network, "sources", {{steps[0]}, {steps[1]}, {steps[2]}});
    network.populations.push_back(MakePopulation("target", "spike_source", 1));
    network.projections = {
        MakeProjection("sources", "target", Pairs({{0, 0}, {1, 0}, {2, 0}}),
                       weights, delays, Synapse(GetParam()))};
    Simulation simulation(network);
    simulation.Run(20);
    return !simulation.SpikeSteps("target").empty();
  }
};

TEST_P(SumOrder, IsBySourceWithinAStepOfEmission) {
  EXPECT_TRUE(TargetSpikes({3, 3, 3}, {kBig, -kBig, 1}, {2, 2, 2}));
  EXPECT_FALSE(TargetSpikes({3, 3, 3}, {kBig, 1, -kBig}, {2, 2, 2}));
  EXPECT_FALSE(TargetSpikes({3, 3, 3}, {1, kBig, -kBig}, {2, 2, 2}));
}

TEST_P(SumOrder, IsByStepOfEmissionFirst) {
  // The last source spikes first.
  EXPECT_TRUE(TargetSpikes({4, 4, 2}, {-kBig, 1, kBig}, {1, 1, 3}));
  EXPECT_FALSE(TargetSpikes({4, 4, 2}, {kBig, -kBig, 1}, {1, 1, 3}));
  EXPECT_TRUE(TargetSpikes({4, 3, 2}, {1, -kBig, kBig}, {1, 2, 3}));
}

TEST_P(SumOrder, IsByRowWithinASource) {
  const auto spikes = [](const std::vector<double>& weights) {
    NetworkSpec network = MakeNetwork(1);
    AddSpikeSource(&network, "source", {{1}});
    network.populations.push_back(MakePopulation("target", "spike_source", 1));
    network.projections = {MakeProjection("source", "target",
                                          Pairs({{0, 0}, {0, 0}, {0, 0}}),
                                          weights, 1.0, Synapse(GetParam()))};
    Simulation simulation(network);
    simulation.Run(5);
    return !simulation.SpikeSteps("target").empty();
  };
  EXPECT_TRUE(spikes({kBig, -kBig, 1}));
  EXPECT_FALSE(spikes({kBig, 1, -kBig}));
  EXPECT_FALSE(spikes({1, kBig, -kBig}));
}

INSTANTIATE_TEST_SUITE_P(Synapses, SumOrder,
                         ::testing::ValuesIn(SignedSynapses()),
                         [](const auto& info) { return info.param; });

TEST(Step, StimuliThenSynapsesThenInputsAreAdded) {
  const auto spikes = [](double synapse, double input, double stimulus) {
    NetworkSpec network = MakeNetwork(1);
    AddSpikeSource(&network, "source", {{0}});
    network.populations.push_back(MakePopulation("target", "spike_source", 1));
    network.projections = {
        MakeProjection("source", "target", OneToOne{}, synapse, 1.0)};
    network.inputs = {testing::MakeInput("target", "normal_noise_current",
                                         {{"mean", input}})};
    network.stimuli.push_back(MakeCurrent(network, "target", {stimulus}, 1, 1));
    Simulation simulation(network);
    simulation.Run(2);
    const std::vector<int64_t> steps = simulation.SpikeSteps("target");
    return !steps.empty() && steps.back() == 1;
  };
  EXPECT_TRUE(spikes(kBig, 1, -kBig));
  EXPECT_FALSE(spikes(kBig, -kBig, 1));
  EXPECT_FALSE(spikes(1, -kBig, kBig));
}

// --- Padding: kernels work on whole vectors, but only neurons count.

class PopulationSize : public ::testing::TestWithParam<int> {};

TEST_P(PopulationSize, AllNeuronsAndNoOthersSpike) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (const NeuronModel* model : NeuronModels()) {
      NetworkSpec network = MakeNetwork(1, precision);
      network.populations = {
          MakePopulation("p", model->info().name, GetParam()),
          MakePopulation("q", model->info().name, 1)};
      const Traits traits = TraitsOf(model->info().name);
      network.stimuli = {
          MakeArrivals(network, "p", "", std::max(1000.0, traits.strong), {2})};
      if (model->info().name == "hindmarsh_rose") {
        network.populations[0].parameters["ms_per_time_unit"] = 100.0;
      }
      Simulation simulation(network);
      simulation.Run(3 + traits.lag);
      std::vector<testing::Spike> expected;
      for (int i = 0; i < GetParam(); ++i) {
        expected.push_back({2 + traits.lag, i});
      }
      EXPECT_EQ(simulation.spikes(), expected) << model->info().name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, PopulationSize,
                         ::testing::Values(1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32,
                                           33, 100));

}  // namespace
}  // namespace spiked
