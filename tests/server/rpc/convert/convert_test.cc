// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/convert.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "core/build/catalogue.h"
#include "core/build/compile.h"
#include "core/build/validate.h"
#include "server/session/session_environment.h"
#include "tests/server/fake_clock.h"
#include "tests/server/rpc/network_proto.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using testing::MakePopulation;
using testing::ToNetworkProto;
using testing::ToValueProto;

NetworkSpec Convert(const v1::Network& proto) {
  Violations violations;
  NetworkSpec spec = ToSpec(proto, "network", &violations);
  EXPECT_TRUE(violations.empty()) << violations.Text();
  return spec;
}

Value Convert(const v1::Value& proto) {
  Violations violations;
  Value value = ToValue(proto, "value", &violations);
  EXPECT_TRUE(violations.empty()) << violations.Text();
  return value;
}

TEST(ConvertValue, KeepsEveryKind) {
  for (const Value& value : std::vector<Value>{
           std::monostate(), 1.5, std::vector<double>{1, 2, 3}, Uniform{-1, 1},
           DiscreteUniform{1, 9, 2}, Normal{1, 2}, Normal{1, 2, 0, 3},
           Normal{1, 2, 0, 3, OutOfBounds::kClip}, Lognormal{1, 2},
           Lognormal{1, 2, 3, 4}, Lognormal{1, 2, 0, 4, OutOfBounds::kClip},
           ByDistance{1, {}}, ByDistance{1, LinearOfDistance{2}},
           ByDistance{1, GaussianOfDistance{2, 3}, 4},
           ByDistance{1, ExponentialOfDistance{2, 3}, -kInfinity, 4},
           Mixture{{{0.25, 1.0},
                    {0.125, Uniform{0, 1}},
                    {0.125, Lognormal{0, 1}},
                    {0.25, DiscreteUniform{0, 4, 2}},
                    {0.25, Normal{0, 1}}}}}) {
    EXPECT_EQ(Convert(ToValueProto(value)), value);
  }
}

TEST(ConvertValue, MeansSpacingOneWhenItIsNotGiven) {
  v1::Value proto;
  proto.mutable_discrete_uniform()->set_high(3);
  EXPECT_EQ(Convert(proto), Value(DiscreteUniform{0, 3, 1}));
}

TEST(ConvertValue, MeansNoBoundsWhenTheyAreNotGiven) {
  v1::Value proto;
  proto.mutable_normal()->set_std(1);
  EXPECT_EQ(Convert(proto), Value(Normal{0, 1}));
  proto.mutable_lognormal()->set_log_std(1);
  EXPECT_EQ(Convert(proto), Value(Lognormal{0, 1}));
}

TEST(ConvertValue, LeavesOutWhatAMixtureCannotHold) {
  v1::Value proto;
  proto.mutable_mixture()->add_components()->mutable_value()->mutable_list();
  proto.mutable_mixture()->add_components()->mutable_value()->mutable_mixture();
  proto.mutable_mixture()->add_components();
  proto.mutable_mixture()
      ->add_components()
      ->mutable_value()
      ->mutable_by_distance();
  const Value value = Convert(proto);
  for (const auto& component : std::get<Mixture>(value).components) {
    EXPECT_EQ(component.value, SimpleValue());
  }
  Violations violations;
  EXPECT_FALSE(ValidateValue(value, "weight", &violations));
  EXPECT_EQ(violations.size(), 4u);
}

