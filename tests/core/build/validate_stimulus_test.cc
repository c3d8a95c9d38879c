// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/catalogue.h"
#include "core/build/validate.h"
#include "core/spec/value.h"
#include "tests/support/network_builder.h"
#include "tests/support/not_a_number.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::kNaN;

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Population p: 6 neurons in 3 columns, at 0.5 ms; some projections.
Violations Check(const StimulusSpec& spec) {
  Violations violations;
  const std::vector<PopulationShape> shapes = {
      {"other", 100, 1, &FindNeuronModel("izhikevich")->info()},
      {"p", 6, 3, &FindNeuronModel("izhikevich")->info()}};
  ValidateStimulus(spec, shapes,
                   {{"fixed", Plasticity::kNone},
                    {"learns", Plasticity::kPlastic},
                    {"learns_too", Plasticity::kPlastic},
                    {"rewarded", Plasticity::kWithDopamine}},
                   0.5, "s", &violations);
  return violations;
}

StimulusSpec Current(std::vector<double> amplitudes, double duration_ms = 1) {
  StimulusSpec s;
  s.population = "p";
  s.kind = CurrentStimulusSpec{std::move(amplitudes), duration_ms};
  return s;
}

StimulusSpec Spikes(std::vector<double> offsets_ms, double weight = 1,
                    const std::string& receptor = "") {
  StimulusSpec s;
  s.population = "p";
  s.kind = SpikeStimulusSpec{std::move(offsets_ms), weight, receptor};
  return s;
}

StimulusSpec Rates(std::vector<double> rates_hz, double duration_ms = 1,
                   double weight = 1, const std::string& receptor = "") {
  StimulusSpec s;
  s.population = "p";
  s.kind = RateStimulusSpec{std::move(rates_hz), duration_ms, weight, receptor};
  return s;
}

StimulusSpec Switch(std::vector<std::string> projections) {
  return testing::MakeSwitch(false, 0, std::move(projections));
}

StimulusSpec Pulse(std::vector<std::string> projections, double amount = 1) {
  return testing::MakePulse(amount, 0, std::move(projections));
}

template <class Change>
StimulusSpec With(StimulusSpec s, Change change) {
  change(s);
  return s;
}

TEST(ValidateStimulus, NumbersMustFitThePrecisionOfTheNetwork) {
  const std::vector<PopulationShape> shapes = {
      {"p", 6, 3, &FindNeuronModel("izhikevich")->info(),
       LargestNumber(Precision::kFloat32)}};
  for (const auto& [stimulus, field] :
       {std::pair(Current({1, 1, 1e39}), "s.current.amplitudes[2]"),
        {Spikes({}, -1e39), "s.spikes.weight"},
        {Rates({1}, 1, 1e39), "s.rates.weight"}}) {
    StimulusSpec spec = stimulus;
    if (std::holds_alternative<CurrentStimulusSpec>(spec.kind)) {
      spec.neuron_indices = {0, 1, 2};
    }
    EXPECT_THAT(Check(spec).list(), IsEmpty());
    Violations violations;
    ValidateStimulus(spec, shapes, {}, 0.5, "s", &violations);
    ASSERT_THAT(violations.list(), SizeIs(1));
    EXPECT_EQ(violations.list()[0].field, field);
    EXPECT_THAT(violations.list()[0].description,
                HasSubstr("1e+39 is beyond 3.40282e+38"));
  }
}

struct BadStimulus {
  const char* name;
  StimulusSpec stimulus;
  const char* field;
  std::vector<std::string> telling;
};

void PrintTo(const BadStimulus& bad, std::ostream* out) { *out << bad.name; }

class BadStimulusTest : public ::testing::TestWithParam<BadStimulus> {};

TEST_P(BadStimulusTest, IsToldWithPathNumberAndRule) {
  const Violations violations = Check(GetParam().stimulus);
  ASSERT_THAT(violations.list(), SizeIs(1)) << violations.Text();
  EXPECT_EQ(violations.list()[0].field, absl::StrCat("s", GetParam().field));
  for (const std::string& part : GetParam().telling) {
    EXPECT_THAT(violations.list()[0].description, HasSubstr(part));
  }
}

