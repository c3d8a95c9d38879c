// SPDX-License-Identifier: Apache-2.0

#include "core/change/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/validate.h"
#include "core/spec/mix_changes.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::AddSpikeSource;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakeCurrent;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

constexpr int64_t kNeurons = 20;

// A slightly larger or smaller number; the same if neither is allowed.
double Another(const ParameterInfo& info) {
  const double more =
      info.default_value + 0.02 * std::abs(info.default_value) + 0.01;
  const double less =
      info.default_value - 0.02 * std::abs(info.default_value) - 0.01;
  if (more <= info.max) return more;
  return less >= info.min ? less : info.default_value;
}

// A different number for each neuron.
Value Several(const ParameterInfo& info) {
  if (info.is_shared) return Another(info);
  std::vector<double> list;
  for (int64_t i = 0; i < kNeurons; ++i) {
    list.push_back(i % 2 == 0 ? Another(info) : info.default_value);
  }
  return list;
}

// The state of a population, in the form of values for set_state.
ValueMap StateOf(const Simulation& simulation, const std::string& population) {
  ValueMap values;
  const int p = simulation.network().FindPopulation(population);
  for (const VariableInfo& v :
       simulation.network().populations[p].model->info().variables) {
    std::vector<double> list;
    for (int64_t i = 0; i < kNeurons; ++i) {
      list.push_back(simulation.Variable(population, v.name, i));
    }
    values[v.name] = list;
  }
  return values;
}

class EveryNeuronModel : public ::testing::TestWithParam<const NeuronModel*> {
 protected:
  NetworkSpec Driven(const ValueMap& parameters) const {
    const ModelInfo& info = GetParam()->info();
    NetworkSpec network = MakeNetwork(0.1, Precision::kFloat32);
    network.populations = {
        MakePopulation("p", info.name, kNeurons, parameters)};
    const int receptor = CurrentReceptor(info);
    if (receptor >= 0) {
      const std::string& unit = info.receptors[receptor].unit;
      network.stimuli = {MakeCurrent(network, "p",
                                     {unit == "pA"      ? 900.0
                                      : unit == "mV/ms" ? 15.0
                                                        : 3.0},
                                     5, 400)};
    }
    return network;
  }
};

