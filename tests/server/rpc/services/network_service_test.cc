// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/rpc/call/environment.h"
#include "spiked/v1/change.grpc.pb.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/spike_decoder.h"

namespace spiked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using enum grpc::StatusCode;

class NetworkServiceTest : public RpcFixture {
 protected:
  void SetUp() override {
    networks_ = v1::NetworkService::NewStub(channel_);
    Create("demo", ToNetworkProto(Demo()));
  }

  // Cells without input, with sources that project to them by three kinds of
  // weights.
  static NetworkSpec Demo() {
    NetworkSpec spec = MakeNetwork(1);
    spec.populations = {MakePopulation("source", "spike_source", 4),
                        MakePopulation("cells", "lif_delta", 4)};
    spec.inputs = {MakeInput("cells", "dc_current", {})};
    spec.projections = {MakeProjection("source", "cells", OneToOne{}, 1.0, 1.0),
                        MakeProjection("source", "cells", AllToAll{}, 0.5, 1.0,
                                       {"stdp_pair", {}})};
    spec.projections[1].name = "plastic";
    return spec;
  }

  static v1::ChangeNetworkRequest Request() {
    v1::ChangeNetworkRequest request;
    request.set_session("sessions/demo");
    return request;
  }
  grpc::Status Change(const v1::ChangeNetworkRequest& request,
                      v1::ChangeNetworkResponse* response) {
    return Call(*networks_, &v1::NetworkService::Stub::ChangeNetwork, request,
                response);
  }
  v1::ChangeNetworkResponse Change(const v1::ChangeNetworkRequest& request) {
    v1::ChangeNetworkResponse response;
    EXPECT_THAT(Change(request, &response), IsOk());
    return response;
  }
  // Sends a request that must fail, and returns the error's message.
  std::string Refusal(const v1::ChangeNetworkRequest& request,
                      grpc::StatusCode code) {
    v1::ChangeNetworkResponse response;
    const grpc::Status status = Change(request, &response);
    EXPECT_THAT(status, HasCode(code));
    return status.error_message();
  }

  static v1::Value Constant(double x) {
    v1::Value value;
    value.set_constant(x);
    return value;
  }

  std::unique_ptr<v1::NetworkService::Stub> networks_;
};

TEST_F(NetworkServiceTest, ChangesAtTheComingStepOrLater) {
  Advance("sessions/demo", 10);
  v1::ChangeNetworkRequest request = Request();
  v1::Silence* silence = request.add_changes()->mutable_silence();
  silence->set_population("source");
  silence->add_neuron_indices(1);
  silence->set_silenced(true);
  v1::ChangeNetworkResponse response = Change(request);
  EXPECT_EQ(response.applied_step(), 10);
  EXPECT_EQ(response.step(), 10);
  EXPECT_EQ(Get("sessions/demo").populations(0).silenced_count(), 1);

  request.set_at_step(20);
  silence->set_silenced(false);
  response = Change(request);
  EXPECT_EQ(response.applied_step(), 20);
  EXPECT_EQ(response.step(), 10);
  EXPECT_EQ(response.epoch(), 0);
  Advance("sessions/demo", 10);
  EXPECT_EQ(Get("sessions/demo").populations(0).silenced_count(), 1);
  Advance("sessions/demo", 1);
  EXPECT_EQ(Get("sessions/demo").populations(0).silenced_count(), 0);
}

