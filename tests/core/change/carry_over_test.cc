// SPDX-License-Identifier: Apache-2.0

#include "core/change/carry_over.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "core/build/validate.h"
#include "core/change/change.h"
#include "core/network/state_hash.h"
#include "core/step.h"
#include "tests/support/hostile.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using ::testing::HasSubstr;
using testing::MakeColumnarNetwork;
using testing::MakeCurrent;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::MakePulse;
using testing::Simulation;
using testing::Spike;

// ---- State that stays, for every synapse model

std::vector<std::string> SynapseModelNames() {
  std::vector<std::string> names;
  for (const SynapseModel* model : SynapseModels()) {
    names.push_back(model->info().name);
  }
  return names;
}

// Two populations that drive each other through synapses of a model, with two
// projections from "a" to "b", and a third population in between that has no
// projections.
NetworkSpec MakeLivelyNetwork(const std::string& model, Precision precision,
                              double dendritic_delay_fraction) {
  NetworkSpec spec = MakeNetwork(0.5, precision);
  spec.populations = {MakePopulation("a", "lif_delta", 131),
                      MakePopulation("alone", "lif_delta", 67),
                      MakePopulation("b", "lif_delta", 97)};
  for (const char* name : {"a", "alone", "b"}) {
    spec.inputs.push_back(
        MakeInput(name, "poisson_background",
                  {{"rate_hz", 3000.0}, {"weight", Uniform{0.5, 1.5}}}));
    spec.inputs.push_back(MakeInput(name, "ornstein_uhlenbeck_current",
                                    {{"std", 50.0}, {"tau_ms", 5.0}}));
  }
  const auto add = [&](const char* name, const char* source, const char* target,
                       Value delay_ms) {
    spec.projections.push_back(
        MakeProjection(source, target, PairwiseBernoulli{0.2},
                       Uniform{0.1, 0.9}, std::move(delay_ms), {model, {}}));
    spec.projections.back().name = name;
    spec.projections.back().dendritic_delay_fraction = dendritic_delay_fraction;
  };
  add("first", "a", "b", DiscreteUniform{0.5, 5, 0.5});
  add("second", "a", "b", DiscreteUniform{1, 3, 0.5});
  add("back", "b", "a", 1.5);
  add("within", "a", "a", DiscreteUniform{0.5, 2, 0.5});
  if (FindSynapseModel(model)->takes_dopamine()) {
    spec.stimuli = {MakePulse(0.01, 50), MakePulse(0.02, 90, {"back"})};
  }
  if (FindSynapseModel(model)->is_plastic()) {
    spec.stimuli.push_back(testing::MakeSwitch(false, 20, {"second"}));
  }
  return spec;
}

struct Case {
  std::string model;
  Precision precision;
  double dendritic_delay_fraction = 0;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const std::string& model : SynapseModelNames()) {
    cases.push_back({model, Precision::kFloat32});
    cases.push_back({model, Precision::kFloat64});
    if (!FindSynapseModel(model)->is_plastic()) continue;
    cases.push_back({model, Precision::kFloat32, 0.6});
    cases.push_back({model, Precision::kFloat64, 1});
  }
  return cases;
}

class CarryOverOf : public ::testing::TestWithParam<Case> {
 protected:
  NetworkSpec Network() const {
    return MakeLivelyNetwork(GetParam().model, GetParam().precision,
                             GetParam().dendritic_delay_fraction);
  }
  static constexpr int64_t kBefore = 137;
  static constexpr int64_t kAfter = 300;
};

// Nothing is edited, but everything gets a new layout.
TEST_P(CarryOverOf, AnotherLayoutGoesOnTheSame) {
  Simulation stays(Network());
  stays.Run(kBefore);
  Simulation moves(Network());
  moves.Run(kBefore);
  ASSERT_GT(stays.spikes().size(), 500u);
  for (int threads : {3, 2}) {
    ASSERT_EQ(moves.Edit({}, threads), absl::OkStatus());
    EXPECT_EQ(moves.Hash(), stays.Hash());
    stays.Run(kAfter);
    moves.Run(kAfter);
    EXPECT_EQ(moves.spikes(), stays.spikes());
    EXPECT_EQ(moves.Hash(), stays.Hash());
  }
}

