// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/catalogue.h"
#include "core/compile.h"
#include "core/validate.h"
#include "tests/server/fake_clock.h"
#include "tests/server/rpc/network_proto.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

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

TEST(ConvertValue, KeepsEveryKind) {
  for (const Value& value : std::vector<Value>{
           std::monostate(), 1.5, std::vector<double>{1, 2, 3}, Uniform{-1, 1},
           DiscreteUniform{1, 9, 2}, Normal{1, 2}, Normal{1, 2, 0, 3},
           Mixture{{{0.25, 1.0},
                    {0.25, Uniform{0, 1}},
                    {0.25, DiscreteUniform{0, 4, 2}},
                    {0.25, Normal{0, 1}}}}}) {
    EXPECT_EQ(ToValue(ToValueProto(value)), value);
  }
}

TEST(ConvertValue, MeansSpacingOneWhenItIsNotGiven) {
  v1::Value proto;
  proto.mutable_discrete_uniform()->set_high(3);
  EXPECT_EQ(ToValue(proto), Value(DiscreteUniform{0, 3, 1}));
}

TEST(ConvertValue, LeavesOutWhatAMixtureCannotHold) {
  v1::Value proto;
  proto.mutable_mixture()->add_components()->mutable_value()->mutable_list();
  proto.mutable_mixture()->add_components()->mutable_value()->mutable_mixture();
  proto.mutable_mixture()->add_components();
  const Value value = ToValue(proto);
  for (const auto& component : std::get<Mixture>(value).components) {
    EXPECT_EQ(component.value, SimpleValue());
  }
  Violations violations;
  EXPECT_FALSE(ValidateValue(value, "weight", &violations));
  EXPECT_EQ(violations.size(), 3u);
}

TEST(ConvertNetwork, KeepsEverything) {
  NetworkSpec spec =
      testing::MakeColumnarNetwork(Precision::kFloat64, 1234567890123);
  spec.description = "a network";
  spec.populations[0].layer = "2/3";
  spec.populations[0].scheme = "semi_implicit";
  spec.populations[0].initial_values["u"] = 3.0;
  for (ConnectionRule rule :
       {ConnectionRule(AllToAll()), ConnectionRule(OneToOne()),
        ConnectionRule(PairwiseBernoulli{0.5}),
        ConnectionRule(testing::Pairs({{1, 2}, {3, 4}})), ConnectionRule()}) {
    for (auto columns : {ColumnRestriction::kAny, ColumnRestriction::kSame,
                         ColumnRestriction::kOther}) {
      auto projection = testing::MakeProjection("a", "b", rule, 1.0, 2.0);
      projection.columns = columns;
      projection.allow_autapses = columns == ColumnRestriction::kAny;
      projection.receptor = "excitatory";
      spec.projections.push_back(projection);
    }
  }
  spec.inputs.push_back(
      testing::MakeInput("internal", "normal_noise_current", {{"std", 1.0}}));
  spec.stimuli.push_back(testing::MakeCurrent(spec, "internal", {1, 2}, 3, 4));
  spec.stimuli.push_back(testing::MakeSpikes(spec, "internal", 1, {5, 6}));
  spec.stimuli.back().start = StartMs{7};
  spec.stimuli.push_back({});
  spec.stimuli.back().columns = {0, 2};

  // Equal messages before and after mean that nothing got lost on the way.
  const v1::Network proto = ToNetworkProto(spec);
  EXPECT_TRUE(
      MessageDifferencer::Equals(ToNetworkProto(Convert(proto)), proto));
}

TEST(ConvertNetwork, FillsInDefaults) {
  v1::Network proto;
  proto.add_populations();
  proto.add_projections();
  proto.add_stimuli()->mutable_spikes();
  const NetworkSpec spec = Convert(proto);
  EXPECT_EQ(spec.precision, Precision::kFloat32);
  EXPECT_EQ(spec.populations[0].column_count, 1);
  EXPECT_EQ(spec.projections[0].synapse.model, "static");
  EXPECT_EQ(spec.projections[0].columns, ColumnRestriction::kAny);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(spec.projections[0].rule));
  EXPECT_EQ(spec.projections[0].weight, Value());
  EXPECT_TRUE(std::holds_alternative<AsSoonAsPossible>(spec.stimuli[0].start));
  EXPECT_EQ(std::get<SpikeStimulusSpec>(spec.stimuli[0].kind).weight, 1);
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

TEST(ConvertOptions, KnowsDefaultsAndLimits) {
  Violations violations;
  v1::CreateSessionRequest request;
  SessionOptions options = ToOptions(request, &violations);
  EXPECT_EQ(options.pacing, Pacing::kRealTime);
  EXPECT_EQ(options.pace, 1);
  EXPECT_EQ(options.lateness_policy, LatenessPolicy::kCatchUp);

  request.set_pace(1000);
  request.set_lateness_policy(v1::SLIP);
  options = ToOptions(request, &violations);
  EXPECT_EQ(options.pace, 1000);
  EXPECT_EQ(options.lateness_policy, LatenessPolicy::kSlip);
  EXPECT_TRUE(violations.empty()) << violations.Text();
}

TEST(ConvertOptions, RefusesBadPaces) {
  for (double pace :
       {-1.0, 0.0009, 1001.0, std::numeric_limits<double>::quiet_NaN(),
        std::numeric_limits<double>::infinity()}) {
    v1::CreateSessionRequest request;
    request.set_pace(pace);
    Violations violations;
    ToOptions(request, &violations);
    EXPECT_EQ(violations.size(), 1u) << pace;
  }
  v1::CreateSessionRequest request;
  request.set_pace(2);
  request.set_pacing(v1::FREE_RUN);
  Violations violations;
  ToOptions(request, &violations);
  EXPECT_THAT(violations.Text(), HasSubstr("only REAL_TIME"));
}

TEST(ConvertOptions, ReportsAllUnknownEnumValues) {
  v1::CreateSessionRequest request;
  request.set_pacing(static_cast<v1::Pacing>(9));
  request.set_lateness_policy(static_cast<v1::LatenessPolicy>(8));
  Violations violations;
  ToOptions(request, &violations);
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
  EXPECT_GT(proto.create_time().seconds(), 1'600'000'000);

  NetworkSpec spec = testing::MakeNetwork(0.5);
  spec.seed = 42;
  spec.populations = {MakePopulation("a", "spike_source", 3),
                      MakePopulation("b", "izhikevich", 8)};
  spec.populations[1].layer = "4";
  spec.populations[1].column_count = 2;
  session->Attach(*Compile(spec), 1000);
  proto.Clear();
  ToProto(*session, session->status(), &proto);
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

}  // namespace
}  // namespace spiked
