// SPDX-License-Identifier: Apache-2.0
//
// Every mistake is reported with the path of its field, the given value and the
// allowed ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/validate.h"
#include "core/spec/value.h"
#include "tests/support/network_builder.h"
#include "tests/support/not_a_number.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kNaN;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Pairs;
using ::testing::SizeIs;

// exc: 12 neurons in 3 columns; inh: 6 in 3; hr: 6 in 1.
// Projection 0: exc to inh, static; 1: inh to exc, plastic; 2: explicit pairs.
NetworkSpec ValidNetwork() {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {MakePopulation("exc", "izhikevich", 12),
                         MakePopulation("inh", "izhikevich", 6),
                         MakePopulation("hr", "hindmarsh_rose", 6)};
  network.populations[0].cell_class = "regular_spiking";
  network.populations[0].scheme = "half_steps";
  network.populations[0].column_count = 3;
  network.populations[1].column_count = 3;
  network.projections = {
      MakeProjection("exc", "inh", PairwiseBernoulli{0.1}, 1.0, 1.0),
      MakeProjection("inh", "exc", AllToAll{}, Uniform{0, 1}, Uniform{1, 2},
                     {"stdp_pair", {{"weight_max", 2.0}}}),
      MakeProjection("inh", "hr", Pairs({{0, 1}, {2, 3}}),
                     std::vector<double>{1, 2}, std::vector<double>{0.1, 2})};
  network.inputs = {MakeInput("exc", "uniform_noise_current", {{"high", 5.0}}),
                    MakeInput("inh", "normal_noise_current", {{"std", 2.0}})};
  network.stimuli = {testing::MakeCurrent(network, "exc", {10}, 0, 100)};
  return network;
}

struct Mistake {
  const char* name;
  std::function<void(NetworkSpec&)> make;
  const char* field;                 // without "network"
  std::vector<std::string> telling;  // parts of the description
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
  *out << mistake.name;
}

class NetworkMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(NetworkMistake, IsTheOnlyViolationAndTellsValueAndRule) {
  NetworkSpec network = ValidNetwork();
  GetParam().make(network);
  const Violations violations = ValidateNetwork(network, "network");
  ASSERT_THAT(violations.list(), SizeIs(1)) << violations.Text();
  EXPECT_EQ(violations.list()[0].field,
            absl::StrCat("network", GetParam().field));
  for (const std::string& part : GetParam().telling) {
    EXPECT_THAT(violations.list()[0].description, HasSubstr(part));
  }
}

Mistake DtMs(const char* name, double dt_ms, const char* told) {
  return {name,
          [=](NetworkSpec& n) { n.dt_ms = dt_ms; },
          ".dt_ms",
          {told, "[0.001, 100]"}};
}

Mistake OfPopulation(const char* name,
                     std::function<void(PopulationSpec&)> make,
                     const char* field, std::vector<std::string> telling) {
  return {name, [=](NetworkSpec& n) { make(n.populations[0]); }, field,
          std::move(telling)};
}

Mistake OfProjection(const char* name, int i,
                     std::function<void(ProjectionSpec&)> make,
                     const char* field, std::vector<std::string> telling) {
  return {name, [=](NetworkSpec& n) { make(n.projections[i]); }, field,
          std::move(telling)};
}

Mistake Weight(const char* name, int i, Value weight, const char* field,
               std::vector<std::string> telling) {
  return OfProjection(
      name, i, [=](ProjectionSpec& p) { p.weight = weight; }, field,
      std::move(telling));
}

Mistake Dendritic(const char* name, double fraction,
                  std::vector<std::string> telling) {
  return OfProjection(
      name, 1,
      [=](ProjectionSpec& p) { p.dendritic_delay_fraction = fraction; },
      ".projections[1].dendritic_delay_fraction", std::move(telling));
}
Mistake Delay(const char* name, int i, Value delay_ms, const char* field,
              std::vector<std::string> telling) {
  return OfProjection(
      name, i, [=](ProjectionSpec& p) { p.delay_ms = delay_ms; }, field,
      std::move(telling));
}

Mistake Parameter(const char* name, const char* parameter, Value value,
                  const char* field, std::vector<std::string> telling) {
  return OfPopulation(
      name,
      [=](PopulationSpec& p) {
        p.parameters = {{parameter, value}};
      },
      field, std::move(telling));
}

std::string NameOfMistake(const ::testing::TestParamInfo<Mistake>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Network, NetworkMistake,
                         ::testing::Values(DtMs("DtTooLong", 100.5, "100.5"),
                                           DtMs("DtTooShort", 0.0009, "0.0009"),
                                           Mistake{"DescriptionTooLong",
                                                   [](NetworkSpec& n) {
                                                     n.description.assign(10001,
                                                                          'x');
                                                   },
                                                   ".description",
                                                   {"10001", "at most 10000"}}),
                         NameOfMistake);