TEST(ConvertNetwork, KeepsEverything) {
  NetworkSpec spec =
      testing::MakeColumnarNetwork(Precision::kFloat64, 1234567890123);
  spec.description = "a network";
  spec.populations[0].layer = "2/3";
  spec.populations[0].scheme = "semi_implicit";
  spec.populations[0].initial_values["u"] = 3.0;
  // Positions of every kind.
  for (const PositionsSpec& positions : std::vector<PositionsSpec>{
           {},
           {GridPositions{{2, 3, 4}, {0.5}, {1, 2, 3}}, true},
           {ListedPositions{{1, 2}, {3, 4}, {5, 6}, {7, 8, 9}, {10, 11, 12}}},
           {UniformPositions{{1, 2}, {3, 4}}, true}}) {
    spec.populations.push_back(MakePopulation("x", "spike_source", 2));
    spec.populations.back().positions = positions;
  }
  // Projections with every rule and every restriction of columns.
  for (ConnectionRule rule :
       {ConnectionRule(AllToAll()), ConnectionRule(OneToOne()),
        ConnectionRule(PairwiseBernoulli{0.5}),
        ConnectionRule(testing::Pairs({{1, 2}, {3, 4}})),
        ConnectionRule(FixedIndegree{2147483647}),
        ConnectionRule(FixedOutdegree{5}),
        ConnectionRule(FixedTotalNumber{int64_t{1} << 40}),
        ConnectionRule(DistanceDependent{0.5, BoxKernel{}, {0.25}}),
        ConnectionRule(DistanceDependent{0.5, BoxKernel{2}, {0, 3}}),
        ConnectionRule(DistanceDependent{
            1, GaussianKernel{2}, {0.5, kInfinity, {-1, -2}, {3, 4}}}),
        ConnectionRule(DistanceDependent{0.25, ExponentialKernel{3}, {}}),
        ConnectionRule(DistanceDependent{}), ConnectionRule()}) {
    for (auto columns : {ColumnRestriction::kAny, ColumnRestriction::kSame,
                         ColumnRestriction::kOther}) {
      auto projection = testing::MakeProjection("a", "b", rule, 1.0, 2.0);
      projection.columns = columns;
      projection.allow_autapses = columns == ColumnRestriction::kAny;
      projection.receptor = "excitatory";
      projection.synapse = {"stdp_triplet", {}, "hippocampus"};
      projection.allow_multapses = columns == ColumnRestriction::kSame;
      projection.dendritic_delay_fraction =
          columns == ColumnRestriction::kAny ? 0.25 : 0;
      projection.weight_precision =
          columns == ColumnRestriction::kAny    ? WeightPrecision::kBits16
          : columns == ColumnRestriction::kSame ? WeightPrecision::kFull
                                                : WeightPrecision::kAuto;
      spec.projections.push_back(projection);
    }
  }
  spec.inputs.push_back(
      testing::MakeInput("internal", "normal_noise_current", {{"std", 1.0}}));
  spec.inputs.back().receptor = "inhibitory";
  // Stimuli of every kind, and an encoder.
  spec.stimuli.push_back(testing::MakeCurrent(spec, "internal", {1, 2}, 3, 4));
  spec.stimuli.push_back(testing::MakeSpikes(spec, "internal", 1, {5, 6}));
  spec.stimuli.back().start = StartMs{7};
  spec.stimuli.push_back({});
  spec.stimuli.back().columns = {0, 2};
  spec.stimuli.push_back(testing::MakeSwitch(true, 9, {"a", "b"}));
  spec.stimuli.push_back(testing::MakeSwitch(false, 10));

  spec.encoders.push_back({"eye",
                           "internal",
                           "gaussian",
                           "current",
                           3,
                           {{"peak", 5.0}, {"width", Uniform{0.1, 0.2}}}});
  spec.stimuli.push_back({});
  spec.stimuli.back().kind = RateStimulusSpec{{1, 2}, 3, 0.5, "inhibitory"};
  spec.stimuli.push_back({});
  spec.stimuli.back().kind = EncoderValuesSpec{"eye", {0.1, 0.2, 0.3}, 7};

  // If converting back gives an equal message, nothing was lost.
  const v1::Network proto = ToNetworkProto(spec);
  const NetworkSpec converted = Convert(proto);
  EXPECT_TRUE(MessageDifferencer::Equals(ToNetworkProto(converted), proto));
  EXPECT_EQ(converted.inputs.back().receptor, "inhibitory");
  EXPECT_EQ(converted.encoders.back().dimension_count, 3);
  EXPECT_EQ(
      std::get<EncoderValuesSpec>(converted.stimuli.back().kind).duration_ms,
      7);
  EXPECT_EQ(
      std::get<RateStimulusSpec>(converted.stimuli.rbegin()[1].kind).receptor,
      "inhibitory");
  EXPECT_FALSE(converted.populations[0].positions.has_value());
  EXPECT_EQ(converted.populations.back().positions->layout.index(), 3u);
  const auto has = [&](auto member, auto value) {
    return std::any_of(
        converted.projections.begin(), converted.projections.end(),
        [&](const ProjectionSpec& p) { return p.*member == value; });
  };
  EXPECT_TRUE(has(&ProjectionSpec::allow_multapses, true));
  EXPECT_TRUE(has(&ProjectionSpec::synapse,
                  SynapseSpec{"stdp_triplet", {}, "hippocampus"}));
  EXPECT_TRUE(has(&ProjectionSpec::dendritic_delay_fraction, 0.25));
  EXPECT_TRUE(has(&ProjectionSpec::weight_precision, WeightPrecision::kBits16));
  EXPECT_TRUE(has(&ProjectionSpec::weight_precision, WeightPrecision::kFull));
}