// One change of each kind: only the cells whose resting potential is raised
// cross their threshold by the current of the input.
TEST_F(NetworkServiceTest, MakesEveryKindOfChange) {
  v1::ChangeNetworkRequest request = Request();
  v1::SetParameters* parameters =
      request.add_changes()->mutable_set_parameters();
  parameters->set_population("cells");
  // Resting potentials of two cells, and the state of all.
  parameters->add_neuron_indices(2);
  parameters->add_neuron_indices(0);
  v1::Value& resting = (*parameters->mutable_parameters())["e_l_mv"];
  resting.mutable_list()->add_values(-56);
  resting.mutable_list()->add_values(-57);
  v1::SetState* state = request.add_changes()->mutable_set_state();
  state->set_population("cells");
  (*state->mutable_values())["v_mv"] = Constant(-58);
  // The input's current, weights, and plasticity.
  v1::SetInput* input = request.add_changes()->mutable_set_input();
  input->set_input("dc_current->cells");
  (*input->mutable_parameters())["amplitude"] = Constant(60);
  v1::SetWeights* weights = request.add_changes()->mutable_set_weights();
  weights->set_projection("source->cells");
  weights->set_factor(3);
  v1::SetWeights* pairs = request.add_changes()->mutable_set_weights();
  pairs->set_projection("plastic");
  pairs->mutable_pairs()->add_source_indices(3);
  pairs->mutable_pairs()->add_target_indices(1);
  pairs->mutable_pairs()->add_weights(0.75);
  request.add_changes()->mutable_plasticity()->add_projections("plastic");
  Change(request);

  v1::Session session;
  EXPECT_THAT(Get("sessions/demo", &session), IsOk());
  EXPECT_FALSE(session.projections(0).plasticity_enabled());
  EXPECT_FALSE(session.projections(1).plasticity_enabled());
  // 60 pA are 2.4 mV here: -56 + 2.4 and -57 + 2.4 are above -55.
  const v1::AdvanceSessionResponse response =
      Advance("sessions/demo", 100, true);
  std::set<int> neurons;
  for (const DecodedSpike& spike : DecodeSpikes(response.spikes())) {
    neurons.insert(spike.neuron);
  }
  EXPECT_THAT(neurons, ElementsAre(4, 6));

  Reset("sessions/demo");
  EXPECT_TRUE(Get("sessions/demo").projections(1).plasticity_enabled());
  EXPECT_TRUE(
      DecodeSpikes(Advance("sessions/demo", 100, true).spikes()).empty());
}

// Watchers get a message when silenced neurons or plasticity switches change,
// and none otherwise.
TEST_F(NetworkServiceTest, WatchersAreToldOfSilenceAndPlasticity) {
  grpc::ClientContext context;
  v1::WatchSessionRequest watch;
  watch.set_name("sessions/demo");
  const auto watcher = sessions_->WatchSession(&context, watch);
  v1::WatchSessionResponse response;
  const auto expect_next = [&](int64_t step, int64_t silenced, bool plastic) {
    ASSERT_TRUE(watcher->Read(&response));
    EXPECT_EQ(response.session().step(), step);
    EXPECT_EQ(response.session().populations(0).silenced_count(), silenced);
    EXPECT_EQ(Get("sessions/demo").projections(1).plasticity_enabled(),
              plastic);
  };
  expect_next(0, 0, true);
  Advance("sessions/demo", 5);  // no news

  v1::ChangeNetworkRequest request = Request();
  v1::Silence* silence = request.add_changes()->mutable_silence();
  silence->set_population("source");
  silence->add_neuron_indices(1);
  silence->set_silenced(true);
  Change(request);
  expect_next(5, 1, true);

  // Planned changes are reported when they are made.
  silence->add_neuron_indices(2);
  request.set_at_step(8);
  Change(request);
  request = Request();
  request.add_changes()->mutable_plasticity()->add_projections("plastic");
  request.set_at_step(20);
  Change(request);
  Advance("sessions/demo", 5);
  expect_next(10, 2, true);
  Advance("sessions/demo", 20);
  expect_next(30, 2, false);
  // The answer to a reset has it as well.
  v1::Session session;
  EXPECT_THAT(Reset("sessions/demo", &session), IsOk());
  EXPECT_EQ(session.populations(0).silenced_count(), 0);
  expect_next(0, 0, true);
  EXPECT_EQ(response.session().epoch(), 1);
  context.TryCancel();
}

TEST_F(NetworkServiceTest, TellsAllViolationsWithTheirPaths) {
  v1::ChangeNetworkRequest request = Request();
  v1::SetParameters* parameters =
      request.add_changes()->mutable_set_parameters();
  parameters->set_population("cells");
  (*parameters->mutable_parameters())["tau_m_ms"] = Constant(-1);
  request.add_changes()->mutable_silence()->set_population("sell");
  request.add_changes();
  const std::string text = Refusal(request, INVALID_ARGUMENT);
  EXPECT_THAT(text, HasSubstr("changes[0].set_parameters.parameters["
                              "\"tau_m_ms\"]: -1 is not allowed"));
  EXPECT_THAT(text, HasSubstr("changes[1].silence.population: unknown"));
  EXPECT_THAT(text, HasSubstr("changes[2]: changes nothing"));
}

// Violations that only the session can find.
TEST_F(NetworkServiceTest, TellsViolationsThatDependOnTheState) {
  v1::ChangeNetworkRequest request = Request();
  v1::SetParameters* parameters =
      request.add_changes()->mutable_set_parameters();
  parameters->set_population("cells");
  (*parameters->mutable_parameters())["v_th_mv"] = Constant(-80);
  EXPECT_EQ(Refusal(request, INVALID_ARGUMENT),
            "changes[0].set_parameters.parameters: v_reset_mv (-70) must be at "
            "most v_th_mv (-80)");
}

