// SPDX-License-Identifier: Apache-2.0
//
// Receptors that take one sign only refuse the other, on every way in: for all
// receptors of all models.

#include "core/spec/receptor_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/catalogue.h"
#include "core/build/compile.h"
#include "core/build/validate.h"
#include "core/change/change.h"
#include "core/change/edit_spec.h"
#include "core/network/state.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeArrivals;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Pairs;
using ::testing::SizeIs;

// The receptors that take one sign: 1: at least 0, -1: at most 0.
const std::map<std::string, int>& Signs() {
  static const auto* const signs = new std::map<std::string, int>{
      {"adex.excitatory", 1},
      {"adex.inhibitory", 1},
      {"hh_cond_exp.excitatory", 1},
      {"hh_cond_exp.inhibitory", 1},
      {"hh_psc_alpha.inhibitory", -1},
      {"lif_alpha.inhibitory", -1},
      {"lif_cond_alpha.excitatory", 1},
      {"lif_cond_alpha.inhibitory", 1},
      {"lif_cond_exp.excitatory", 1},
      {"lif_cond_exp.inhibitory", 1},
      {"lif_exp_adaptive.inhibitory", -1},
      {"lif_exp_ei.inhibitory", -1},
  };
  return *signs;
}

// A receptor, and what tries to act on it.
struct Attempt {
  std::string model;
  std::string receptor;
  double sign;  // of what acts

  // Four neurons "p" with two synapses from "s" that are always right.
  NetworkSpec Network() const {
    NetworkSpec network = MakeNetwork(0.1);
    network.populations = {MakePopulation("p", model, 4),
                           MakePopulation("s", "spike_source", 4)};
    network.projections = {Projection(std::vector<double>{0, 0})};
    return network;
  }
  ProjectionSpec Projection(Value weight, SynapseSpec synapse = {}) const {
    ProjectionSpec projection = MakeProjection(
        "s", "p", Pairs({{0, 1}, {2, 3}}), std::move(weight), 1.0, synapse);
    projection.name = "x";
    projection.receptor = receptor;
    return projection;
  }
};

