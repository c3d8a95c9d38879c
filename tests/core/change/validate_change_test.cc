// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/build/compile.h"
#include "core/change/change.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

using ::testing::HasSubstr;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using ::testing::StartsWith;

class ValidateChange : public ::testing::Test {
 protected:
  ValidateChange() {
    NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
    spec.populations = {MakePopulation("p", "lif_delta", 4),
                        MakePopulation("q", "spike_source", 2)};
    spec.inputs = {MakeInput("p", "dc_current", {})};
    spec.projections = {
        MakeProjection("p", "q", testing::Pairs({{0, 1}, {3, 0}}),
                       std::vector{0.1, 0.2}, 1.0),
        MakeProjection("q", "p", AllToAll{}, 0.5, 1.0)};
    auto network = Compile(spec);
    EXPECT_TRUE(network.ok()) << network.status();
    network_ = *std::move(network);
  }

  std::string Text(ChangeSpecs changes) const {
    Violations violations;
    ValidateChanges(*network_, changes, "changes", &violations);
    return violations.Text();
  }

  std::unique_ptr<const Network> network_;
};

TEST_F(ValidateChange, NothingToChange) {
  EXPECT_EQ(Text({}), "");
  EXPECT_EQ(Text({SilenceSpec{"p", {}, true}, std::monostate()}),
            "changes[1]: changes nothing; give set_parameters, set_state, "
            "set_input, set_weights, silence or plasticity");
  EXPECT_EQ(Text({SetParametersSpec{"p", {}, {}}}),
            "changes[0].set_parameters.parameters: gives nothing to change");
  EXPECT_EQ(Text({SetStateSpec{"p", {}, {}}}),
            "changes[0].set_state.values: gives nothing to change");
  EXPECT_EQ(Text({SetInputSpec{"dc_current->p", {}}}),
            "changes[0].set_input.parameters: gives nothing to change");
  EXPECT_EQ(Text({SetWeightsSpec{"p->q", {}}}),
            "changes[0].set_weights: has no weights; give value, factor or "
            "pairs");
}

TEST_F(ValidateChange, UnknownNames) {
  EXPECT_THAT(Text({SetParametersSpec{"P", {}, {{"tau_m_ms", 5.0}}}}),
              StartsWith("changes[0].set_parameters.population: unknown "
                         "population \"P\""));
  EXPECT_THAT(Text({SetStateSpec{"x", {}, {{"v_mv", 5.0}}}}),
              StartsWith("changes[0].set_state.population: unknown"));
  EXPECT_THAT(Text({SilenceSpec{"x", {}, true}}),
              StartsWith("changes[0].silence.population: unknown"));
  EXPECT_THAT(Text({SetInputSpec{"dc", {{"amplitude", 5.0}}}}),
              StartsWith("changes[0].set_input.input: unknown input \"dc\""));
  EXPECT_THAT(Text({SetWeightsSpec{"p-q", Value(1.0)}}),
              StartsWith("changes[0].set_weights.projection: unknown "
                         "projection \"p-q\""));
  EXPECT_THAT(Text({SetParametersSpec{"p", {}, {{"tau_ms", 5.0}}}}),
              StartsWith("changes[0].set_parameters.parameters[\"tau_ms\"]: "
                         "unknown"));
  EXPECT_THAT(Text({SetStateSpec{"p", {}, {{"v", 5.0}}}}),
              StartsWith("changes[0].set_state.values[\"v\"]: unknown"));
  EXPECT_THAT(Text({SetInputSpec{"dc_current->p", {{"std", 5.0}}}}),
              StartsWith("changes[0].set_input.parameters[\"std\"]: unknown"));
}

TEST_F(ValidateChange, Values) {
  EXPECT_EQ(Text({SetParametersSpec{"p", {}, {{"tau_m_ms", -1.0}}}}),
            "changes[0].set_parameters.parameters[\"tau_m_ms\"]: -1 is not "
            "allowed for tau_m_ms; it must be greater than 0");
  EXPECT_EQ(
      Text({SetParametersSpec{"p", {}, {{"tau_m_ms", std::vector{1., 2.}}}}}),
      "changes[0].set_parameters.parameters[\"tau_m_ms\"]: the list has 2 "
      "values; it must have 4, one per neuron");
  EXPECT_EQ(Text({SetParametersSpec{
                "p", {1, 2}, {{"tau_m_ms", std::vector{1., 2.}}}}}),
            "");
  EXPECT_EQ(
      Text({SetStateSpec{
          "p", {}, {{"v_mv", std::numeric_limits<double>::infinity()}}}}),
      "changes[0].set_state.values[\"v_mv\"]: inf is not a finite number");
  EXPECT_THAT(Text({SetStateSpec{"p", {}, {{"v_mv", 1e39}}}}),
              HasSubstr("the largest number of FLOAT32"));
  EXPECT_THAT(Text({SetParametersSpec{"p", {}, {{"e_l_mv", ByDistance{}}}}}),
              HasSubstr("by_distance is allowed for weight and delay_ms"));
  EXPECT_EQ(Text({SetParametersSpec{"p", {}, {{"e_l_mv", Value()}}}}),
            "changes[0].set_parameters.parameters[\"e_l_mv\"]: has no value; "
            "give a constant, a list or a distribution");
}