// Changes each parameter by itself, for all neurons and one by one.
TEST_P(EveryNeuronModel, ChangedAtTheStartIsAsIfBuiltSo) {
  const ModelInfo& info = GetParam()->info();
  int differ = 0;
  for (const ParameterInfo& parameter : info.parameters) {
    SCOPED_TRACE(parameter.name);
    for (const Value& value : {Value(Another(parameter)), Several(parameter)}) {
      const NetworkSpec wanted = Driven({{parameter.name, value}});
      ASSERT_EQ(ValidateNetwork(wanted, "network").Text(), "");
      Simulation built(wanted);
      Simulation changed(Driven({}));
      ChangeSpecs changes = {
          SetParametersSpec{"p", {}, {{parameter.name, value}}}};
      if (!info.variables.empty()) {
        changes.push_back(SetStateSpec{"p", {}, StateOf(built, "p")});
      }
      ASSERT_EQ(changed.Change(changes).Text(), "");
      const uint64_t before = changed.Hash();
      built.Run(500);
      changed.Run(500);
      EXPECT_EQ(changed.spikes(), built.spikes());
      if (!info.variables.empty()) {
        EXPECT_EQ(StateOf(changed, "p"), StateOf(built, "p"));
        Simulation unchanged(Driven({}));
        unchanged.Run(500);
        if (StateOf(unchanged, "p") != StateOf(changed, "p")) ++differ;
      }
      EXPECT_NE(before, changed.Hash());
    }
  }
  if (!info.parameters.empty() && !info.variables.empty()) {
    EXPECT_GT(differ, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Change, EveryNeuronModel,
                         ::testing::ValuesIn(NeuronModels().begin(),
                                             NeuronModels().end()),
                         [](const auto& info) {
                           return info.param->info().name;
                         });

TEST(Change, InputsAtTheStartAreAsIfBuiltSo) {
  for (const InputModel* model : InputModels()) {
    const ModelInfo& info = model->info();
    int differ = 0;
    for (const ParameterInfo& parameter : info.parameters) {
      SCOPED_TRACE(info.name + "." + parameter.name);
      const auto network = [&](const ValueMap& extra) {
        NetworkSpec spec = MakeNetwork(0.1, Precision::kFloat32);
        spec.populations = {MakePopulation("p", "lif_exp", kNeurons)};
        // Parameters with which the input has an effect.
        ValueMap parameters;
        for (const char* name : {"amplitude", "std", "rate_hz", "high"}) {
          if (FindByName(info.parameters, name) != nullptr) {
            parameters[name] = 50.0;
          }
        }
        for (const auto& [name, value] : extra) parameters[name] = value;
        spec.inputs = {MakeInput("p", info.name, parameters)};
        return spec;
      };
      for (const Value& value :
           {Value(Another(parameter)), Several(parameter)}) {
        const NetworkSpec wanted = network({{parameter.name, value}});
        if (!ValidateNetwork(wanted, "network").empty()) continue;
        Simulation built(wanted);
        Simulation changed(network({}));
        Simulation unchanged(network({}));
        ASSERT_EQ(changed
                      .Change({SetInputSpec{info.name + "->p",
                                            {{parameter.name, value}}}})
                      .Text(),
                  "");
        for (Simulation* s : {&built, &changed, &unchanged}) s->Run(100);
        EXPECT_EQ(StateOf(changed, "p"), StateOf(built, "p"));
        if (StateOf(unchanged, "p") != StateOf(changed, "p")) ++differ;
      }
    }
    EXPECT_GT(differ, 0) << info.name;
  }
}

// Exact: v decays to the resting potential with tau_m.
TEST(Change, ParametersActFromTheirStepOn) {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {MakePopulation("p", "lif_delta", 3)};
  Simulation simulation(network);
  ASSERT_EQ(
      simulation
          .Change({SetParametersSpec{
                      "p", {2, 0}, {{"e_l_mv", {std::vector{-60., -64.}}}}}},
                  10)
          .Text(),
      "");
  simulation.Run(10);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(simulation.Variable("p", "v_mv", i), -70);
  simulation.Run(50);
  const double left = std::exp(-50 * 0.1 / 10);
  EXPECT_NEAR(simulation.Variable("p", "v_mv", 0), -64 - 6 * left, 1e-9);
  EXPECT_NEAR(simulation.Variable("p", "v_mv", 1), -70, 1e-9);
  EXPECT_NEAR(simulation.Variable("p", "v_mv", 2), -60 - 10 * left, 1e-9);
}

// Changed parameters stay changed when others are changed.
TEST(Change, ParametersAddUp) {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {
      MakePopulation("p", "lif_delta", 2, {{"tau_m_ms", 20.0}})};
  Simulation simulation(network);
  const auto change = [&](std::vector<int32_t> neurons, const char* name,
                          double value) {
    ASSERT_EQ(
        simulation.Change({SetParametersSpec{"p", neurons, {{name, value}}}})
            .Text(),
        "");
  };
  change({}, "e_l_mv", -60);
  change({1}, "e_l_mv", -65);
  change({0}, "tau_m_ms", 5);
  simulation.Run(100);
  EXPECT_NEAR(simulation.Variable("p", "v_mv", 0), -60 - 10 * std::exp(-2.0),
              1e-9);
  EXPECT_NEAR(simulation.Variable("p", "v_mv", 1), -65 - 5 * std::exp(-0.5),
              1e-9);
}

NetworkSpec Cells(int64_t size = kNeurons) {
  NetworkSpec network = MakeNetwork(1);
  network.seed = 5;
  network.populations = {MakePopulation("p", "izhikevich", size),
                         MakePopulation("q", "izhikevich", size)};
  return network;
}

std::vector<double> Voltages(const Simulation& simulation,
                             const std::string& population = "p") {
  return std::get<std::vector<double>>(
      StateOf(simulation, population).at("v_mv"));
}

// Draws depend only on seed, population, name, neuron and step.
TEST(Change, DrawsAreFunctions) {
  const auto draw = [](int64_t seed, const std::string& population,
                       std::vector<int32_t> neurons, int64_t step,
                       int64_t before) {
    NetworkSpec network = Cells();
    network.seed = seed;
    Simulation simulation(network);
    simulation.Run(before);
    EXPECT_TRUE(simulation
                    .Change({SetStateSpec{population,
                                          std::move(neurons),
                                          {{"v_mv", Uniform{-90, -80}}}}},
                            step)
                    .empty());
    simulation.Run(step - before);
    ApplyDueChanges(simulation.network(), simulation.state());
    return Voltages(simulation, population);
  };
  const std::vector<double> all = draw(5, "p", {}, 7, 0);
  EXPECT_EQ(std::set<double>(all.begin(), all.end()).size(), all.size());
  for (double v : all) EXPECT_TRUE(v >= -90 && v < -80) << v;
  EXPECT_EQ(draw(5, "p", {}, 7, 7), all);  // waited or not
  EXPECT_NE(draw(5, "p", {}, 8, 0), all);
  EXPECT_NE(draw(6, "p", {}, 7, 0), all);
  EXPECT_NE(draw(5, "q", {}, 7, 0), all);
  const std::vector<double> some = draw(5, "p", {11, 3}, 7, 0);
  EXPECT_EQ(some[3], all[3]);
  EXPECT_EQ(some[11], all[11]);
  EXPECT_GT(some[4], -80);
}

TEST(Change, SetsTheStateOfSomeNeurons) {
  Simulation simulation(Cells(4));
  simulation.Run(3);
  const double u = simulation.Variable("p", "u", 1);
  ASSERT_EQ(simulation
                .Change({SetStateSpec{
                    "p", {3, 1}, {{"v_mv", std::vector{-50.0, -51.0}}}}})
                .Text(),
            "");
  EXPECT_EQ(simulation.Variable("p", "v_mv", 3), -50);
  EXPECT_EQ(simulation.Variable("p", "v_mv", 1), -51);
  EXPECT_EQ(simulation.Variable("p", "v_mv", 0),
            simulation.Variable("q", "v_mv", 0));
  EXPECT_EQ(simulation.Variable("p", "u", 1), u);
}

// Two sources, each with a sink for its spikes; one source is silenced for a
// while.
TEST(Change, SilencedNeuronsDoNotSpike) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "source", {{2, 4, 6, 8}, {2, 4, 6, 8}});
  network.populations.push_back(
      MakePopulation("sink", "lif_delta", 2, {{"tau_m_ms", 1e9}}));
  network.projections = {
      MakeProjection("source", "sink", OneToOne{}, 1.0, 3.0)};
  Simulation simulation(network);
  ASSERT_EQ(simulation.Change({SilenceSpec{"source", {1}, true}}, 4).Text(),
            "");
  ASSERT_EQ(simulation.Change({SilenceSpec{"source", {}, false}}, 8).Text(),
            "");
  simulation.Run(6);
  // The spike of step 2 was on its way.
  EXPECT_NEAR(simulation.Variable("sink", "v_mv", 1), -69, 1e-6);
  simulation.Run(14);
  EXPECT_THAT(simulation.SpikeSteps("source", 0), ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(simulation.SpikeSteps("source", 1), ElementsAre(2, 8));
  EXPECT_NEAR(simulation.Variable("sink", "v_mv", 0), -66, 1e-6);
  EXPECT_NEAR(simulation.Variable("sink", "v_mv", 1), -68, 1e-6);
}

TEST(Change, TheStateOfSilencedNeuronsGoesOn) {
  NetworkSpec network = Cells();
  network.stimuli = {MakeCurrent(network, "p", {15}, 0, 1000)};
  Simulation awake(network);
  Simulation silenced(network);
  ASSERT_TRUE(silenced.Change({SilenceSpec{"p", {}, true}}).empty());
  awake.Run(300);
  silenced.Run(300);
  EXPECT_GT(awake.spikes().size(), 20u);
  EXPECT_TRUE(silenced.spikes().empty());
  EXPECT_EQ(StateOf(silenced, "p"), StateOf(awake, "p"));
}

// A silenced target leaves no trace, so synapses don't learn from it.
TEST(Change, NothingIsLearnedFromSilencedNeurons) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "pre", {{2, 20}});
  AddSpikeSource(&network, "post", {{6}, {6}});
  network.projections = {
      MakeProjection("pre", "post", AllToAll{}, 0.5, 1.0, {"stdp_pair", {}})};
  Simulation simulation(network);
  ASSERT_TRUE(simulation.Change({SilenceSpec{"post", {1}, true}}).empty());
  simulation.Run(30);
  EXPECT_NE(simulation.Synapses()[0].weight, 0.5);
  EXPECT_EQ(simulation.Synapses()[1].weight, 0.5);
}