INSTANTIATE_TEST_SUITE_P(Population, NetworkMistake,
                         ::testing::Values(
                             Mistake{"NameTwice",
                                     [](NetworkSpec& n) {
                                       n.populations.push_back(MakePopulation(
                                           "inh", "izhikevich", 6));
                                     },
                                     ".populations[3].name",
                                     {"\"inh\"", "another population"}},
                             Mistake{"NameWithSpace",
                                     [](NetworkSpec& n) {
                                       n.populations.push_back(MakePopulation(
                                           "my cells", "izhikevich", 6));
                                     },
                                     ".populations[3].name",
                                     {"\"my cells\"", "a letter, then"}},
                             Mistake{"NameEmpty",
                                     [](NetworkSpec& n) {
                                       n.populations.push_back(
                                           MakePopulation("", "izhikevich", 6));
                                     },
                                     ".populations[3].name",
                                     {"\"\"", "a letter, then"}},
                             Mistake{"SizeZero",
                                     [](NetworkSpec& n) {
                                       n.populations.push_back(MakePopulation(
                                           "x", "izhikevich", 0));
                                     },
                                     ".populations[3].size",
                                     {"0", "less than 1"}},
                             Mistake{"SizeBeyondAllLimits",
                                     [](NetworkSpec& n) {
                                       n.populations.push_back(
                                           MakePopulation("x", "izhikevich",
                                                          int64_t{1} << 62));
                                     },
                                     ".populations[3].size",
                                     {"4611686018427387904", "2^30"}},
                             Mistake{
                                 "TooManyNeuronsInAll",
                                 [](NetworkSpec& n) {
                                   for (const char* name : {"x", "y", "z"}) {
                                     n.populations.push_back(MakePopulation(
                                         name, "izhikevich", 500000000));
                                   }
                                 },
                                 ".populations",
                                 {"1500000024", "2^30"}},
                             OfPopulation("ColumnsDoNotDivideTheSize",
                                          [](PopulationSpec& p) {
                                            p.size = 13;
                                          },
                                          ".populations[0].column_count",
                                          {"3 columns", "13 neurons"}),
                             Mistake{"ColumnsNegative",
                                     [](NetworkSpec& n) {
                                       n.populations[2].column_count = -2;
                                     },
                                     ".populations[2].column_count",
                                     {"-2", "multiple"}},
                             Mistake{"ColumnsMoreThanNeurons",
                                     [](NetworkSpec& n) {
                                       n.populations[2].column_count = 12;
                                     },
                                     ".populations[2].column_count",
                                     {"12", "6 neurons"}},
                             OfPopulation("LayerTooLong",
                                          [](PopulationSpec& p) {
                                            p.layer.assign(65, 'x');
                                          },
                                          ".populations[0].layer",
                                          {"65", "at most 64"}),
                             OfPopulation("ModelWithTypo",
                                          [](PopulationSpec& p) {
                                            p.model = "izhikevitch";
                                            p.cell_class = "";
                                            p.scheme = "";
                                          },
                                          ".populations[0].model",
                                          {"\"izhikevitch\"",
                                           "did you mean izhikevich?",
                                           "hindmarsh_rose", "spike_source"}),
                             OfPopulation("CellClassOfAnotherModel",
                                          [](PopulationSpec& p) {
                                            p.cell_class = "regular_spking";
                                          },
                                          ".populations[0].cell_class",
                                          {"\"regular_spking\"",
                                           "did you mean regular_spiking?",
                                           "chattering"}),
                             OfPopulation("SchemeUnknown",
                                          [](PopulationSpec& p) {
                                            p.scheme = "rk4";
                                          },
                                          ".populations[0].scheme",
                                          {"\"rk4\"", "izhikevich",
                                           "half_steps, euler"}),
                             Parameter(
                                 "ParameterWithTypo", "v_peek_mv", 30.0,
                                 ".populations[0].parameters[\"v_peek_mv\"]",
                                 {"parameter of izhikevich",
                                  "did you mean v_peak_mv?", "u_leak"}),
                             Parameter("ParameterWithoutValue", "a",
                                       std::monostate(),
                                       ".populations[0].parameters[\"a\"]",
                                       {"no value"}),
                             Parameter("ParameterNaN", "a", kNaN,
                                       ".populations[0].parameters[\"a\"]",
                                       {"nan", "finite"}),
                             Parameter("ParameterInfinite", "a", -kInfinity,
                                       ".populations[0].parameters[\"a\"]",
                                       {"-inf", "finite"}),
                             Parameter("ParameterListTooShort", "a",
                                       std::vector<double>(11, 0.1),
                                       ".populations[0].parameters[\"a\"]",
                                       {"11 values", "12", "one per neuron"}),
                             Parameter("ParameterListWithNaN", "a",
                                       std::vector<double>{0, 1, kNaN, 0, 0, 0,
                                                           0, 0, 0, 0, 0, 0},
                                       ".populations[0].parameters[\"a\"].list."
                                       "values[2]",
                                       {"nan", "finite"}),
                             Mistake{"ParameterOutOfBounds",
                                     [](NetworkSpec& n) {
                                       n.populations[2]
                                           .parameters["ms_per_time_unit"] =
                                           0.0;
                                     },
                                     ".populations[2].parameters[\"ms_per_time_"
                                     "unit\"]",
                                     {"0 is not allowed", "greater than 0"}},
                             Mistake{"ParameterDistributionReachesOutOfBounds",
                                     [](NetworkSpec& n) {
                                       n.populations[2]
                                           .parameters["ms_per_time_unit"] =
                                           Uniform{-1, 5};
                                     },
                                     ".populations[2].parameters[\"ms_per_time_"
                                     "unit\"]",
                                     {"-1 is not allowed", "greater than 0"}},
                             Mistake{"UnboundedNormalForABoundedParameter",
                                     [](NetworkSpec& n) {
                                       n.populations[2]
                                           .parameters["ms_per_time_unit"] =
                                           Normal{5, 1};
                                     },
                                     ".populations[2].parameters[\"ms_per_time_"
                                     "unit\"]",
                                     {"-inf is not allowed", "greater than 0"}},
                             OfPopulation(
                                 "InitialValueOfAnUnknownVariable",
                                 [](PopulationSpec& p) {
                                   p.initial_values = {{"v", -65.0}};
                                 },
                                 ".populations[0].initial_values[\"v\"]",
                                 {"v_mv", "u"}),
                             OfPopulation("InitialValueNaN",
                                          [](PopulationSpec& p) {
                                            p.initial_values = {{"v_mv", kNaN}};
                                          },
                                          ".populations[0].initial_values[\"v_"
                                          "mv\"]",
                                          {"nan"}),
                             OfPopulation(
                                 "InitialValueListTooLong",
                                 [](PopulationSpec& p) {
                                   p.initial_values = {
                                       {"u", std::vector<double>(13)}};
                                 },
                                 ".populations[0].initial_values[\"u\"]",
                                 {"13", "12"})),
                         NameOfMistake);