BadStimulus Start(const char* name, StimulusStart start, const char* field,
                  std::vector<std::string> telling) {
  return {name, With(Current({1}), [&](auto& s) { s.start = start; }), field,
          std::move(telling)};
}
BadStimulus Neurons(const char* name, std::vector<int32_t> neurons,
                    const char* field, std::vector<std::string> telling) {
  return {name,
          With(Current({1}), [&](auto& s) { s.neuron_indices = neurons; }),
          field, std::move(telling)};
}
BadStimulus Columns(const char* name, std::vector<int32_t> columns,
                    const char* field, std::vector<std::string> telling) {
  return {name, With(Current({1}), [&](auto& s) { s.columns = columns; }),
          field, std::move(telling)};
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadStimulusTest,
    ::testing::Values(
        BadStimulus{"PopulationUnknown",
                    With(Current({1}), [](auto& s) { s.population = "q"; }),
                    ".population",
                    {"\"q\"", "other, p"}},
        BadStimulus{"NothingToInject",
                    With(Current({1}), [](auto& s) { s.kind = {}; }),
                    "",
                    {"current, spikes, rates, encoder_values, plasticity or "
                     "dopamine"}},
        Start("StepNegative", int64_t{-1}, ".start_step", {"-1", "[0, 2^60]"}),
        Start("StepTooLarge", (int64_t{1} << 60) + 1, ".start_step",
              {"1152921504606846977", "[0, 2^60]"}),
        Start("TimeNegative", StartMs{-0.5}, ".start_ms",
              {"-0.5", "[0, 1e15]"}),
        Start("TimeNaN", StartMs{kNaN}, ".start_ms", {"nan", "[0, 1e15]"}),
        Start("TimeInfinite", StartMs{kInfinity}, ".start_ms",
              {"inf", "[0, 1e15]"}),
        Neurons("NeuronOutOfRange", {0, 6}, ".neuron_indices[1]",
                {"6", "[0, 6)"}),
        Neurons("NeuronNegative", {-1}, ".neuron_indices[0]", {"-1", "[0, 6)"}),
        Neurons("NeuronTwice", {2, 3, 2}, ".neuron_indices[2]",
                {"2 occurs twice"}),
        Columns("ColumnOutOfRange", {0, 3}, ".columns[1]", {"3", "[0, 3)"}),
        Columns("ColumnTwice", {1, 1}, ".columns[1]", {"1 occurs twice"}),
        BadStimulus{"NeuronsAndColumns",
                    With(Current({1}),
                         [](auto& s) {
                           s.neuron_indices = {0};
                           s.columns = {0};
                         }),
                    ".columns",
                    {"neuron_indices"}},
        BadStimulus{"NoAmplitude",
                    Current({}),
                    ".current.amplitudes",
                    {"0 amplitudes", "give one"}},
        BadStimulus{"AmplitudesWithoutNeurons",
                    Current({1, 2, 3, 4, 5, 6}),
                    ".current.amplitudes",
                    {"6 amplitudes", "neuron_indices"}},
        BadStimulus{"AmplitudesForOtherNeurons",
                    With(Current({1, 2, 3}),
                         [](auto& s) {
                           s.neuron_indices = {0, 1};
                         }),
                    ".current.amplitudes",
                    {"3 amplitudes", "2 neuron_indices"}},
        BadStimulus{"AmplitudeNaN",
                    With(Current({1, kNaN}),
                         [](auto& s) {
                           s.neuron_indices = {0, 1};
                         }),
                    ".current.amplitudes[1]",
                    {"nan", "finite"}},
        BadStimulus{"DurationZero",
                    Current({1}, 0),
                    ".current.duration_ms",
                    {"0 is not in", "0.5 (one step)"}},
        BadStimulus{"DurationBelowHalfAStep",
                    Current({1}, 0.2),
                    ".current.duration_ms",
                    {"0.2 is not in", "0.5 (one step)"}},
        BadStimulus{"DurationTooLong",
                    Current({1}, 1.1e9),
                    ".current.duration_ms",
                    {"1e9"}},
        BadStimulus{
            "DurationNaN", Current({1}, kNaN), ".current.duration_ms", {"nan"}},
        BadStimulus{"OffsetNegative",
                    Spikes({0, -1}),
                    ".spikes.offsets_ms[1]",
                    {"-1", "[0, 1e9]"}},
        BadStimulus{"OffsetNaN",
                    Spikes({kNaN}),
                    ".spikes.offsets_ms[0]",
                    {"nan", "[0, 1e9]"}},
        BadStimulus{"SpikeWeightInfinite",
                    Spikes({}, -kInfinity),
                    ".spikes.weight",
                    {"-inf", "finite"}},
        BadStimulus{
            "NoRate", Rates({}), ".rates.rates_hz", {"0 rates; give one"}},
        BadStimulus{"RatesWithoutNeurons",
                    Rates({1, 2, 3, 4, 5, 6}),
                    ".rates.rates_hz",
                    {"6 rates", "neuron_indices"}},
        BadStimulus{"RatesForOtherNeurons",
                    With(Rates({1, 2, 3}),
                         [](auto& s) {
                           s.neuron_indices = {0, 1};
                         }),
                    ".rates.rates_hz",
                    {"3 rates", "2 neuron_indices"}},
        BadStimulus{"RateNegative",
                    Rates({-1}),
                    ".rates.rates_hz[0]",
                    {"-1 is not in [0, 1e6]"}},
        BadStimulus{"RateTooHigh",
                    With(Rates({1e6, 1000001}),
                         [](auto& s) {
                           s.neuron_indices = {0, 1};
                         }),
                    ".rates.rates_hz[1]",
                    {"1e+06", "is not in [0, 1e6]"}},
        BadStimulus{"RateNaN",
                    Rates({kNaN}),
                    ".rates.rates_hz[0]",
                    {"nan is not in [0, 1e6]"}},
        BadStimulus{"RateInfinite",
                    Rates({kInfinity}),
                    ".rates.rates_hz[0]",
                    {"inf is not in [0, 1e6]"}},
        BadStimulus{"RatesBelowHalfAStep",
                    Rates({1}, 0.2),
                    ".rates.duration_ms",
                    {"0.2 is neither 0 (until the next rates) nor in",
                     "0.5 (one step)"}},
        BadStimulus{"RatesOfNegativeDuration",
                    Rates({1}, -1),
                    ".rates.duration_ms",
                    {"-1 is neither 0"}},
        BadStimulus{
            "RatesTooLong", Rates({1}, 1.1e9), ".rates.duration_ms", {"1e9"}},
        BadStimulus{
            "RatesForNaN", Rates({1}, kNaN), ".rates.duration_ms", {"nan"}},
        BadStimulus{"RateWeightInfinite",
                    Rates({1}, 1, kInfinity),
                    ".rates.weight",
                    {"inf", "finite"}},
        BadStimulus{"RateReceptorUnknown",
                    Rates({1}, 1, 1, "curent"),
                    ".rates.receptor",
                    {"izhikevich", "\"curent\"", "did you mean current?"}},
        BadStimulus{"SwitchOfUnknownProjection",
                    Switch({"learns", "learn"}),
                    ".plasticity.projections[1]",
                    {"\"learn\"", "did you mean learns?", "fixed"}},
        BadStimulus{"SwitchOfStaticProjection",
                    Switch({"fixed"}),
                    ".plasticity.projections[0]",
                    {"\"fixed\" never change", "plastic"}},
        BadStimulus{"SwitchOfOneTwice",
                    Switch({"learns", "learns"}),
                    ".plasticity.projections[1]",
                    {"\"learns\" occurs twice"}},
        BadStimulus{"SwitchOfAPopulation",
                    With(Switch({}), [](auto& s) { s.population = "p"; }),
                    ".population",
                    {"of projections", "plasticity.projections"}},
        BadStimulus{"SwitchOfNeurons",
                    With(Switch({}), [](auto& s) { s.neuron_indices = {0}; }),
                    ".neuron_indices",
                    {"of projections"}},
        BadStimulus{"SwitchOfColumns",
                    With(Switch({}), [](auto& s) { s.columns = {0}; }),
                    ".columns",
                    {"of projections"}},
        BadStimulus{"DopamineOfUnknownProjection",
                    Pulse({"rewarded", "rewarted"}),
                    ".dopamine.projections[1]",
                    {"\"rewarted\"", "did you mean rewarded?", "fixed"}},
        BadStimulus{"DopamineOfAnotherModel",
                    Pulse({"learns"}),
                    ".dopamine.projections[0]",
                    {"synapse model of \"learns\" takes no dopamine",
                     "stdp_dopamine, stdp_dopamine_interval"}},
        BadStimulus{"DopamineOfOneTwice",
                    Pulse({"rewarded", "rewarded"}),
                    ".dopamine.projections[1]",
                    {"\"rewarded\" occurs twice"}},
        BadStimulus{"DopamineOfAPopulation",
                    With(Pulse({}), [](auto& s) { s.population = "p"; }),
                    ".population",
                    {"dopamine is of projections", "dopamine.projections"}},
        BadStimulus{"DopamineOfNeurons",
                    With(Pulse({}), [](auto& s) { s.neuron_indices = {0}; }),
                    ".neuron_indices",
                    {"of projections"}},
        BadStimulus{"DopamineNaN",
                    Pulse({}, kNaN),
                    ".dopamine.amount",
                    {"nan is not in [-1e20, 1e20]"}},
        BadStimulus{"DopamineWithoutEnd",
                    Pulse({}, -1.1e20),
                    ".dopamine.amount",
                    {"-1.1e+20 is not in [-1e20, 1e20]"}},
        BadStimulus{"SwitchInThePast",
                    With(Switch({}), [](auto& s) { s.start = int64_t{-1}; }),
                    ".start_step",
                    {"-1", "[0, 2^60]"}},
        BadStimulus{"ReceptorUnknown",
                    Spikes({}, 1, "curent"),
                    ".spikes.receptor",
                    {"izhikevich", "\"curent\"", "did you mean current?"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ValidateStimulus, SwitchNeedsAPlasticProjection) {
  Violations violations;
  ValidateStimulus(Switch({}), {}, {{"a", Plasticity::kNone}}, 1, "s",
                   &violations);
  EXPECT_EQ(violations.Text(),
            "s.plasticity.projections: empty means all plastic projections, "
            "and there are none");
}

TEST(ValidateStimulus, DopamineNeedsAProjectionThatTakesIt) {
  Violations violations;
  ValidateStimulus(Pulse({}), {}, {{"a", Plasticity::kPlastic}}, 1, "s",
                   &violations);
  EXPECT_EQ(violations.Text(),
            "s.dopamine.projections: empty means all projections that take "
            "dopamine, and there are none");
}

TEST(ValidateStimulus, PlasticityOfANetworkIsThatOfItsProjections) {
  NetworkSpec network = testing::MakeColumnarNetwork(Precision::kFloat32, 1);
  network.projections[0].synapse = {"stdp_dopamine", {}};
  network.projections[0].weight = 1.0;
  const testing::Simulation simulation(network);
  EXPECT_EQ(PlasticityOf(simulation.network()),
            (PlasticityByName{{"internal->internal", Plasticity::kWithDopamine},
                              {"afferent->internal", Plasticity::kPlastic},
                              {"internal->afferent", Plasticity::kPlastic},
                              {"bursting->internal", Plasticity::kNone}}));
}

// A network reports an unknown synapse model once, not again for each switch.
TEST(ValidateStimulus, SwitchOfAProjectionThatIsWrongItselfIsNotToldAgain) {
  NetworkSpec network = testing::MakeColumnarNetwork(Precision::kFloat32, 1);
  network.projections[0].synapse = {"stpd_pair", {}};
  network.stimuli = {Switch({"internal->internal"})};
  const Violations violations = ValidateNetwork(network, "network");
  ASSERT_THAT(violations.list(), SizeIs(1));
  EXPECT_EQ(violations.list()[0].field, "network.projections[0].synapse.model");
  network.projections[0].synapse = {};
  EXPECT_THAT(ValidateNetwork(network, "network").Text(),
              HasSubstr("network.stimuli[0].plasticity.projections[0]: "));
}

// With several receptors it would be ambiguous which one is meant.
TEST(ValidateStimulus, CurrentsNeedAReceptor) {
  ModelInfo model;
  model.name = "two_ways";
  model.receptors = {{"fast", "", ""}, {"slow", "", ""}};
  const std::vector<PopulationShape> shapes = {{"p", 6, 3, &model}};
  Violations violations;
  ValidateStimulus(Current({1}), shapes, {}, 0.5, "s", &violations);
  EXPECT_EQ(violations.Text(),
            "s.current: two_ways has no receptor for currents; give spikes and "
            "one of its receptors: fast, slow");
  Violations none;
  ValidateStimulus(Spikes({}), shapes, {}, 0.5, "s", &none);
  model.receptors = {{"spikes", "", ""}};
  ValidateStimulus(Current({1}), shapes, {}, 0.5, "s", &none);
  model.receptors = {{"fast", "", ""}, {"slow", "", ""}, {"current", "", ""}};
  ValidateStimulus(Current({1}), shapes, {}, 0.5, "s", &none);
  EXPECT_THAT(none.list(), IsEmpty()) << none.Text();
}

TEST(ValidateStimulus, ValidStimuliHaveNoViolations) {
  const StimulusSpec stimuli[] = {
      Current({1}),
      Current({1}, 1e9),
      Current({1}, 0.3),  // rounded to one step
      With(Current({1, 2}),
           [](auto& s) {
             s.neuron_indices = {5, 0};
           }),
      With(Current({1}),
           [](auto& s) {
             s.columns = {2, 0};
           }),
      With(Current({1}), [](auto& s) { s.start = int64_t{1} << 60; }),
      With(Current({1}), [](auto& s) { s.start = StartMs{1e15}; }),
      Spikes({}),
      Spikes({0, 0, 1e9}, -5, "current"),
      Rates({0}, 1e9),
      Rates({0}, 0),
      Rates({1e6}, 0.3, -5, "current"),
      With(Rates({0, 1e6}),
           [](auto& s) {
             s.neuron_indices = {5, 0};
           }),
      Switch({}),
      Switch({"learns"}),
      Switch({"learns_too", "learns"}),
  };
  for (const StimulusSpec& stimulus : stimuli) {
    const Violations violations = Check(stimulus);
    EXPECT_THAT(violations.list(), IsEmpty()) << violations.Text();
  }
}

TEST(ValidateStimulus, ShapesOfANetworkAreThoseOfItsPopulations) {
  const testing::Simulation simulation(
      testing::MakeColumnarNetwork(Precision::kFloat32, 1));
  const std::vector<PopulationShape> shapes = ShapesOf(simulation.network());
  ASSERT_THAT(shapes, SizeIs(3));
  EXPECT_EQ(shapes[0].name, "internal");
  EXPECT_EQ(shapes[0].size, 90);
  EXPECT_EQ(shapes[0].column_count, 3);
  EXPECT_EQ(shapes[2].model->name, "hindmarsh_rose");
}

// The latest allowed time doesn't overflow when converted to steps.
TEST(ValidateStimulus, FarthestStimulusCanBeCompiled) {
  NetworkSpec network = testing::MakeNetwork(0.001);
  network.populations = {testing::MakePopulation("p", "izhikevich", 6)};
  network.stimuli = {
      With(Current({1}, 1e9), [](auto& s) { s.start = int64_t{1} << 60; }),
      With(Spikes({1e9}), [](auto& s) { s.start = StartMs{1e15}; }),
      With(Rates({1e6}, 1e9), [](auto& s) { s.start = int64_t{1} << 60; })};
  testing::Simulation simulation(network);
  simulation.Run(1);
  EXPECT_EQ(simulation.state().stimuli.size(), 3u);
}

}  // namespace
}  // namespace spiked