// The neurons of "a" and "b" then have other indices in the network.
TEST_P(CarryOverOf, WhatNothingIsJoinedToCanGoUnnoticed) {
  Simulation stays(Network());
  Simulation edited(Network());
  stays.Run(kBefore + kAfter);
  edited.Run(kBefore);
  EditSpec edit;
  edit.removed_populations = {"alone"};
  ASSERT_EQ(edited.Edit(edit), absl::OkStatus());
  edited.Run(kAfter);
  std::vector<Spike> expected;
  for (Spike spike : stays.spikes()) {
    if (spike.step >= kBefore) {
      if (spike.neuron >= 131 && spike.neuron < 131 + 67) continue;
      if (spike.neuron >= 131 + 67) spike.neuron -= 67;
    }
    expected.push_back(spike);
  }
  EXPECT_EQ(edited.spikes(), expected);
}

// Groups get another range of sources, longer delays and other neighbours.
TEST_P(CarryOverOf, WhatStaysDoesntNoticeSilentNeighbours) {
  Simulation stays(Network());
  Simulation edited(Network());
  stays.Run(kBefore + 2 * kAfter);
  edited.Run(kBefore);
  EditSpec edit;
  edit.populations = {MakePopulation("new", "spike_source", 50)};
  for (const char* target : {"a", "b"}) {
    edit.projections.push_back(
        MakeProjection("new", target, FixedIndegree{5}, 0.5,
                       DiscreteUniform{0.5, 12, 0.5}, {GetParam().model, {}}));
  }
  ASSERT_EQ(edited.Edit(edit, 2), absl::OkStatus());
  edited.Run(kAfter);
  EXPECT_THAT(
      edited.spikes().size(),
      std::count_if(stays.spikes().begin(), stays.spikes().end(),
                    [](const Spike& s) { return s.step < kBefore + kAfter; }));
  EditSpec undo;
  undo.removed_populations = {"new"};
  ASSERT_EQ(edited.Edit(undo), absl::OkStatus());
  edited.Run(kAfter);
  EXPECT_EQ(edited.spikes(), stays.spikes());
  EXPECT_EQ(edited.Hash(), stays.Hash());
}

// A projection takes the place of the removed one before it.
TEST_P(CarryOverOf, AProjectionKeepsItsSynapsesWhenItsNeighbourGoes) {
  Simulation simulation(Network());
  simulation.Run(kBefore);
  const auto second = simulation.Synapses(1);
  const auto back = simulation.Synapses(2);
  EditSpec edit;
  edit.removed_projections = {"first"};
  ASSERT_EQ(simulation.Edit(edit, 2), absl::OkStatus());
  const auto expect_same = [](const std::vector<SynapseReading>& a,
                              const std::vector<SynapseReading>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t k = 0; k < a.size(); ++k) {
      EXPECT_EQ(a[k].source, b[k].source);
      EXPECT_EQ(a[k].target, b[k].target);
      EXPECT_EQ(a[k].weight, b[k].weight);
    }
  };
  expect_same(simulation.Synapses(0), second);
  expect_same(simulation.Synapses(1), back);
  simulation.Run(kAfter);
  EXPECT_EQ(simulation.network().projections.size(), 3u);
}

// A new projection of the same model begins with its weights of step 0.
TEST_P(CarryOverOf, ANewProjectionBeginsAsAtStep0) {
  NetworkSpec whole = Network();
  NetworkSpec part = whole;
  EditSpec edit;
  edit.projections = {part.projections.back()};
  part.projections.pop_back();
  Simulation fresh(whole);
  Simulation simulation(part);
  simulation.Run(kBefore);
  ASSERT_EQ(simulation.Edit(edit), absl::OkStatus());
  const auto expected = fresh.Synapses(3);
  const auto synapses = simulation.Synapses(3);
  ASSERT_EQ(synapses.size(), expected.size());
  for (size_t k = 0; k < synapses.size(); ++k) {
    EXPECT_EQ(synapses[k].weight, expected[k].weight);
  }
  simulation.Run(kAfter);
  // After a reset, the network is the same as a newly created one.
  simulation.state() = MakeState(simulation.network());
  EXPECT_EQ(simulation.Hash(), fresh.Hash());
  simulation.RewindSpikes();
  simulation.Run(kAfter);
  fresh.Run(kAfter);
  EXPECT_EQ(simulation.spikes(), fresh.spikes());
}

INSTANTIATE_TEST_SUITE_P(
    Models, CarryOverOf, ::testing::ValuesIn(Cases()), [](const auto& info) {
      return info.param.model +
             (info.param.precision == Precision::kFloat64 ? "F64" : "F32") +
             (info.param.dendritic_delay_fraction > 0 ? "Dendritic" : "");
    });

// ---- Everything together

class CarryOverTest : public ::testing::TestWithParam<Precision> {};