INSTANTIATE_TEST_SUITE_P(
    Projection, NetworkMistake,
    ::testing::Values(
        OfProjection("SourceUnknown", 0,
                     [](ProjectionSpec& p) { p.source = "ex"; },
                     ".projections[0].source",
                     {"\"ex\"", "did you mean exc?", "exc, inh, hr"}),
        OfProjection("TargetEmpty", 0, [](ProjectionSpec& p) { p.target = ""; },
                     ".projections[0].target", {"population", "exc, inh, hr"}),
        OfProjection("ReceptorUnknown", 0,
                     [](ProjectionSpec& p) { p.receptor = "excitatory"; },
                     ".projections[0].receptor",
                     {"\"excitatory\"", "izhikevich", "current"}),
        OfProjection("NameInvalid", 0,
                     [](ProjectionSpec& p) { p.name = "exc->inh"; },
                     ".projections[0].name", {"exc->inh", "a letter, then"}),
        Mistake{"NameTwice",
                [](NetworkSpec& n) {
                  n.projections[0].name = "p";
                  n.projections[1].name = "p";
                },
                ".projections[1].name",
                {"\"p\"", "another projection"}},
        Mistake{"DerivedNameTwice",
                [](NetworkSpec& n) { n.projections[1] = n.projections[0]; },
                ".projections[1].name",
                {"exc->inh", "a name of its own"}},
        OfProjection("RuleMissing", 0,
                     [](ProjectionSpec& p) { p.rule = std::monostate(); },
                     ".projections[0]", {"rule", "pairwise_bernoulli"}),
        OfProjection("ProbabilityAboveOne", 0,
                     [](ProjectionSpec& p) { p.rule = PairwiseBernoulli{1.5}; },
                     ".projections[0].pairwise_bernoulli.probability",
                     {"1.5", "[0, 1]"}),
        OfProjection("ProbabilityNaN", 0,
                     [](ProjectionSpec& p) {
                       p.rule = PairwiseBernoulli{kNaN};
                     },
                     ".projections[0].pairwise_bernoulli.probability",
                     {"nan", "[0, 1]"}),
        OfProjection("OneToOneOfUnequalSizes", 0,
                     [](ProjectionSpec& p) { p.rule = OneToOne{}; },
                     ".projections[0].one_to_one", {"12", "6"}),
        OfProjection("PairListsOfUnequalLength", 2,
                     [](ProjectionSpec& p) {
                       p.rule = ExplicitPairs{{0, 1}, {0}};
                     },
                     ".projections[2].explicit_pairs",
                     {"2 source_indices", "1 target_indices"}),
        OfProjection("IndegreeZero", 0,
                     [](ProjectionSpec& p) { p.rule = FixedIndegree{}; },
                     ".projections[0].fixed_indegree.degree",
                     {"0 is not in [1, 2^31)"}),
        OfProjection("IndegreeBeyondAllLimits", 0,
                     [](ProjectionSpec& p) {
                       p.rule = FixedIndegree{int64_t{1} << 31};
                       p.allow_multapses = true;
                     },
                     ".projections[0].fixed_indegree.degree",
                     {"2147483648 is not in [1, 2^31)"}),
        OfProjection("IndegreeAboveTheSources", 0,
                     [](ProjectionSpec& p) { p.rule = FixedIndegree{13}; },
                     ".projections[0].fixed_indegree.degree",
                     {"13 is more than the 12 source neurons",
                      "each target neuron", "allow_multapses"}),
        OfProjection("IndegreeAboveTheColumn", 0,
                     [](ProjectionSpec& p) {
                       p.rule = FixedIndegree{5};
                       p.columns = ColumnRestriction::kSame;
                     },
                     ".projections[0].fixed_indegree.degree",
                     {"5 is more than the 4 source neurons"}),
        OfProjection("IndegreeAboveTheOtherColumns", 0,
                     [](ProjectionSpec& p) {
                       p.rule = FixedIndegree{9};
                       p.columns = ColumnRestriction::kOther;
                     },
                     ".projections[0].fixed_indegree.degree",
                     {"9 is more than the 8 source neurons"}),
        OfProjection("IndegreeThatNeedsAutapses", 0,
                     [](ProjectionSpec& p) {
                       p.target = "exc";
                       p.rule = FixedIndegree{12};
                     },
                     ".projections[0].fixed_indegree.degree",
                     {"12 is more than the 11 source neurons"}),
        OfProjection("OutdegreeZero", 0,
                     [](ProjectionSpec& p) { p.rule = FixedOutdegree{0}; },
                     ".projections[0].fixed_outdegree.degree",
                     {"0 is not in [1, 2^31)"}),
        OfProjection("OutdegreeAboveTheTargets", 0,
                     [](ProjectionSpec& p) { p.rule = FixedOutdegree{7}; },
                     ".projections[0].fixed_outdegree.degree",
                     {"7 is more than the 6 target neurons",
                      "each source neuron", "allow_multapses"}),
        Mistake{"OutdegreeWithoutAnyTarget",
                [](NetworkSpec& n) {
                  n.populations[2].size = 1;
                  n.projections.pop_back();
                  n.projections.push_back(MakeProjection(
                      "hr", "hr", FixedOutdegree{1}, 1.0, 1.0));
                  n.projections[2].allow_multapses = true;
                },
                ".projections[2].fixed_outdegree.degree",
                {"1 is more than the 0 target neurons"}},
        OfProjection("TotalNegative", 0,
                     [](ProjectionSpec& p) { p.rule = FixedTotalNumber{-1}; },
                     ".projections[0].fixed_total_number.count",
                     {"-1 is not in [1, 4.2e9]"}),
        OfProjection("TotalBeyondAllLimits", 0,
                     [](ProjectionSpec& p) {
                       p.rule = FixedTotalNumber{int64_t{1} << 62};
                       p.allow_multapses = true;
                     },
                     ".projections[0].fixed_total_number.count",
                     {"4611686018427387904", "4.2e9"}),
        OfProjection("TotalAboveThePairs", 0,
                     [](ProjectionSpec& p) { p.rule = FixedTotalNumber{73}; },
                     ".projections[0].fixed_total_number.count",
                     {"73 is more than the 72 pairs", "allow_multapses"}),
        OfProjection("TotalAboveThePairsOfColumns", 0,
                     [](ProjectionSpec& p) {
                       p.target = "exc";
                       p.rule = FixedTotalNumber{37};
                       p.columns = ColumnRestriction::kSame;
                     },
                     ".projections[0].fixed_total_number.count",
                     {"37 is more than the 36 pairs"}),
        Mistake{"TooManySynapsesByDegree",
                [](NetworkSpec& n) {
                  n.populations[0].size = 300000;
                  n.projections[0] = MakeProjection(
                      "exc", "exc", FixedIndegree{2147483647}, 1.0, 1.0);
                  n.projections[0].allow_multapses = true;
                },
                ".projections",
                {"6.44245e+14 synapses", "4.2e9"}},
        OfProjection("MultapsesOfBernoulli", 0,
                     [](ProjectionSpec& p) { p.allow_multapses = true; },
                     ".projections[0].allow_multapses",
                     {"true", "fixed_total_number", "at most one synapse"}),
        OfProjection("MultapsesOfAllToAll", 1,
                     [](ProjectionSpec& p) { p.allow_multapses = true; },
                     ".projections[1].allow_multapses", {"at most one"}),
        OfProjection("SixteenBitsForPlasticity", 1,
                     [](ProjectionSpec& p) {
                       p.weight_precision = WeightPrecision::kBits16;
                     },
                     ".projections[1].weight_precision",
                     {"BITS_16", "static only", "stdp_pair"}),
        OfProjection("SixteenBitsForShortTermPlasticity", 1,
                     [](ProjectionSpec& p) {
                       p.synapse = {"stp_tsodyks", {}};
                       p.weight_precision = WeightPrecision::kBits16;
                     },
                     ".projections[1].weight_precision",
                     {"BITS_16", "static only", "stp_tsodyks"}),
        OfProjection("PairSourceOutOfRange", 2,
                     [](ProjectionSpec& p) {
                       p.rule = Pairs({{0, 0}, {6, 0}});
                     },
                     ".projections[2].explicit_pairs.source_indices[1]",
                     {"6", "[0, 6)"}),
        OfProjection("PairTargetNegative", 2,
                     [](ProjectionSpec& p) {
                       p.rule = Pairs({{0, -1}, {0, 0}});
                     },
                     ".projections[2].explicit_pairs.target_indices[0]",
                     {"-1", "[0, 6)"}),
        OfProjection("PairsWithColumns", 2,
                     [](ProjectionSpec& p) {
                       p.target = "exc";
                       p.name = "own";
                       p.columns = ColumnRestriction::kSame;
                     },
                     ".projections[2].columns", {"explicit_pairs"}),
        OfProjection("ColumnsOfUnequalCount", 0,
                     [](ProjectionSpec& p) {
                       p.target = "hr";
                       p.columns = ColumnRestriction::kOther;
                     },
                     ".projections[0].columns", {"3 and 1", "as many"}),
        Mistake{"TooManySynapses",
                [](NetworkSpec& n) {
                  n.populations[0].size = 300000;
                  n.projections[0] =
                      MakeProjection("exc", "exc", AllToAll{}, 1.0, 1.0);
                },
                ".projections",
                {"synapses", "4.2e9"}}),
    NameOfMistake);