// The change has the same effect as a stimulus that switches plasticity.
TEST(Change, SwitchesPlasticity) {
  const NetworkSpec network =
      testing::MakeColumnarNetwork(Precision::kFloat32, 3);
  NetworkSpec planned = network;
  planned.stimuli.push_back(testing::MakeSwitch(false, 60));
  planned.stimuli.push_back(testing::MakeSwitch(true, 150));
  Simulation expected(planned, 2);
  expected.Run(300);
  Simulation simulation(network, 2);
  ASSERT_TRUE(simulation.Change({PlasticitySwitchSpec{true, {}}}, 150).empty());
  simulation.Run(60);
  ASSERT_TRUE(simulation.Change({PlasticitySwitchSpec{false, {}}}).empty());
  simulation.Run(240);
  EXPECT_EQ(simulation.spikes(), expected.spikes());
  EXPECT_EQ(simulation.Hash(), expected.Hash());
}

ChangeSpec Threshold(double mv) {
  return SetParametersSpec{"p", {}, {{"v_th_mv", mv}}};
}
ChangeSpec ResetTo(double mv) {
  return SetParametersSpec{"p", {1}, {{"v_reset_mv", mv}}};
}

TEST(Change, RulesBetweenParametersHoldAfterAllOfThem) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "lif_delta", 3)};
  Simulation simulation(network);
  const uint64_t hash = simulation.Hash();
  EXPECT_EQ(
      simulation.Change({SilenceSpec{"p", {}, true}, ResetTo(-50)}).Text(),
      "changes[1].set_parameters.parameters: v_reset_mv (-50) must be at "
      "most v_th_mv (-55); see neuron 1");
  EXPECT_EQ(simulation.Hash(), hash);  // all or none
  EXPECT_EQ(simulation.Change({ResetTo(-50), Threshold(-40)}).Text(), "");
  EXPECT_THAT(simulation.Change({Threshold(-50.5)}).Text(),
              HasSubstr("v_reset_mv (-50) must be at most v_th_mv (-50.5)"));
}