TEST(ConvertNetwork, FillsInDefaults) {
  v1::Network proto;
  proto.add_populations();
  proto.add_projections();
  proto.add_encoders();
  proto.add_stimuli()->mutable_spikes();
  proto.add_stimuli()->mutable_rates();
  const NetworkSpec spec = Convert(proto);
  EXPECT_EQ(spec.precision, Precision::kFloat32);
  EXPECT_EQ(spec.populations[0].column_count, 1);
  EXPECT_EQ(spec.projections[0].synapse.model, "static");
  EXPECT_EQ(spec.encoders[0].dimension_count, 1);
  EXPECT_EQ(spec.projections[0].columns, ColumnRestriction::kAny);
  EXPECT_FALSE(spec.projections[0].allow_multapses);
  EXPECT_EQ(spec.projections[0].weight_precision, WeightPrecision::kAuto);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(spec.projections[0].rule));
  EXPECT_EQ(spec.projections[0].weight, Value());
  EXPECT_FALSE(spec.populations[0].positions.has_value());
  EXPECT_TRUE(std::holds_alternative<AsSoonAsPossible>(spec.stimuli[0].start));
  EXPECT_EQ(std::get<SpikeStimulusSpec>(spec.stimuli[0].kind).weight, 1);
  EXPECT_EQ(std::get<RateStimulusSpec>(spec.stimuli[1].kind).weight, 1);
}

TEST(ConvertNetwork, PassesNegativeSizesToValidation) {
  v1::Network proto;
  auto* population = proto.add_populations();
  population->set_size(-5);
  population->set_column_count(-2);
  const NetworkSpec spec = Convert(proto);
  EXPECT_EQ(spec.populations[0].size, -5);
  EXPECT_EQ(spec.populations[0].column_count, -2);
}

TEST(ConvertNetwork, RefusesUnknownEnumValuesWithTheirPath) {
  v1::Network proto;
  proto.set_precision(static_cast<v1::Precision>(7));
  proto.add_projections();
  proto.add_projections()->set_columns(static_cast<v1::ColumnRestriction>(-1));
  Violations violations;
  ToSpec(proto, "network", &violations);
  EXPECT_EQ(violations.Text(),
            "network.precision: 7 is no Precision; known: FLOAT32, FLOAT64\n"
            "network.projections[1].columns: -1 is no ColumnRestriction; "
            "known: ANY_COLUMN, SAME_COLUMN, OTHER_COLUMNS");
}