INSTANTIATE_TEST_SUITE_P(
    Weight, NetworkMistake,
    ::testing::Values(
        Weight("Missing", 0, std::monostate(), ".projections[0].weight",
               {"required"}),
        Weight("NaN", 0, kNaN, ".projections[0].weight", {"nan", "finite"}),
        Weight("ListWithoutPairs", 0, std::vector<double>{1},
               ".projections[0].weight", {"explicit_pairs only"}),
        Weight("ListTooShort", 2, std::vector<double>{1},
               ".projections[2].weight", {"1 values", "2", "one per pair"}),
        Weight("ListWithInfinity", 2, std::vector<double>{1, kInfinity},
               ".projections[2].weight.list.values[1]", {"inf", "finite"}),
        Weight("AboveTheBoundOfPlasticity", 1, 2.5, ".projections[1].weight",
               {"2.5", "stdp_pair", "[0, 2]"}),
        Weight("DistributionBelowTheBoundOfPlasticity", 1, Uniform{-0.5, 1},
               ".projections[1].weight", {"[-0.5, 1]", "[0, 2]"}),
        Weight("UnboundedNormalForPlasticity", 1, Normal{1, 0.1},
               ".projections[1].weight", {"[-inf, inf]", "[0, 2]"}),
        OfProjection("SynapseModelUnknown", 1,
                     [](ProjectionSpec& p) {
                       p.synapse = {"stdp", {}};
                     },
                     ".projections[1].synapse.model",
                     {"\"stdp\"", "static, stdp_", "stdp_pair"}),
        OfProjection("SynapseParameterSetUnknown", 1,
                     [](ProjectionSpec& p) {
                       p.synapse = {"stdp_triplet", {}, "visual_cortx"};
                     },
                     ".projections[1].synapse.parameter_set",
                     {"stdp_triplet", "did you mean visual_cortex?",
                      "hippocampus"}),
        OfProjection("SynapseParameterSetOfAModelWithoutAny", 1,
                     [](ProjectionSpec& p) {
                       p.synapse = {"stdp_pair", {}, "visual_cortex"};
                     },
                     ".projections[1].synapse.parameter_set",
                     {"visual_cortex", "there is none"}),
        OfProjection("SynapseParameterWithTypo", 1,
                     [](ProjectionSpec& p) {
                       p.synapse.parameters = {{"a_pls", 1.0}};
                     },
                     ".projections[1].synapse.parameters[\"a_pls\"]",
                     {"stdp_pair", "did you mean a_plus?", "tau_minus_ms"}),
        OfProjection("SynapseParameterOfAModelWithoutAny", 0,
                     [](ProjectionSpec& p) {
                       p.synapse.parameters = {{"w", 1.0}};
                     },
                     ".projections[0].synapse.parameters[\"w\"]",
                     {"there is none"}),
        OfProjection("SynapseParameterDrawn", 1,
                     [](ProjectionSpec& p) {
                       p.synapse.parameters["a_plus"] = Uniform{0, 1};
                     },
                     ".projections[1].synapse.parameters[\"a_plus\"]",
                     {"constant"}),
        OfProjection("TimeConstantZero", 1,
                     [](ProjectionSpec& p) {
                       p.synapse.parameters["tau_plus_ms"] = 0.0;
                     },
                     ".projections[1].synapse.parameters[\"tau_plus_ms\"]",
                     {"0 is not allowed", "greater than 0"}),
        OfProjection("BoundsInTheWrongOrder", 1,
                     [](ProjectionSpec& p) {
                       p.synapse.parameters["weight_min"] = 3.0;
                     },
                     ".projections[1].synapse.parameters",
                     {"weight_min (3)", "at most weight_max (2)"})),
    NameOfMistake);