TEST_F(NetworkServiceTest, RefusesAnUnknownEnumInAValue) {
  v1::ChangeNetworkRequest request = Request();
  v1::SetState* state = request.add_changes()->mutable_set_state();
  state->set_population("cells");
  v1::Normal* normal = (*state->mutable_values())["v_mv"].mutable_normal();
  normal->set_mean(-60);
  normal->set_std(1);
  normal->set_out_of_bounds(static_cast<v1::OutOfBounds>(77));
  EXPECT_THAT(Refusal(request, INVALID_ARGUMENT),
              HasSubstr("changes[0].set_state.values[\"v_mv\"].normal."
                        "out_of_bounds"));
}

TEST_F(NetworkServiceTest, ChecksTheRequest) {
  v1::ChangeNetworkRequest request = Request();
  EXPECT_EQ(Refusal(request, INVALID_ARGUMENT),
            "changes: 0 changes; 1 to 1000 are allowed");
  request.add_changes()->mutable_silence()->set_population("source");
  request.set_at_step(-1);
  EXPECT_EQ(Refusal(request, INVALID_ARGUMENT),
            "at_step: -1 is not in [0, 2^60]");
  request.clear_at_step();
  for (int i = 0; i < 1000; ++i) *request.add_changes() = request.changes(0);
  EXPECT_EQ(Refusal(request, INVALID_ARGUMENT),
            "changes: 1001 changes; 1 to 1000 are allowed");
  request = Request();
  request.set_session("demo");
  EXPECT_THAT(Refusal(request, INVALID_ARGUMENT), HasSubstr("session: "));
}

TEST_F(NetworkServiceTest, TellsTheStepIfItHasPassed) {
  Advance("sessions/demo", 12);
  v1::ChangeNetworkRequest request = Request();
  request.add_changes()->mutable_silence()->set_population("source");
  request.set_at_step(11);
  v1::ChangeNetworkResponse response;
  const grpc::Status status = Change(request, &response);
  EXPECT_THAT(status, HasCode(FAILED_PRECONDITION));
  EXPECT_EQ(status.error_message(),
            "at_step: 11 has passed; the session is at step 12");
  const v1::ErrorInfo info = ErrorInfoOf(status);
  EXPECT_EQ(info.reason(), "STEP_PASSED");
  EXPECT_EQ(info.metadata().at("current_step"), "12");
  EXPECT_EQ(info.metadata().at("epoch"), "0");
}

TEST_F(NetworkServiceTest, NeedsASession) {
  v1::ChangeNetworkRequest request = Request();
  request.add_changes()->mutable_silence()->set_population("source");
  request.set_session("sessions/nobody");
  EXPECT_THAT(Refusal(request, NOT_FOUND), HasSubstr("nobody"));
}

TEST_F(NetworkServiceTest, TooManyThatWait) {
  v1::ChangeNetworkRequest request = Request();
  request.add_changes()->mutable_silence()->set_population("source");
  request.set_at_step(1000);
  for (int i = 0; i < 1000; ++i) Change(request);
  EXPECT_THAT(Refusal(request, RESOURCE_EXHAUSTED),
              HasSubstr("too many changes would wait"));
}