TEST(Change, RulesBetweenParametersHoldWithThoseThatWait) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "lif_delta", 3)};
  Simulation simulation(network);
  EXPECT_EQ(simulation.Change({Threshold(-40)}, 10).Text(), "");
  EXPECT_EQ(simulation.Change({ResetTo(-50)}, 20).Text(), "");
  EXPECT_THAT(simulation.Change({ResetTo(-50)}, 5).Text(),
              HasSubstr("v_th_mv (-55)"));
  EXPECT_EQ(simulation.Change({Threshold(-52)}, 15).Text(),
            "changes[0].set_parameters.parameters: after the change that waits "
            "for step 20, v_reset_mv (-50) must be at most v_th_mv (-52); see "
            "neuron 1");
  EXPECT_EQ(simulation.Change({Threshold(-45)}, 15).Text(), "");
  simulation.Run(30);
  EXPECT_TRUE(simulation.state().scheduled.empty());
}

TEST(Change, ThoseOfOneStepComeInTheOrderOfRequests) {
  Simulation simulation(Cells(2));
  const auto set = [](double v) {
    return SetStateSpec{"p", {}, {{"v_mv", v}}};
  };
  ASSERT_TRUE(simulation.Change({set(-50), set(-51)}, 4).empty());
  ASSERT_TRUE(simulation.Change({set(-52)}, 4).empty());
  ASSERT_TRUE(simulation.Change({set(-80)}, 3).empty());
  simulation.Run(4);
  EXPECT_EQ(simulation.state().scheduled.size(), 2u);
  // Earlier requests for the same step come first.
  ASSERT_TRUE(
      simulation.Change({SetStateSpec{"p", {1}, {{"v_mv", -53.0}}}}).empty());
  EXPECT_TRUE(simulation.state().scheduled.empty());
  EXPECT_THAT(std::vector<double>({simulation.Variable("p", "v_mv", 0),
                                   simulation.Variable("p", "v_mv", 1)}),
              ElementsAre(-52, -53));
}

TEST(Change, IsPartOfTheHashAndUndoneByANewState) {
  const NetworkSpec network = [] {
    NetworkSpec spec = Cells(4);
    spec.inputs = {MakeInput("p", "dc_current", {{"amplitude", 0.0}})};
    spec.projections = {
        MakeProjection("p", "q", AllToAll{}, 0.5, 1.0),
        MakeProjection("q", "p", OneToOne{}, Uniform{0, 1}, 1.0)};
    return spec;
  }();
  Simulation simulation(network);
  std::set<uint64_t> hashes = {simulation.Hash()};
  std::vector<ChangeSpec> changes = {
      SetParametersSpec{"p", {}, {{"a", 0.03}}},
      SetParametersSpec{"q", {}, {{"a", 0.03}}},
      SetParametersSpec{"p", {0}, {{"a", 0.03}}},
      SetParametersSpec{"p", {}, {{"b", 0.03}}},
      SetStateSpec{"p", {}, {{"v_mv", -50.0}}},
      SetInputSpec{"dc_current->p", {{"amplitude", 2.0}}},
      SetInputSpec{"dc_current->p", {{"start_ms", 2.0}}},
      SetWeightsSpec{"p->q", Value(0.7)},
      SetWeightsSpec{"q->p", Value(0.7)},
      SetWeightsSpec{"q->p", WeightFactor{0.7}},
      SetWeightsSpec{"q->p", PairWeights{{2}, {2}, {0.7}}},
      SilenceSpec{"p", {}, true},
      SilenceSpec{"q", {}, true},
      SilenceSpec{"p", {3}, true}};
  for (const ChangeSpec& change : changes) {
    for (int64_t step : {0, 1, 2}) {
      simulation.state() = MakeState(simulation.network());
      ASSERT_EQ(simulation.Change({change}, step).Text(), "");
      EXPECT_TRUE(hashes.insert(simulation.Hash()).second)
          << change.index() << " at " << step;
    }
  }
  simulation.state() = MakeState(simulation.network());
  EXPECT_EQ(simulation.Hash(), Simulation(network).Hash());
  simulation.Run(50);
  Simulation other(network);
  other.Run(50);
  EXPECT_EQ(simulation.Hash(), other.Hash());
}