INSTANTIATE_TEST_SUITE_P(
    Delay, NetworkMistake,
    ::testing::Values(
        Dendritic("DendriticBelow0", -0.1, {"-0.1 is not in [0, 1]"}),
        Dendritic("DendriticAbove1", 1.5, {"1.5 is not in [0, 1]"}),
        Dendritic("DendriticNoNumber", kNaN, {"nan is not in [0, 1]"}),
        Delay("Missing", 0, std::monostate(), ".projections[0].delay_ms",
              {"required"}),
        Delay("BelowOneStep", 0, 0.04, ".projections[0].delay_ms",
              {"0.04", "one step (0.1 ms)"}),
        Delay("Zero", 0, 0.0, ".projections[0].delay_ms",
              {"0 is shorter", "one step (0.1 ms)"}),
        Delay("Negative", 0, -1.0, ".projections[0].delay_ms", {"-1"}),
        Delay("OffTheGrid", 0, 0.25, ".projections[0].delay_ms",
              {"0.25", "multiple of the step (0.1 ms)"}),
        Delay("TooLong", 0, 6554.0, ".projections[0].delay_ms",
              {"6554", "65535 steps (6553.5 ms)"}),
        Delay("NaN", 0, kNaN, ".projections[0].delay_ms", {"nan", "finite"}),
        Delay("ListWithoutPairs", 0, std::vector<double>{1},
              ".projections[0].delay_ms", {"explicit_pairs only"}),
        Delay("ListOffTheGrid", 2, std::vector<double>{1, 0.15},
              ".projections[2].delay_ms.list.values[1]", {"0.15", "0.1 ms"}),
        Delay("AllDrawnDelaysBelowOneStep", 0, Uniform{0, 0.05},
              ".projections[0].delay_ms", {"0.05", "one step (0.1 ms)"}),
        Delay("DrawnDelaysTooLong", 0, Uniform{1, 10000},
              ".projections[0].delay_ms", {"10000", "6553.5 ms"}),
        Delay("DistributionInvalid", 0, Uniform{2, 1},
              ".projections[0].delay_ms.uniform.high",
              {"1 is not greater than low (2)"})),
    NameOfMistake);