TEST_P(CarryOverTest, AColumnarNetworkGoesOnTheSame) {
  Simulation stays(MakeColumnarNetwork(GetParam(), 3));
  Simulation moves(MakeColumnarNetwork(GetParam(), 3));
  stays.Run(600);
  moves.Run(251);
  ASSERT_EQ(moves.Edit({}, 2), absl::OkStatus());
  moves.Run(349);
  EXPECT_GT(stays.spikes().size(), 500u);
  EXPECT_EQ(moves.spikes(), stays.spikes());
  EXPECT_EQ(moves.Hash(), stays.Hash());
}

TEST(CarryOverHostile, AnyNetworkGoesOnTheSame) {
  constexpr int kNetworks = testing::kSanitized ? 1500 : 12000;
  testing::HostileNetworks networks(8);
  int run = 0;
  for (int i = 0; i < kNetworks; ++i) {
    const NetworkSpec spec = networks.Next();
    SCOPED_TRACE(i);
    if (!ValidateNetwork(spec, "network").empty()) continue;
    if (EstimateNetwork(spec).build_bytes > 5e6) continue;
    const auto network = Compile(spec);
    const auto other = Compile(spec, 2);
    ASSERT_TRUE(network.ok() && other.ok());
    ThreadTeam team(2);
    State state = MakeState(**network);
    for (int k = 0; k < 11; ++k) Step(**network, state);
    auto moved = CarryOver(**network, state, **other, Lineage::Identity(spec));
    ASSERT_TRUE(moved.ok()) << moved.status();
    ASSERT_EQ(HashState(**other, *moved), HashState(**network, state));
    for (int k = 0; k < 11; ++k) {
      Step(**network, state);
      Step(**other, *moved, &team);
    }
    ASSERT_EQ(HashState(**other, *moved), HashState(**network, state));
    ++run;
  }
  EXPECT_GT(run, kNetworks / 60);
}

// ---- Changes

// A network with all ways to store weights.
NetworkSpec MakeChangeable(Precision precision) {
  NetworkSpec spec = MakeNetwork(1, precision);
  spec.populations = {MakePopulation("a", "lif_delta", 70),
                      MakePopulation("b", "lif_delta", 30)};
  spec.inputs = {MakeInput("a", "dc_current", {{"amplitude", 500.0}})};
  const auto add = [&](const char* name, Value weight, const char* model) {
    spec.projections.push_back(MakeProjection(
        "a", "b", AllToAll{}, std::move(weight), 2.0, {model, {}}));
    spec.projections.back().name = name;
  };
  add("constant", 0.5, "static");
  spec.projections.back().rule = FixedIndegree{10};
  add("integers", Uniform{0, 1}, "static");
  spec.projections.back().weight_precision = WeightPrecision::kBits16;
  add("full", Uniform{0, 1}, "static");
  add("plastic", 0.5, "stdp_pair");
  add("facilitating", 0.5, "stp_markram");
  return spec;
}

TEST_P(CarryOverTest, WhatWasChangedStaysChanged) {
  Simulation stays(MakeChangeable(GetParam()));
  Simulation moves(MakeChangeable(GetParam()));
  for (Simulation* simulation : {&stays, &moves}) {
    simulation->Run(20);
    ChangeSpecs changes = {
        SetParametersSpec{"a", {3, 4, 50}, {{"v_th_mv", -55.0}}},
        SetInputSpec{"dc_current->a", {{"amplitude", 650.0}}},
        SilenceSpec{"a", {0, 1, 2, 69}, true},
        PlasticitySwitchSpec{false, {"plastic"}},
        SetStateSpec{"b", {7}, {{"v_mv", -57.0}}},
        SetWeightsSpec{"constant", Value(0.25)}};
    for (const char* name : {"integers", "full", "plastic", "facilitating"}) {
      changes.push_back(SetWeightsSpec{name, WeightFactor{0.75}});
    }
    ASSERT_EQ(simulation->Change(changes).Text(), "");
    ASSERT_EQ(simulation->Change({SilenceSpec{"a", {10, 11}, true}}, 60).Text(),
              "");
    simulation->Run(20);
  }
  ASSERT_EQ(moves.Edit({}, 2), absl::OkStatus());
  EXPECT_EQ(moves.Hash(), stays.Hash());
  EditSpec edit;
  edit.populations = {MakePopulation("new", "lif_delta", 5)};
  ASSERT_EQ(moves.Edit(edit), absl::OkStatus());
  edit = {};
  edit.removed_populations = {"new"};
  ASSERT_EQ(moves.Edit(edit), absl::OkStatus());
  EXPECT_EQ(moves.Hash(), stays.Hash());
  stays.Run(60);
  moves.Run(60);
  EXPECT_EQ(moves.spikes(), stays.spikes());
  EXPECT_EQ(moves.Hash(), stays.Hash());
}