TEST_F(ValidateChange, Indices) {
  EXPECT_EQ(Text({SilenceSpec{"p", {0, 4}, true}}),
            "changes[0].silence.neuron_indices[1]: 4 is not in [0, 4)");
  EXPECT_EQ(Text({SilenceSpec{"p", {0, 1, 0}, true}}),
            "changes[0].silence.neuron_indices[2]: 0 occurs twice");
  EXPECT_EQ(Text({SetStateSpec{"p", {-1}, {{"v_mv", 1.0}}}}),
            "changes[0].set_state.neuron_indices[0]: -1 is not in [0, 4)");
  EXPECT_EQ(Text({SetParametersSpec{"p", {5}, {{"e_l_mv", 1.0}}}}),
            "changes[0].set_parameters.neuron_indices[0]: 5 is not in [0, 4)");
}

TEST_F(ValidateChange, Weights) {
  const auto set = [&](Value value) {
    return Text({SetWeightsSpec{"p->q", std::move(value)}});
  };
  EXPECT_EQ(set(1.0), "");
  EXPECT_EQ(set(Normal{0, 1}), "");
  EXPECT_EQ(set(std::vector{0.5, 0.25}), "");
  EXPECT_EQ(set(std::vector{0.5}),
            "changes[0].set_weights.value: the list has 1 values; it must have "
            "2, one per synapse");
  EXPECT_EQ(set(Value()),
            "changes[0].set_weights.value: has no value; give a constant, a "
            "list or a distribution");
  EXPECT_EQ(set(ByDistance{}),
            "changes[0].set_weights.value: by_distance is allowed when a "
            "network is built only");
  EXPECT_THAT(set(Uniform{2, 1}), HasSubstr("is not greater than low"));
  EXPECT_EQ(
      Text({SetWeightsSpec{
          "p->q", WeightFactor{std::numeric_limits<double>::quiet_NaN()}}}),
      "changes[0].set_weights.factor: nan is not a finite number");
  EXPECT_EQ(Text({SetWeightsSpec{"q->p", Value(Uniform{0, 1})}}),
            "changes[0].set_weights.value: the weights of \"q->p\" are all the "
            "same, and none is stored (weight_bits 0); give one constant for "
            "all, or a factor");
}

TEST_F(ValidateChange, PairsOfWeights) {
  const auto set = [&](PairWeights pairs) {
    return Text({SetWeightsSpec{"p->q", std::move(pairs)}});
  };
  EXPECT_EQ(set({{3, 0}, {0, 1}, {1, 2}}), "");
  EXPECT_EQ(set({{3, 0}, {0}, {1, 2, 3}}),
            "changes[0].set_weights.pairs: 2 source_indices, 1 target_indices "
            "and 3 weights; there must be as many, and one at least");
  EXPECT_THAT(set({}), HasSubstr("and one at least"));
  EXPECT_EQ(set({{4}, {0}, {1}}),
            "changes[0].set_weights.pairs.source_indices[0]: 4 is not in [0, "
            "4)");
  EXPECT_EQ(set({{3}, {2}, {1}}),
            "changes[0].set_weights.pairs.target_indices[0]: 2 is not in [0, "
            "2)");
  EXPECT_EQ(set({{3, 0}, {0, 0}, {1, 2}}),
            "changes[0].set_weights.pairs.target_indices[1]: there is no "
            "synapse from 0 to 0 in \"p->q\"");
  EXPECT_THAT(set({{3}, {0}, {1e39}}),
              StartsWith("changes[0].set_weights.pairs.weights[0]: 1e+39"));
}

TEST_F(ValidateChange, Plasticity) {
  EXPECT_EQ(Text({PlasticitySwitchSpec{false, {}}}),
            "changes[0].plasticity.projections: empty means all plastic "
            "projections, and there are none");
  EXPECT_THAT(Text({PlasticitySwitchSpec{false, {"p->q"}}}),
              HasSubstr("the weights of \"p->q\" never change"));
}

// Reports all violations, not only the first.
TEST_F(ValidateChange, TellsAllViolations) {
  EXPECT_EQ(
      Text({SilenceSpec{"p", {9}, true},
            SetParametersSpec{"p", {8}, {{"tau_m_ms", 0.0}, {"c_m_pf", 0.0}}}}),
      "changes[0].silence.neuron_indices[0]: 9 is not in [0, 4)\n"
      "changes[1].set_parameters.neuron_indices[0]: 8 is not in [0, 4)\n"
      "changes[1].set_parameters.parameters[\"c_m_pf\"]: 0 is not allowed "
      "for c_m_pf; it must be greater than 0\n"
      "changes[1].set_parameters.parameters[\"tau_m_ms\"]: 0 is not "
      "allowed for tau_m_ms; it must be greater than 0");
}

}  // namespace
}  // namespace spiked