INSTANTIATE_TEST_SUITE_P(
    Input, NetworkMistake,
    ::testing::Values(
        Mistake{"PopulationUnknown",
                [](NetworkSpec& n) { n.inputs[0].population = "excc"; },
                ".inputs[0].population",
                {"\"excc\"", "did you mean exc?"}},
        Mistake{"ReceptorUnknown",
                [](NetworkSpec& n) { n.inputs[0].receptor = "curent"; },
                ".inputs[0].receptor",
                {"receptor of izhikevich \"curent\"", "did you mean current?"}},
        Mistake{"ModelUnknown",
                [](NetworkSpec& n) { n.inputs[0].model = "uniform_noise"; },
                ".inputs[0].model",
                {"\"uniform_noise\"", "normal_noise_current",
                 "uniform_noise_current"}},
        Mistake{"DerivedNameTwice",
                [](NetworkSpec& n) { n.inputs[1] = n.inputs[0]; },
                ".inputs[1].name",
                {"uniform_noise_current->exc", "a name of its own"}},
        Mistake{"ParameterUnknown",
                [](NetworkSpec& n) { n.inputs[0].parameters["max"] = 1.0; },
                ".inputs[0].parameters[\"max\"]",
                {"uniform_noise_current", "low, high"}},
        Mistake{"DeviationNegative",
                [](NetworkSpec& n) { n.inputs[1].parameters["std"] = -1.0; },
                ".inputs[1].parameters[\"std\"]",
                {"-1 is not allowed for std", "at least 0"}},
        Mistake{"LowAboveHigh",
                [](NetworkSpec& n) { n.inputs[0].parameters["low"] = 6.0; },
                ".inputs[0].parameters",
                {"low (6)", "at most high (5)"}},
        Mistake{"LowAboveHighOfOneNeuron",
                [](NetworkSpec& n) {
                  std::vector<double> low(12, 1), high(12, 2);
                  low[7] = 3;
                  n.inputs[0].parameters = {{"low", low}, {"high", high}};
                },
                ".inputs[0].parameters",
                {"low (3)", "at most high (2)"}},
        // Noise uses FLOAT32 numbers in both precisions.
        Mistake{"WidthBeyondFloat",
                [](NetworkSpec& n) {
                  n.inputs[0].parameters = {{"low", -3e38}, {"high", 3e38}};
                },
                ".inputs[0].parameters",
                {"high - low: 6e+38 is beyond 3.40282e+38"}},
        Mistake{"WidthOfOneNeuronBeyondFloat",
                [](NetworkSpec& n) {
                  std::vector<double> low(12, 1);
                  low[7] = -2e38;
                  n.inputs[0].parameters = {{"low", low}, {"high", 3e38}};
                },
                ".inputs[0].parameters",
                {"high - low: 5e+38 is beyond"}},
        Mistake{"DrawnWidthBeyondFloat",
                [](NetworkSpec& n) {
                  n.inputs[0].parameters = {{"low", Uniform{-3e38, 0}},
                                            {"high", Uniform{1, 3e38}}};
                },
                ".inputs[0].parameters",
                {"high - low: 6e+38 is beyond"}},
        Mistake{"ParameterBeyondFloat",
                [](NetworkSpec& n) { n.inputs[1].parameters["mean"] = 4e38; },
                ".inputs[1].parameters[\"mean\"]",
                {"4e+38 is beyond 3.40282e+38"}}),
    NameOfMistake);

INSTANTIATE_TEST_SUITE_P(Stimulus, NetworkMistake,
                         ::testing::Values(Mistake{
                             "PathIsThatOfTheNetwork",
                             [](NetworkSpec& n) {
                               n.stimuli[0].population = "hrr";
                             },
                             ".stimuli[0].population",
                             {"\"hrr\"", "did you mean hr?"}}),
                         NameOfMistake);

// In a population without a valid size, lists may have any length.
TEST(ValidateNetwork, ListsOfDifferentLengthsAreComparedWithinBoth) {
  NetworkSpec network = ValidNetwork();
  network.populations[0].size = 0;
  for (size_t length : {1, 2, 1000}) {
    network.inputs[0].parameters = {{"low", std::vector<double>(3, 1)},
                                    {"high", std::vector<double>(length, 2)}};
    const Violations violations = ValidateNetwork(network, "network");
    for (const Violation& v : violations.list()) {
      EXPECT_THAT(v.field, HasSubstr("network.populations[0]"));
    }
  }
}

TEST(ValidateNetwork, ValidNetworkHasNoViolations) {
  EXPECT_THAT(ValidateNetwork(ValidNetwork(), "network").list(), IsEmpty());
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    EXPECT_THAT(
        ValidateNetwork(testing::MakeColumnarNetwork(precision, 1), "network")
            .list(),
        IsEmpty());
  }
}