TEST(Change, WhatWasUndoneIsNotInTheHash) {
  Simulation simulation(Cells(4));
  const uint64_t hash = simulation.Hash();
  ASSERT_TRUE(simulation.Change({SilenceSpec{"p", {1, 2}, true}}).empty());
  ASSERT_TRUE(simulation.Change({SilenceSpec{"p", {2}, false}}).empty());
  EXPECT_NE(simulation.Hash(), hash);
  EXPECT_EQ(simulation.state().changes->populations[0].silenced->count(), 1);
  ASSERT_TRUE(simulation.Change({SilenceSpec{"p", {}, false}}).empty());
  EXPECT_EQ(simulation.Hash(), hash);
}

TEST(Change, MemoryIsToldBefore) {
  NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
  spec.populations = {
      MakePopulation("p", "izhikevich", 64, {{"d", Uniform{2, 8}}})};
  spec.inputs = {MakeInput("p", "dc_current", {})};
  spec.projections = {
      MakeProjection("p", "p", AllToAll{}, Uniform{0, 1}, 1.0),
      MakeProjection("p", "p", AllToAll{}, 0.5, 1.0),
      MakeProjection("p", "p", AllToAll{}, 0.5, 1.0, {"stdp_pair", {}})};
  for (int i = 0; i < 3; ++i) {
    spec.projections[i].name = "k" + std::to_string(i);
    spec.projections[i].allow_autapses = true;
  }
  const Simulation simulation(spec);
  const auto bytes = [&](const ChangeSpecs& changes) {
    int64_t sum = 0;
    for (const ChangeMemory& memory : MemoryOf(simulation.network(), changes)) {
      EXPECT_GT(memory.bytes, 0) << memory.thing;
      sum += memory.bytes;
    }
    return sum;
  };
  const ChangeSpec full = SetWeightsSpec{"k0", Value(0.5)};
  EXPECT_EQ(bytes({full}), 64 * 64 * 4);
  EXPECT_EQ(bytes({full, full}), bytes({full}));  // once
  EXPECT_EQ(bytes({SetWeightsSpec{"k1", Value(0.5)}}), 0);
  EXPECT_EQ(bytes({SetWeightsSpec{"k2", Value(0.5)}}), 0);
  // Parameters that were drawn before are drawn again.
  EXPECT_EQ(bytes({SetParametersSpec{"p", {}, {{"a", 0.1}}}}), 16 * 64);
  EXPECT_EQ(bytes({SetParametersSpec{"p", {3}, {{"a", 0.1}}}}), 2 * 16 * 64);
  EXPECT_EQ(bytes({SetInputSpec{"dc_current->p", {{"amplitude", 0.1}}}}), 0);
  EXPECT_EQ(
      bytes({SetInputSpec{"dc_current->p", {{"amplitude", Uniform{0, 1}}}}}),
      16 * 64);
  EXPECT_EQ(bytes({SilenceSpec{"p", {1}, true}}), 8);
  EXPECT_EQ(bytes({SetStateSpec{"p", {}, {{"v_mv", -60.0}}}}), 0);
}

TEST(Change, ElementsAreCounted) {
  EXPECT_EQ(CountElements({}), 1);
  const int64_t few = CountElements({SilenceSpec{"p", {1}, true}});
  EXPECT_EQ(CountElements({SilenceSpec{"p", {1, 2, 3}, true}}), few + 2);
  EXPECT_GT(CountElements(
                {SetStateSpec{"p", {}, {{"v_mv", std::vector<double>(1000)}}}}),
            1000);
}

}  // namespace
}  // namespace spiked