TEST(ConvertNetwork, RefusesUnknownEnumValuesWithinValues) {
  const auto bad = static_cast<v1::OutOfBounds>(3);
  v1::Network proto;
  auto* population = proto.add_populations();
  (*population->mutable_parameters())["a"].mutable_normal()->set_out_of_bounds(
      bad);
  (*population->mutable_initial_values())["u"]
      .mutable_lognormal()
      ->set_out_of_bounds(bad);
  auto* projection = proto.add_projections();
  projection->mutable_weight()
      ->mutable_mixture()
      ->add_components()
      ->mutable_value()
      ->mutable_lognormal()
      ->set_out_of_bounds(bad);
  projection->mutable_delay_ms()->mutable_normal()->set_out_of_bounds(bad);
  projection->set_weight_precision(static_cast<v1::WeightPrecision>(9));
  auto* parameters = proto.add_inputs()->mutable_parameters();
  (*parameters)["std"].mutable_normal()->set_out_of_bounds(bad);
  Violations violations;
  ToSpec(proto, "n", &violations);
  const std::string rest = ": 3 is no OutOfBounds; known: REDRAW, CLIP\n";
  EXPECT_EQ(
      violations.Text() + "\n",
      "n.populations[0].parameters[\"a\"].normal.out_of_bounds" + rest +
          "n.populations[0].initial_values[\"u\"].lognormal.out_of_bounds" +
          rest +
          "n.projections[0].weight.mixture.components[0].value.lognormal."
          "out_of_bounds" +
          rest + "n.projections[0].delay_ms.normal.out_of_bounds" + rest +
          "n.projections[0].weight_precision: 9 is no WeightPrecision; known: "
          "BITS_16, FULL\n" +
          "n.inputs[0].parameters[\"std\"].normal.out_of_bounds" + rest);
}

TEST(ConvertOptions, KnowsDefaultsAndLimits) {
  Violations violations;
  v1::CreateSessionRequest request;
  SessionOptions options = ToOptions(request, 8, &violations);
  EXPECT_EQ(options.pacing, Pacing::kRealTime);
  EXPECT_EQ(options.pace, 1);
  EXPECT_EQ(options.lateness_policy, LatenessPolicy::kCatchUp);

  request.set_pace(1000);
  request.set_lateness_policy(v1::SLIP);
  options = ToOptions(request, 8, &violations);
  EXPECT_EQ(options.pace, 1000);
  EXPECT_EQ(options.lateness_policy, LatenessPolicy::kSlip);
  EXPECT_TRUE(violations.empty()) << violations.Text();
}

TEST(ConvertOptions, RefusesBadTicks) {
  v1::CreateSessionRequest request;
  Violations violations;
  EXPECT_EQ(ToOptions(request, 8, &violations).tick_ms, 1);
  request.set_tick_ms(10);
  EXPECT_EQ(ToOptions(request, 8, &violations).tick_ms, 10);
  EXPECT_TRUE(violations.empty()) << violations.Text();
  for (double tick : {-1.0, 0.09, 100.5}) {
    request.set_tick_ms(tick);
    ToOptions(request, 8, &violations);
  }
  request.set_tick_ms(10);
  request.set_pacing(v1::LOCKSTEP);
  ToOptions(request, 8, &violations);
  EXPECT_EQ(violations.Text(),
            "tick_ms: -1 is not in [0.1, 100], nor 0, which means 1\n"
            "tick_ms: 0.09 is not in [0.1, 100], nor 0, which means 1\n"
            "tick_ms: 100.5 is not in [0.1, 100], nor 0, which means 1\n"
            "tick_ms: 10 is given, but only REAL_TIME sessions have ticks");
}

TEST(ConvertOptions, RefusesBadPaces) {
  for (double pace :
       {-1.0, 0.0009, 1001.0, std::numeric_limits<double>::quiet_NaN(),
        std::numeric_limits<double>::infinity()}) {
    v1::CreateSessionRequest request;
    request.set_pace(pace);
    Violations violations;
    ToOptions(request, 8, &violations);
    EXPECT_EQ(violations.size(), 1u) << pace;
  }
  v1::CreateSessionRequest request;
  request.set_pace(2);
  request.set_pacing(v1::FREE_RUN);
  Violations violations;
  ToOptions(request, 8, &violations);
  EXPECT_THAT(violations.Text(), HasSubstr("only REAL_TIME"));
}