TEST(ValidateNetwork, DrawnRulesAreAllowedUpToTheirPartners) {
  const auto check = [](ConnectionRule rule, ColumnRestriction columns,
                        bool autapses, bool multapses) {
    NetworkSpec network = ValidNetwork();
    ProjectionSpec& p = network.projections[0];
    p.target = "exc";
    p.rule = rule;
    p.columns = columns;
    p.allow_autapses = autapses;
    p.allow_multapses = multapses;
    return ValidateNetwork(network, "network").Text();
  };
  using enum ColumnRestriction;
  EXPECT_EQ(check(FixedIndegree{11}, kAny, false, false), "");
  EXPECT_EQ(check(FixedIndegree{12}, kAny, true, false), "");
  EXPECT_EQ(check(FixedIndegree{3}, kSame, false, false), "");
  EXPECT_EQ(check(FixedOutdegree{4}, kSame, true, false), "");
  EXPECT_EQ(check(FixedOutdegree{8}, kOther, false, false), "");
  EXPECT_EQ(check(FixedOutdegree{1000}, kOther, false, true), "");
  EXPECT_EQ(check(FixedTotalNumber{132}, kAny, false, false), "");
  EXPECT_EQ(check(FixedTotalNumber{144}, kAny, true, false), "");
  EXPECT_EQ(check(FixedTotalNumber{36}, kSame, false, false), "");
  EXPECT_EQ(check(FixedTotalNumber{1000000}, kSame, false, true), "");
}

TEST(ValidateNetwork, ExplicitPairsMayRepeatWhateverTheSwitchSays) {
  NetworkSpec network = ValidNetwork();
  network.projections[2].rule = Pairs({{0, 1}, {0, 1}});
  for (bool allow : {false, true}) {
    network.projections[2].allow_multapses = allow;
    EXPECT_THAT(ValidateNetwork(network, "network").list(), IsEmpty());
  }
}

TEST(ValidateNetwork, SixteenBitsAreForStaticSynapsesOfAnyPrecision) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = ValidNetwork();
    network.precision = precision;
    network.projections[0].weight_precision = WeightPrecision::kBits16;
    network.projections[1].weight_precision = WeightPrecision::kFull;
    EXPECT_THAT(ValidateNetwork(network, "network").list(), IsEmpty());
  }
}

// The number would be infinite as a FLOAT32.
TEST(ValidateNetwork, NumbersMustFitThePrecision) {
  NetworkSpec network = ValidNetwork();
  network.populations[0].parameters["d"] = 1e39;
  network.populations[1].initial_values["v_mv"] = -1e39;
  network.projections[0].weight = Lognormal{80, 1};
  network.stimuli = {testing::MakeCurrent(network, "exc", {1e39}, 0, 1)};
  EXPECT_THAT(ValidateNetwork(network, "n").list(), IsEmpty());
  network.precision = Precision::kFloat32;
  // Noise uses FLOAT32 numbers in both precisions.
  network.inputs[0].parameters["low"] = -1e39;
  const Violations violations = ValidateNetwork(network, "n");
  std::vector<std::string> fields;
  for (const Violation& v : violations.list()) {
    fields.push_back(v.field);
    EXPECT_THAT(v.description, HasSubstr("beyond 3.40282e+38"));
  }
  EXPECT_THAT(fields, ElementsAre("n.populations[0].parameters[\"d\"]",
                                  "n.populations[1].initial_values[\"v_mv\"]",
                                  "n.projections[0].weight.lognormal",
                                  "n.inputs[0].parameters[\"low\"]",
                                  "n.stimuli[0].current.amplitudes[0]"));
}

TEST(ValidateNetwork, PathsBeginWithThePrefix) {
  NetworkSpec network = ValidNetwork();
  network.dt_ms = 1000;
  EXPECT_EQ(ValidateNetwork(network, "request.network").list()[0].field,
            "request.network.dt_ms");
}

TEST(ValidateNetwork, NetworkWithoutPopulationsIsRefused) {
  const Violations violations = ValidateNetwork(MakeNetwork(1), "network");
  ASSERT_THAT(violations.list(), SizeIs(1));
  EXPECT_EQ(violations.list()[0].field, "network.populations");
  EXPECT_THAT(violations.list()[0].description, HasSubstr("1 to 10000"));
}

TEST(ValidateNetwork, SeveralMistakesAreAllTold) {
  NetworkSpec network = ValidNetwork();
  network.populations[0].scheme = "rk4";
  network.populations[1].parameters["d"] = kNaN;
  network.populations[1].parameters["e"] = 1.0;
  network.projections[0].rule = PairwiseBernoulli{-1};
  network.projections[0].weight = std::monostate();
  network.projections[0].delay_ms = 0.05;
  network.inputs[1].model = "poisson";
  network.stimuli[0].start = int64_t{-1};
  const Violations violations = ValidateNetwork(network, "n");
  std::vector<std::string> fields;
  for (const Violation& v : violations.list()) fields.push_back(v.field);
  EXPECT_THAT(
      fields,
      ElementsAre("n.populations[0].scheme",
                  "n.populations[1].parameters[\"d\"]",
                  "n.populations[1].parameters[\"e\"]",
                  "n.projections[0].pairwise_bernoulli.probability",
                  "n.projections[0].weight", "n.projections[0].delay_ms",
                  "n.inputs[1].model", "n.stimuli[0].start_step"));
}

TEST(ValidateNetwork, AtMostAHundredMistakesAreTold) {
  NetworkSpec network = MakeNetwork(1);
  for (int i = 0; i < 200; ++i) {
    network.populations.push_back(MakePopulation("same", "?", 0));
  }
  EXPECT_THAT(ValidateNetwork(network, "network").list(), SizeIs(100));
}