// Changes a running session, with a request that is read on another thread.
TEST_F(NetworkServiceTest, ChangesARunningSession) {
  Create("running", MakeBusyNetwork(60'000), v1::FREE_RUN);
  EXPECT_THAT(Start("sessions/running"), IsOk());
  v1::ChangeNetworkRequest request = Request();
  request.set_session("sessions/running");
  v1::Silence* silence = request.add_changes()->mutable_silence();
  silence->set_population("source");
  silence->set_silenced(true);
  for (int i = 0; i < 60'000; i += 2) silence->add_neuron_indices(i);
  EXPECT_GT(request.ByteSizeLong(), RpcEnvironment::kSmallRequestBytes);
  const v1::ChangeNetworkResponse response = Change(request);
  EXPECT_EQ(response.applied_step(), response.step());
  EXPECT_THAT(Pause("sessions/running"), IsOk());
  EXPECT_EQ(Get("sessions/running").populations(0).silenced_count(), 30'000);
  const auto spikes =
      DecodeSpikes(Advance("sessions/running", 1, true).spikes());
  EXPECT_EQ(spikes.size(), 30'000u);
  for (const DecodedSpike& spike : spikes) ASSERT_EQ(spike.neuron % 2, 1);
}

// A network with the most populations and the longest names that are allowed,
// and requests with many unknown names. The number of compared names is bounded
// (names_test.cc), but all violations are reported.
class ManyNamesTest : public NetworkServiceTest {
 protected:
  static constexpr int kPopulations = 10'000;
  void SetUp() override {
    networks_ = v1::NetworkService::NewStub(channel_);
    NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
    for (int i = 0; i < kPopulations; ++i) {
      spec.populations.push_back(MakePopulation(Name(i), "spike_source", 1));
    }
    spec.projections = {MakeProjection(Name(0), Name(1), OneToOne{}, 1.0, 1.0)};
    spec.projections[0].name = "only";
    Create("demo", ToNetworkProto(spec));
  }
  static std::string Name(int i) {
    std::string name = absl::StrCat("p", i);
    name.resize(64, '_');
    return name;
  }
  // A name that is similar to a known one.
  static std::string Wrong(int i) {
    std::string name = Name(i);
    name[60] = 'x';
    return name;
  }
  static std::string Unknown(int i) {
    return absl::StrCat("unknown population \"", Wrong(i), "\"");
  }
};

TEST_F(ManyNamesTest, UnknownOnesOfChangesAreTold) {
  v1::ChangeNetworkRequest request = Request();
  for (int i = 0; i < 100; ++i) {
    request.add_changes()->mutable_silence()->set_population(Wrong(i));
  }
  const std::string text = Refusal(request, INVALID_ARGUMENT);
  EXPECT_THAT(text, StartsWith("at least 100 violations, the first "));
  EXPECT_THAT(text, HasSubstr("changes[0].silence.population: " + Unknown(0) +
                              "; did you mean " + Name(0) + "? known: p0__"));
  EXPECT_THAT(text, HasSubstr("changes[1].silence.population: " + Unknown(1)));
  EXPECT_EQ(Advance("sessions/demo", 1).step(), 1);
}

TEST_F(ManyNamesTest, UnknownOnesOfStimuliAreTold) {
  v1::InjectStimulusRequest request;
  request.set_session("sessions/demo");
  for (int i = 0; i < 100; ++i) *request.add_stimuli() = MakeSpike(Wrong(i));
  v1::InjectStimulusResponse response;
  const auto status =
      Call(*stimuli_, &v1::StimulusService::Stub::InjectStimulus, request,
           &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(),
              HasSubstr("stimuli[0].population: " + Unknown(0) +
                        "; did you mean " + Name(0) + "?"));
}

TEST_F(ManyNamesTest, UnknownOnesOfRecordingsAreTold) {
  // A projection, then a population of each method.
  v1::GetWeightHistogramRequest weights;
  weights.set_session("sessions/demo");
  weights.set_projection("onyl");
  v1::GetWeightHistogramResponse histogram;
  EXPECT_EQ(Call(*recordings_, &v1::RecordingService::Stub::GetWeightHistogram,
                 weights, &histogram)
                .error_message(),
            "projection: unknown projection \"onyl\"; did you mean only? "
            "known: only");

  v1::GetPopulationSpectrumRequest spectrum;
  spectrum.set_session("sessions/demo");
  spectrum.set_population(Wrong(9));
  spectrum.set_window_steps(100);
  spectrum.set_bin_steps(1);
  v1::GetPopulationSpectrumResponse power;
  EXPECT_THAT(
      Call(*recordings_, &v1::RecordingService::Stub::GetPopulationSpectrum,
           spectrum, &power)
          .error_message(),
      HasSubstr("population: " + Unknown(9) + "; did you mean " + Name(9)));

  v1::StreamStateRequest state;
  state.set_session("sessions/demo");
  state.set_population(Wrong(9));
  grpc::ClientContext context;
  auto states = recordings_->StreamState(&context, state);
  v1::StateBatch samples;
  EXPECT_FALSE(states->Read(&samples));
  EXPECT_THAT(
      states->Finish().error_message(),
      HasSubstr("population: " + Unknown(9) + "; did you mean " + Name(9)));

  v1::StreamRatesRequest rates;
  rates.set_session("sessions/demo");
  rates.set_bin_steps(1);
  for (int i = 0; i < 1000; ++i) rates.add_populations(Wrong(i));
  grpc::ClientContext second;
  auto counts = recordings_->StreamRates(&second, rates);
  v1::RateBatch batch;
  EXPECT_FALSE(counts->Read(&batch));
  EXPECT_THAT(counts->Finish().error_message(),
              StartsWith("at least 100 violations, the first "));
}

}  // namespace
}  // namespace spiked::testing