TEST(ConvertOptions, TakesThreadsUpToTheLimit) {
  v1::CreateSessionRequest request;
  Violations violations;
  for (int count : {0, 1, 8}) {
    request.set_thread_count(count);
    EXPECT_EQ(ToOptions(request, 8, &violations).thread_count, count);
  }
  EXPECT_TRUE(violations.empty()) << violations.Text();
  for (int count : {-1, 9}) {
    request.set_thread_count(count);
    ToOptions(request, 8, &violations);
  }
  EXPECT_EQ(violations.Text(),
            "thread_count: -1 is not in [0, 8]; 0: the server chooses\n"
            "thread_count: 9 is not in [0, 8]; 0: the server chooses");
}

TEST(ConvertOptions, ReportsAllUnknownEnumValues) {
  v1::CreateSessionRequest request;
  request.set_pacing(static_cast<v1::Pacing>(9));
  request.set_lateness_policy(static_cast<v1::LatenessPolicy>(8));
  Violations violations;
  ToOptions(request, 8, &violations);
  EXPECT_EQ(violations.Text(),
            "pacing: 9 is no Pacing; known: REAL_TIME, FREE_RUN, LOCKSTEP\n"
            "lateness_policy: 8 is no LatenessPolicy; known: CATCH_UP, SLIP");
}