TEST_P(CarryOverTest, ChangesThatCouldNotBeMadeAnyMoreForbidTheEdit) {
  Simulation simulation(MakeChangeable(GetParam()));
  ASSERT_EQ(simulation.Change({SilenceSpec{"b", {1}, true}}, 50).Text(), "");
  EditSpec edit;
  edit.removed_populations = {"b"};
  const uint64_t hash = simulation.Hash();
  const absl::Status status = simulation.Edit(edit);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("changes that wait for step 50"));
  EXPECT_EQ(simulation.Hash(), hash);
  simulation.Run(51);
  EXPECT_EQ(simulation.Edit(edit), absl::OkStatus());
}

TEST_P(CarryOverTest, CountsOfWeightsThatDifferNowArentMixed) {
  NetworkSpec spec = MakeChangeable(GetParam());
  spec.populations.push_back(MakePopulation("c", "lif_delta", 30));
  Simulation simulation(spec);
  ASSERT_EQ(simulation.Change({SetWeightsSpec{"constant", Value(0.25)}}).Text(),
            "");
  EditSpec edit;
  edit.projections = {MakeProjection("c", "b", FixedIndegree{3}, 0.5, 1.0)};
  const absl::Status status = simulation.Edit(edit);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("\"constant\" and \"c->b\" would be counted together"));
  edit.projections[0].weight = 0.375;
  EXPECT_EQ(simulation.Edit(edit), absl::OkStatus());
  EXPECT_EQ(simulation.Synapses(0)[0].weight, 0.25);
  EXPECT_EQ(simulation.Synapses(5)[0].weight, 0.375);
}

// The unit of 16-bit weights stays when the largest weight goes.
TEST_P(CarryOverTest, WeightsKeepTheirUnit) {
  NetworkSpec spec = MakeChangeable(GetParam());
  spec.projections.push_back(
      MakeProjection("a", "b", AllToAll{}, Uniform{0, 50}, 2.0));
  spec.projections.back().name = "strong";
  spec.projections.back().weight_precision = WeightPrecision::kBits16;
  Simulation simulation(spec);
  const int index = simulation.network().FindProjection("integers");
  ASSERT_EQ(simulation.Change({SetWeightsSpec{"integers", Value(40.0)}}).Text(),
            "");
  ApplyDueChanges(simulation.network(), simulation.state());
  const double before = simulation.Synapses(index)[0].weight;
  EXPECT_NEAR(before, 40, 50.0 / 4095);
  EditSpec edit;
  edit.removed_projections = {"strong"};
  ASSERT_EQ(simulation.Edit(edit), absl::OkStatus());
  EXPECT_EQ(
      simulation.Synapses(simulation.network().FindProjection("integers"))[0]
          .weight,
      before);
}

INSTANTIATE_TEST_SUITE_P(Precisions, CarryOverTest,
                         ::testing::Values(Precision::kFloat32,
                                           Precision::kFloat64));

// ---- Spikes on their way, and stimuli

// A source whose neuron 0 spikes at step 10, and a target.
NetworkSpec MakePair(double delay_ms) {
  NetworkSpec spec = MakeNetwork(1);
  testing::AddSpikeSource(&spec, "source", {{10}});
  spec.populations.push_back(MakePopulation("target", "lif_delta", 1));
  spec.projections = {
      MakeProjection("source", "target", AllToAll{}, 100.0, delay_ms)};
  return spec;
}

using Steps = std::vector<int64_t>;

TEST(CarryOverOnTheWay, SpikesArriveThroughWhatStays) {
  for (int64_t edited_at : {10, 11, 12, 14, 15, 16}) {
    Simulation simulation(MakePair(5));
    simulation.Run(edited_at);
    EditSpec edit;
    edit.populations = {MakePopulation("new", "lif_delta", 100)};
    ASSERT_EQ(simulation.Edit(edit, 2), absl::OkStatus());
    simulation.Run(30 - edited_at);
    EXPECT_EQ(simulation.SpikeSteps("target"), Steps{15}) << edited_at;
  }
}

TEST(CarryOverOnTheWay, WhatGoesDeliversWhatHasArrived) {
  for (int64_t edited_at : {10, 11, 14, 15}) {
    Simulation simulation(MakePair(5));
    simulation.Run(edited_at);
    EditSpec edit;
    edit.removed_projections = {"source->target"};
    ASSERT_EQ(simulation.Edit(edit), absl::OkStatus());
    simulation.Run(30 - edited_at);
    // At step 15 the arrivals of the coming step have been added up.
    EXPECT_EQ(simulation.SpikeSteps("target"),
              edited_at == 15 ? Steps{15} : Steps{})
        << edited_at;
  }
}