struct Way {
  const char* name;
  const char* field;
  std::function<void(const Attempt&, NetworkSpec&)> take;
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

Value Bounded(double sign, Normal normal) {
  (sign > 0 ? normal.min : normal.max) = 0;
  return normal;
}

Way Weight(const char* name, const char* place,
           std::function<Value(double)> value) {
  static auto* const fields = new std::vector<std::unique_ptr<std::string>>;
  fields->push_back(std::make_unique<std::string>(
      absl::StrCat("network.projections[0].weight", place)));
  return {name, fields->back()->c_str(),
          [value](const Attempt& a, NetworkSpec& network) {
            network.projections[0].weight = value(a.sign);
          }};
}

Way Input(const char* name, const char* model,
          std::function<ValueMap(double)> parameters) {
  return {name, "network.inputs[0].parameters",
          [=](const Attempt& a, NetworkSpec& network) {
            network.inputs = {MakeInput("p", model, parameters(a.sign))};
            network.inputs[0].receptor = a.receptor;
          }};
}

Way Encoder(const char* name, const char* tuning,
            std::function<ValueMap(double)> parameters) {
  return {name, "network.encoders[0].parameters",
          [=](const Attempt& a, NetworkSpec& network) {
            EncoderSpec encoder;
            encoder.name = "e";
            encoder.population = "p";
            encoder.tuning = tuning;
            encoder.receptor = a.receptor;
            encoder.parameters = parameters(a.sign);
            network.encoders = {encoder};
          }};
}

std::vector<Way> Ways() {
  return {
      Weight("constant", "", [](double s) { return 60 * s; }),
      Weight("list", ".list.values[1]",
             [](double s) {
               return std::vector<double>{0, 2 * s};
             }),
      Weight("uniform", "",
             [](double s) {
               return Uniform{2.0 * (s < 0) * s, s > 0 ? 2.0 : 0};
             }),
      Weight("discrete", "",
             [](double s) {
               return s > 0 ? DiscreteUniform{0, 3} : DiscreteUniform{-3, 0};
             }),
      Weight("normal", "",
             [](double s) {
               return Bounded(s, Normal{3 * s, 1});
             }),
      Weight("normal_without_width", "",
             [](double s) {
               return Normal{3 * s, 0};
             }),
      Weight("mixture", "",
             [](double s) {
               return Mixture{{{0.5, 0.0}, {0.5, SimpleValue(s)}}};
             }),
      {"by_distance", "network.projections[0].weight",
       [](const Attempt& a, NetworkSpec& network) {
         for (PopulationSpec& p : network.populations) {
           p.positions = PositionsSpec{GridPositions{{4, 1}, {1}}};
         }
         network.projections[0].weight =
             ByDistance{0, GaussianOfDistance{2 * a.sign, 1}};
       }},
      {"plastic_bounds",
       "network.projections[0].synapse.parameters[\"weight_m\"]",
       [](const Attempt& a, NetworkSpec& network) {
         network.projections[0].synapse = {
             "stdp_pair",
             {{"weight_min", a.sign < 0 ? -1.0 : 0.0},
              {"weight_max", a.sign > 0 ? 1.0 : 0.0}}};
       }},
      {"plastic_bounds_of_triplets",
       "network.projections[0].synapse.parameters[\"weight_m\"]",
       [](const Attempt& a, NetworkSpec& network) {
         network.projections[0].synapse = {
             "stdp_triplet",
             {{"weight_min", a.sign < 0 ? -1.0 : 0.0},
              {"weight_max", a.sign > 0 ? 1.0 : 0.0}}};
       }},
      {"vogels_sprekeler",
       "network.projections[0].synapse.parameters[\"weight_m\"]",
       [](const Attempt& a, NetworkSpec& network) {
         network.projections[0].synapse = {"vogels_sprekeler",
                                           {{"weight_max", a.sign}}};
       }},
      {"spikes", "network.stimuli[0].spikes.weight",
       [](const Attempt& a, NetworkSpec& network) {
         network.stimuli = {
             MakeArrivals(network, "p", a.receptor, a.sign, {3})};
       }},
      {"rates", "network.stimuli[0].rates.weight",
       [](const Attempt& a, NetworkSpec& network) {
         network.stimuli = {
             testing::MakeRates(network, "p", {10}, a.sign, 0, 10)};
         std::get<RateStimulusSpec>(network.stimuli[0].kind).receptor =
             a.receptor;
       }},
      Input("background", "poisson_background",
            [](double s) {
              return ValueMap{{"weight", s}};
            }),
      Input("direct", "dc_current",
            [](double s) {
              return ValueMap{{"amplitude", 2 * s}};
            }),
      Input("noise", "normal_noise_current",
            [](double s) {
              return ValueMap{{"mean", s}};
            }),
      Input("coloured_noise", "ornstein_uhlenbeck_current",
            [](double s) {
              return ValueMap{{"mean", s}, {"std", 0.0}};
            }),
      Input("uniform_noise", "uniform_noise_current",
            [](double s) {
              return s > 0 ? ValueMap{{"high", 1.0}} : ValueMap{{"low", -1.0}};
            }),
      Input("one_neuron", "random_neuron_current",
            [](double s) {
              return ValueMap{{"amplitude", s}};
            }),
      Input("sine", "sine_current",
            [](double s) {
              return ValueMap{{"offset", 2 * s}, {"amplitude", 2.0}};
            }),
      Encoder("gaussian", "gaussian",
              [](double s) {
                return ValueMap{{"peak", s}};
              }),
      Encoder("latency", "latency",
              [](double s) {
                return ValueMap{{"weight", s}};
              }),
      Encoder("linear", "linear",
              [](double s) {
                return ValueMap{{"low", 0.0}, {"high", 1.0}, {"gain", s}};
              }),
      Encoder("on_off", "on_off",
              [](double s) {
                return ValueMap{{"gain", s}};
              }),
  };
}

// Calls body(attempt, whether it is allowed) for both signs on each receptor of
// each model.
void ForEachAttempt(const std::function<void(const Attempt&, bool)>& body) {
  size_t one_sided = 0;
  for (const NeuronModel* model : NeuronModels()) {
    for (const ReceptorInfo& receptor : model->info().receptors) {
      const auto it =
          Signs().find(absl::StrCat(model->info().name, ".", receptor.name));
      one_sided += it != Signs().end();
      for (const int sign : {1, -1}) {
        SCOPED_TRACE(absl::StrCat(model->info().name, ".", receptor.name, " ",
                                  sign > 0 ? "+" : "-"));
        body({model->info().name, receptor.name, static_cast<double>(sign)},
             it == Signs().end() || it->second == sign);
      }
    }
  }
  EXPECT_EQ(one_sided, Signs().size());
}

// Without the ends of weight_min and weight_max.
std::string WithoutEnd(std::string field) {
  for (const char* end : {"in\"]", "ax\"]"}) {
    const size_t at = field.find(end);
    if (at != std::string::npos) field.replace(at, 2, "");
  }
  return field;
}

class ReceptorWeights : public ::testing::TestWithParam<Way> {};

TEST_P(ReceptorWeights, AreOfTheSignThatTheReceptorTakes) {
  ForEachAttempt([](const Attempt& attempt, bool allowed) {
    NetworkSpec network = attempt.Network();
    GetParam().take(attempt, network);
    const Violations violations = ValidateNetwork(network, "network");
    if (allowed) {
      EXPECT_THAT(violations.list(), IsEmpty()) << violations.Text();
      return;
    }
    ASSERT_THAT(violations.list(), SizeIs(1)) << violations.Text();
    EXPECT_EQ(WithoutEnd(violations.list()[0].field), GetParam().field);
    EXPECT_THAT(violations.list()[0].description,
                AllOf(HasSubstr(absl::StrCat("receptor ", attempt.receptor,
                                             " of ", attempt.model)),
                      AnyOf(HasSubstr("; give"), HasSubstr("; add"))));
  });
}

INSTANTIATE_TEST_SUITE_P(All, ReceptorWeights, ::testing::ValuesIn(Ways()),
                         [](const auto& info) { return info.param.name; });

TEST(ReceptorSigns, HoldForLiveChanges) {
  ForEachAttempt([](const Attempt& attempt, bool allowed) {
    NetworkSpec spec = attempt.Network();
    spec.inputs = {MakeInput("p", "poisson_background", {{"weight", 0.0}})};
    spec.inputs[0].receptor = attempt.receptor;
    const auto network = Compile(spec);
    ASSERT_TRUE(network.ok()) << network.status();
    const State state = MakeState(**network);
    const auto field = [&](ChangeSpec change) -> std::string {
      Violations violations;
      ValidateChanges(**network, {change}, "changes", &violations);
      if (violations.empty()) {
        CheckChanges(**network, state, {change}, 0, "changes", &violations);
      }
      return violations.empty() ? "" : violations.list()[0].field;
    };
    const auto expect = [&](ChangeSpec change, const char* refused) {
      EXPECT_EQ(field(std::move(change)), allowed ? "" : refused);
    };
    const double s = attempt.sign;
    expect(SetWeightsSpec{"x", Value(s)}, "changes[0].set_weights.value");
    expect(SetWeightsSpec{"x", Value(std::vector<double>{0, s})},
           "changes[0].set_weights.value.list.values[1]");
    expect(SetWeightsSpec{"x", Value(Bounded(s, Normal{s, 1}))},
           "changes[0].set_weights.value");
    expect(SetWeightsSpec{"x", PairWeights{{0, 2}, {1, 3}, {0, s}}},
           "changes[0].set_weights.pairs.weights[1]");
    expect(SetInputSpec{"poisson_background->p", {{"weight", s}}},
           "changes[0].set_input.parameters");
    const bool any =
        Signs().find(attempt.model + "." + attempt.receptor) == Signs().end();
    EXPECT_EQ(field(SetWeightsSpec{"x", WeightFactor{-1}}),
              any ? "" : "changes[0].set_weights.factor");
    EXPECT_EQ(field(SetWeightsSpec{"x", WeightFactor{2}}), "");
  });
}

TEST(ReceptorSigns, HoldForEdits) {
  ForEachAttempt([](const Attempt& attempt, bool allowed) {
    EditSpec edit;
    edit.projections = {attempt.Projection(attempt.sign)};
    edit.projections[0].name = "y";
    Violations violations;
    const EditedSpec edited =
        EditNetwork(attempt.Network(), edit, "", &violations);
    ASSERT_TRUE(violations.empty()) << violations.Text();
    const auto before = Compile(attempt.Network(), 1);
    ASSERT_TRUE(before.ok()) << before.status();
    const NetworkPlan plan = PlanEdited(edited, **before, "add");
    ASSERT_EQ(plan.violations.size(), allowed ? 0u : 1u)
        << plan.violations.Text();
    if (allowed) return;
    EXPECT_EQ(plan.violations.list()[0].field, "add.projections[0].weight");
  });
}

TEST(ReceptorSigns, TellWhatToWriteInstead) {
  NetworkSpec network = Attempt{"lif_cond_exp", "excitatory", 1}.Network();
  const auto text = [&](Value weight) {
    network.projections[0].weight = std::move(weight);
    return ValidateNetwork(network, "network").Text();
  };
  EXPECT_EQ(text(-60.0),
            "network.projections[0].weight: -60 is below 0, and receptor "
            "excitatory of lif_cond_exp takes 0 and more only; give 60, or "
            "another receptor: excitatory, inhibitory, current");
  EXPECT_EQ(text(Normal{6, 1}),
            "network.projections[0].weight: reaches over [-inf, inf], and "
            "receptor excitatory of lif_cond_exp takes 0 and more only; add "
            "min: 0");
  EXPECT_EQ(text(Uniform{-1, 1}),
            "network.projections[0].weight: reaches over [-1, 1], and receptor "
            "excitatory of lif_cond_exp takes 0 and more only; give a low of "
            "at least 0");
}

}  // namespace
}  // namespace spiked