TEST(ConvertSession, TellsAboutTheNetworkOnceItIsThere) {
  FakeClock clock;
  Statistics statistics;
  Scheduler scheduler(0, &clock, &statistics);
  auto session = std::make_shared<Session>(
      "test", SessionOptions{.pace = 2},
      Session::Environment{&clock, &scheduler, &statistics, 1 << 20});
  v1::Session proto;
  ToProto(*session, session->status(), &proto);
  EXPECT_EQ(proto.name(), "sessions/test");
  EXPECT_EQ(proto.state(), v1::CREATING);
  EXPECT_EQ(proto.pace(), 2);
  EXPECT_EQ(proto.neuron_count(), 0);
  EXPECT_EQ(proto.thread_count(), 0);
  AddProjections(session->status(), &proto);
  EXPECT_EQ(proto.projections_size(), 0);
  EXPECT_GT(proto.create_time().seconds(), 1'600'000'000);

  NetworkSpec spec = testing::MakeNetwork(0.5);
  spec.seed = 42;
  spec.populations = {MakePopulation("a", "spike_source", 3),
                      MakePopulation("b", "izhikevich", 8)};
  spec.populations[1].layer = "4";
  spec.populations[1].column_count = 2;
  spec.projections = {testing::MakeProjection("a", "b", AllToAll(), 1.0, 1.0)};
  // With a network.
  session->Attach(*Compile(spec), 1000, 4);
  proto.Clear();
  ToProto(*session, session->status(), &proto);
  EXPECT_EQ(proto.thread_count(), 4);
  EXPECT_EQ(proto.projections_size(), 0);
  AddProjections(session->status(), &proto);
  ASSERT_EQ(proto.projections_size(), 1);
  EXPECT_EQ(proto.projections(0).name(), "a->b");
  EXPECT_EQ(proto.projections(0).synapse_count(), 24);
  EXPECT_EQ(proto.projections(0).weight_bits(),
            session->built()->network->projections[0].weight_bits);
  EXPECT_EQ(proto.state(), v1::PAUSED);
  EXPECT_EQ(proto.dt_ms(), 0.5);
  EXPECT_EQ(proto.seed(), 42);
  EXPECT_EQ(proto.precision(), v1::FLOAT64);
  EXPECT_EQ(proto.neuron_count(), 11);
  EXPECT_EQ(proto.memory_bytes(), 1000);
  ASSERT_EQ(proto.populations_size(), 2);
  const v1::PopulationInfo& b = proto.populations(1);
  EXPECT_EQ(b.name(), "b");
  EXPECT_EQ(b.layer(), "4");
  EXPECT_EQ(b.model(), "izhikevich");
  EXPECT_EQ(b.first_neuron(), 3);
  EXPECT_EQ(b.size(), 8);
  EXPECT_EQ(b.column_count(), 2);
}

TEST(ConvertSession, TellsTheFirstThousandProjections) {
  FakeClock clock;
  Statistics statistics;
  Scheduler scheduler(0, &clock, &statistics);
  auto session = std::make_shared<Session>(
      "test", SessionOptions{},
      Session::Environment{&clock, &scheduler, &statistics, 1 << 20});
  NetworkSpec spec = testing::MakeNetwork(0.5);
  spec.populations = {MakePopulation("a", "spike_source", 2)};
  for (int i = 0; i < 1001; ++i) {
    spec.projections.push_back(
        testing::MakeProjection("a", "a", testing::Pairs({{0, 1}}), 1.0, 1.0));
    spec.projections.back().name = absl::StrCat("p", i);
  }
  session->Attach(*Compile(spec), 1000);
  v1::Session proto;
  AddProjections(session->status(), &proto);
  ASSERT_EQ(proto.projections_size(), 1000);
  EXPECT_EQ(proto.projections(999).name(), "p999");
}

TEST(ConvertModel, PublishesTheWholeTable) {
  const ModelInfo& info = FindNeuronModel("izhikevich")->info();
  v1::Model proto;
  ToProto(info, v1::NEURON, &proto);
  EXPECT_EQ(proto.name(), "izhikevich");
  EXPECT_EQ(proto.kind(), v1::NEURON);
  ASSERT_EQ(proto.parameters_size(), static_cast<int>(info.parameters.size()));
  for (int i = 0; i < proto.parameters_size(); ++i) {
    EXPECT_EQ(proto.parameters(i).name(), info.parameters[i].name);
    EXPECT_EQ(proto.parameters(i).min(), info.parameters[i].min);
    EXPECT_EQ(proto.parameters(i).default_value(),
              info.parameters[i].default_value);
  }
  EXPECT_EQ(proto.variables_size(), static_cast<int>(info.variables.size()));
  EXPECT_EQ(proto.receptors_size(), static_cast<int>(info.receptors.size()));
  EXPECT_EQ(proto.schemes_size(), static_cast<int>(info.schemes.size()));
  ASSERT_EQ(proto.cell_classes_size(),
            static_cast<int>(info.cell_classes.size()));
  EXPECT_EQ(proto.cell_classes(0).parameters_size(),
            static_cast<int>(info.cell_classes[0].parameters.size()));
}

TEST(ConvertModel, TellsWhichWeightsReceptorsTake) {
  v1::Model proto;
  ToProto(FindNeuronModel("lif_exp_ei")->info(), v1::NEURON, &proto);
  ASSERT_EQ(proto.receptors_size(), 3);
  EXPECT_EQ(proto.receptors(0).weight_min(), -kInfinity);
  EXPECT_EQ(proto.receptors(0).weight_max(), kInfinity);
  EXPECT_EQ(proto.receptors(1).weight_min(), -kInfinity);
  EXPECT_EQ(proto.receptors(1).weight_max(), 0);
  EXPECT_EQ(proto.receptors(2).weight_min(), -kInfinity);
  v1::Model conductances;
  ToProto(FindNeuronModel("lif_cond_exp")->info(), v1::NEURON, &conductances);
  EXPECT_EQ(conductances.receptors(0).weight_min(), 0);
  EXPECT_EQ(conductances.receptors(1).weight_min(), 0);
  EXPECT_EQ(conductances.receptors(1).weight_max(), kInfinity);
}

}  // namespace
}  // namespace spiked