// New synapses deliver spikes that are on their way, as far back as the longest
// delay before the edit.
TEST(CarryOverOnTheWay, WhatIsNewDeliversWhatArrives) {
  for (const char* model :
       {"static", "stp_markram", "stp_tsodyks", "stdp_pair", "stdp_triplet"}) {
    for (int64_t edited_at : {8, 11, 15, 16}) {
      NetworkSpec spec = MakePair(5);
      spec.populations.push_back(MakePopulation("other", "lif_delta", 1));
      Simulation simulation(spec);
      simulation.Run(edited_at);
      EditSpec edit;
      edit.projections = {
          MakeProjection("source", "other", AllToAll{}, 100.0, 9.0)};
      SynapseSpec& synapse = edit.projections[0].synapse;
      synapse.model = model;
      if (synapse.model.starts_with("stdp")) {
        synapse.parameters = {{"weight_max", 200.0}};
      }
      if (synapse.model.starts_with("stp")) edit.projections[0].weight = 1e4;
      ASSERT_EQ(simulation.Edit(edit), absl::OkStatus());
      simulation.Run(30 - edited_at);
      EXPECT_EQ(simulation.SpikeSteps("other"),
                edited_at <= 15 ? Steps{19} : Steps{})
          << model << " " << edited_at;
    }
  }
}

TEST(CarryOverStimuli, GoWithTheirPopulation) {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("a", "lif_delta", 1),
                      MakePopulation("b", "lif_delta", 1)};
  spec.stimuli = {MakeCurrent(spec, "a", {1e4}, 0, 100),
                  MakeCurrent(spec, "b", {1e4}, 20, 2),
                  MakeCurrent(spec, "b", {1e4}, 40, 2)};
  Simulation simulation(spec);
  Simulation stays(spec);
  stays.Run(60);
  simulation.Run(21);
  EditSpec edit;
  edit.removed_populations = {"a"};
  ASSERT_EQ(simulation.Edit(edit), absl::OkStatus());
  EXPECT_EQ(simulation.state().stimuli.size(), 2u);
  simulation.Run(39);
  EXPECT_GE(stays.SpikeSteps("b").size(), 2u);
  std::vector<int64_t> steps;
  for (const Spike& spike : simulation.spikes()) {
    if (spike.step >= 21 || spike.neuron == 1) steps.push_back(spike.step);
  }
  EXPECT_EQ(steps, stays.SpikeSteps("b"));
}

// Rates draw random numbers by the step and the order in which they began.
TEST(CarryOverStimuli, RatesGoOnTheSame) {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("alone", "lif_delta", 3),
                      MakePopulation("a", "spike_source", 70)};
  const auto add = [&](double rate_hz, int64_t start, double duration_ms) {
    StimulusSpec stimulus;
    stimulus.population = "a";
    stimulus.start = start;
    stimulus.kind = RateStimulusSpec{{rate_hz}, duration_ms, 1, ""};
    spec.stimuli.push_back(stimulus);
  };
  add(40, 0, 0);
  add(20, 10, 500);
  add(30, 10, 30);
  add(70, 60, 0);
  Simulation stays(spec);
  Simulation edited(spec);
  stays.Run(200);
  edited.Run(25);
  EditSpec edit;
  edit.populations = {MakePopulation("new", "lif_delta", 5)};
  ASSERT_EQ(edited.Edit(edit, 2), absl::OkStatus());
  edited.Run(175);
  EXPECT_GT(stays.spikes().size(), 500u);
  EXPECT_EQ(edited.spikes(), stays.spikes());
}

// New neurons begin with their initial values, at any step.
TEST(CarryOverNew, NeuronsBeginWithTheirInitialValues) {
  Simulation simulation(MakePair(5));
  simulation.Run(12);
  EditSpec edit;
  edit.populations = {MakePopulation("new", "lif_delta", 40, {},
                                     {{"v_mv", Uniform{-70, -60}}})};
  ASSERT_EQ(simulation.Edit(edit), absl::OkStatus());
  NetworkSpec spec = MakePair(5);
  spec.populations.push_back(edit.populations[0]);
  const Simulation fresh(spec);
  for (int64_t i = 0; i < 40; ++i) {
    EXPECT_EQ(simulation.Variable("new", "v_mv", i),
              fresh.Variable("new", "v_mv", i));
  }
}

}  // namespace
}  // namespace spiked