// One message per cause: a wrong dt must not make other numbers look wrong.
TEST(ValidateNetwork, InvalidStepIsToldOnce) {
  for (double dt_ms : {0.0, -1.0, 1e-5, 101.0, 1e300, kNaN, kInfinity}) {
    NetworkSpec network = ValidNetwork();
    network.dt_ms = dt_ms;
    const Violations violations = ValidateNetwork(network, "network");
    ASSERT_THAT(violations.list(), SizeIs(1)) << violations.Text();
    EXPECT_EQ(violations.list()[0].field, "network.dt_ms");
  }
}

// One message per cause: fields that refer to a wrong size aren't wrong
// themselves.
TEST(ValidateNetwork, InvalidSizeIsToldOnce) {
  NetworkSpec network = ValidNetwork();
  for (int64_t size : {int64_t{-5}, int64_t{0}, int64_t{1} << 40}) {
    network.populations[2].size = size;
    network.stimuli = {testing::MakeCurrent(network, "hr", {1, 2}, 0, 10)};
    const Violations violations = ValidateNetwork(network, "network");
    ASSERT_THAT(violations.list(), SizeIs(1)) << violations.Text();
    EXPECT_EQ(violations.list()[0].field, "network.populations[2].size");
  }
}

TEST(ValidateNetwork, NamesAreUniqueWithinTheirKindOnly) {
  NetworkSpec network = ValidNetwork();
  network.projections[0].name = "exc";
  network.inputs[0].name = "exc";
  EXPECT_THAT(ValidateNetwork(network, "network").list(), IsEmpty());
}

TEST(ValidateNetwork, BoundsAreInclusiveWhereTheyShouldBe) {
  NetworkSpec network = ValidNetwork();
  network.projections[0].rule = PairwiseBernoulli{1};
  network.projections[0].delay_ms = 6553.5;
  network.projections[1].weight = 2.0;
  network.inputs[1].parameters["std"] = 0.0;
  EXPECT_THAT(ValidateNetwork(network, "network").list(), IsEmpty());
  network.projections[0].rule = PairwiseBernoulli{0};
  network.projections[0].delay_ms = 0.1;
  network.projections[1].weight = 0.0;
  EXPECT_THAT(ValidateNetwork(network, "network").list(), IsEmpty());
}

TEST(ValidateNetwork, DecimalDelaysAreOnTheGrid) {
  NetworkSpec network = ValidNetwork();
  for (int k = 1; k <= 500; ++k) {
    network.projections[0].delay_ms = k / 10.0;
    ASSERT_THAT(ValidateNetwork(network, "network").list(), IsEmpty()) << k;
  }
}

// Ranges that overlap between neurons but not within one are fine.
TEST(ValidateNetwork, OrderOfParametersIsCheckedPerNeuron) {
  NetworkSpec network = ValidNetwork();
  std::vector<double> low(12), high(12);
  for (int i = 0; i < 12; ++i) {
    low[i] = i;
    high[i] = i + 0.5;
  }
  network.inputs[0].parameters = {{"low", low}, {"high", high}};
  EXPECT_THAT(ValidateNetwork(network, "network").list(), IsEmpty());
}

TEST(ValidateNetwork, DelaysThatMayBeRoundedUpToOneStepAreAllowed) {
  NetworkSpec network = ValidNetwork();
  network.projections[0].delay_ms = Normal{1, 0.5};
  network.projections[1].delay_ms = Uniform{0, 0.4};
  EXPECT_THAT(ValidateNetwork(network, "network").list(), IsEmpty());
}

TEST(ValidateNetwork, HostileNamesAreToldShortlyAndPrintably) {
  NetworkSpec network = ValidNetwork();
  const std::string hostile = "\xff\n" + std::string(100000, 'x');
  network.populations.push_back(MakePopulation(hostile, hostile, 1));
  network.populations[0].parameters[hostile] = 1.0;
  network.populations[0].layer = hostile;
  network.projections[0].source = hostile;
  network.projections.push_back(network.projections[0]);
  network.projections[1].name = hostile;
  network.projections[2].synapse.parameters[hostile] = 1.0;
  network.inputs[0].model = hostile;
  network.inputs[1].population = hostile;
  const Violations violations = ValidateNetwork(network, "network");
  EXPECT_GE(violations.size(), 8u);
  for (const Violation& v : violations.list()) {
    for (const std::string& text : {v.field, v.description}) {
      EXPECT_LT(text.size(), 1500u);
      for (char c : text) ASSERT_TRUE(c >= ' ' && c <= '~') << text;
    }
  }
}

// The largest allowed request is checked in less than a second.
TEST(ValidateNetwork, LargestNumberOfPopulationsAndProjectionsIsFast) {
  NetworkSpec network = MakeNetwork(1);
  for (int i = 0; i < 10000; ++i) {
    network.populations.push_back(
        MakePopulation(absl::StrCat("population", i), "izhikevich", 1));
  }
  for (int i = 0; i < 100000; ++i) {
    network.projections.push_back(MakeProjection(
        absl::StrCat("population", i % 10000),
        absl::StrCat("population", 9999 - i / 10), OneToOne{}, 1.0, 1.0));
  }
  EXPECT_THAT(ValidateNetwork(network, "network").list(), IsEmpty());
  // Every reference has a typo: suggestions are searched for only while
  // violations are still taken.
  for (ProjectionSpec& p : network.projections) p.source += "x";
  EXPECT_THAT(ValidateNetwork(network, "network").list(), SizeIs(100));
}

}  // namespace
}  // namespace spiked
