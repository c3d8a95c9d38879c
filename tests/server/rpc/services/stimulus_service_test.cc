// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/spike_decoder.h"

namespace spiked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using enum grpc::StatusCode;

class StimulusServiceTest : public RpcFixture {
 protected:
  void SetUp() override {
    NetworkSpec spec = MakeNetwork(1);
    spec.populations = {MakePopulation("source", "spike_source", 3)};
    Create("demo", ToNetworkProto(spec));
  }

  grpc::Status Inject(const v1::InjectStimulusRequest& request,
                      v1::InjectStimulusResponse* response) {
    return Call(*stimuli_, &v1::StimulusService::Stub::InjectStimulus, request,
                response);
  }

  struct Stream {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::StreamStimuliRequest,
                                             v1::StreamStimuliResponse>>
        calls;
  };
  std::unique_ptr<Stream> OpenStream() {
    auto stream = std::make_unique<Stream>();
    // A deadline that no test reaches.
    stream->context.set_deadline(std::chrono::system_clock::now() +
                                 std::chrono::seconds(60));
    stream->calls = stimuli_->StreamStimuli(&stream->context);
    return stream;
  }
  static v1::StreamStimuliRequest Request(int64_t sequence,
                                          const std::string& session) {
    v1::StreamStimuliRequest request;
    request.set_session(session);
    request.set_sequence(sequence);
    return request;
  }
  // Writes a request and reads its answer.
  static v1::StreamStimuliResponse Exchange(
      Stream& stream, const v1::StreamStimuliRequest& request) {
    v1::StreamStimuliResponse response;
    EXPECT_TRUE(stream.calls->Write(request));
    EXPECT_TRUE(stream.calls->Read(&response));
    EXPECT_EQ(response.sequence(), request.sequence());
    return response;
  }
  // Writes requests and returns the status with which the stream ends.
  grpc::Status StatusAfter(
      const std::vector<v1::StreamStimuliRequest>& requests) {
    const auto stream = OpenStream();
    v1::StreamStimuliResponse response;
    for (const auto& request : requests) {
      stream->calls->Write(request);
    }
    stream->calls->WritesDone();
    while (stream->calls->Read(&response)) {
    }
    return stream->calls->Finish();
  }
};

TEST_F(StimulusServiceTest, InjectsAndTellsWhenItActs) {
  Advance("sessions/demo", 10);
  v1::InjectStimulusRequest request;
  request.set_session("sessions/demo");
  *request.add_stimuli() = MakeSpike("source", 1);
  request.mutable_stimuli(0)->set_start_step(12);
  v1::InjectStimulusResponse response;
  EXPECT_THAT(Inject(request, &response), IsOk());
  EXPECT_EQ(response.applied_step(), 12);
  EXPECT_EQ(response.late_count(), 0);
  EXPECT_THAT(DecodeSpikes(Advance("sessions/demo", 5, true).spikes()),
              ElementsAre(DecodedSpike{12, 1}));
}

TEST_F(StimulusServiceTest, SwitchesThePlasticityOfProjections) {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("source", "spike_source", 3)};
  spec.projections = {MakeProjection("source", "source", AllToAll{}, 0.1, 1.0),
                      MakeProjection("source", "source", AllToAll{}, 0.1, 1.0,
                                     {"stdp_pair", {}})};
  spec.projections[0].name = "fixed";
  spec.projections[1].name = "learns";
  Create("learning", ToNetworkProto(spec));
  Advance("sessions/learning", 10);
  v1::InjectStimulusRequest request;
  request.set_session("sessions/learning");
  v1::Stimulus* stimulus = request.add_stimuli();
  stimulus->mutable_plasticity()->add_projections("learns");
  v1::InjectStimulusResponse response;
  EXPECT_THAT(Inject(request, &response), IsOk());
  EXPECT_EQ(response.applied_step(), 10);
  stimulus->set_start_step(25);
  stimulus->mutable_plasticity()->set_enabled(true);
  stimulus->mutable_plasticity()->clear_projections();
  EXPECT_THAT(Inject(request, &response), IsOk());
  EXPECT_EQ(response.applied_step(), 25);
  Advance("sessions/learning", 30);

  stimulus->mutable_plasticity()->add_projections("leanrs");
  *request.add_stimuli() = request.stimuli(0);
  request.mutable_stimuli(1)->mutable_plasticity()->set_projections(0, "fixed");
  const auto status = Inject(request, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(),
              HasSubstr("stimuli[0].plasticity.projections[0]: "));
  EXPECT_THAT(status.error_message(), HasSubstr("did you mean learns?"));
  EXPECT_THAT(status.error_message(),
              HasSubstr("stimuli[1].plasticity.projections[0]: the weights of "
                        "\"fixed\" never change"));
}

TEST_F(StimulusServiceTest, GivesDopamineToProjections) {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("source", "spike_source", 3)};
  spec.projections = {MakeProjection("source", "source", AllToAll{}, 0.1, 1.0,
                                     {"stdp_pair", {}}),
                      MakeProjection("source", "source", AllToAll{}, 0.1, 1.0,
                                     {"stdp_dopamine", {}})};
  spec.projections[0].name = "learns";
  spec.projections[1].name = "rewarded";
  Create("learning", ToNetworkProto(spec));
  Advance("sessions/learning", 10);
  v1::InjectStimulusRequest request;
  request.set_session("sessions/learning");
  v1::Stimulus* stimulus = request.add_stimuli();
  stimulus->mutable_dopamine()->add_projections("rewarded");
  stimulus->mutable_dopamine()->set_amount(0.005);
  *request.add_stimuli() = *stimulus;
  request.mutable_stimuli(1)->mutable_dopamine()->clear_projections();
  request.mutable_stimuli(1)->set_start_step(25);
  v1::InjectStimulusResponse response;
  EXPECT_THAT(Inject(request, &response), IsOk());
  EXPECT_EQ(response.applied_step(), 10);
  Advance("sessions/learning", 30);

  request.mutable_stimuli(0)->mutable_dopamine()->set_amount(1e21);
  request.mutable_stimuli(1)->mutable_dopamine()->add_projections("learns");
  const auto status = Inject(request, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(),
              HasSubstr("stimuli[0].dopamine.amount: 1e+21 is not in"));
  EXPECT_THAT(status.error_message(),
              HasSubstr("stimuli[1].dopamine.projections[0]: the synapse model "
                        "of \"learns\" takes no dopamine"));
}

// At a million spikes per second every step has some.
TEST_F(StimulusServiceTest, DrivesNeuronsByRates) {
  v1::InjectStimulusRequest request;
  request.set_session("sessions/demo");
  v1::Stimulus* stimulus = request.add_stimuli();
  stimulus->set_population("source");
  stimulus->add_neuron_indices(2);
  stimulus->add_neuron_indices(0);
  stimulus->mutable_rates()->add_rates_hz(1e6);
  stimulus->mutable_rates()->add_rates_hz(0);
  stimulus->mutable_rates()->set_duration_ms(2);
  stimulus->set_start_step(3);
  v1::InjectStimulusResponse response;
  EXPECT_THAT(Inject(request, &response), IsOk());
  EXPECT_EQ(response.applied_step(), 3);
  EXPECT_THAT(DecodeSpikes(Advance("sessions/demo", 9, true).spikes()),
              ElementsAre(DecodedSpike{3, 2}, DecodedSpike{4, 2}));

  stimulus->mutable_rates()->set_rates_hz(1, 2e6);
  const auto status = Inject(request, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(),
              HasSubstr("stimuli[0].rates.rates_hz[1]: 2e+06 is not in"));
}

TEST_F(StimulusServiceTest, CountsLateStimuli) {
  Advance("sessions/demo", 10);
  v1::InjectStimulusRequest request;
  request.set_session("sessions/demo");
  *request.add_stimuli() = MakeSpike("source", 1);
  request.mutable_stimuli(0)->set_start_step(3);
  v1::InjectStimulusResponse response;
  EXPECT_THAT(Inject(request, &response), IsOk());
  EXPECT_EQ(response.applied_step(), 10);
  EXPECT_EQ(response.late_count(), 1);
}

// Encoder e of three dimensions, one for each of three spike sources.
TEST_F(StimulusServiceTest, RefusesLateStimuliIfToldTo) {
  Advance("sessions/demo", 10);
  v1::InjectStimulusRequest request;
  request.set_session("sessions/demo");
  request.set_late_policy(v1::REFUSE_LATE);
  *request.add_stimuli() = MakeSpike("source", 0);
  *request.add_stimuli() = MakeSpike("source", 1);
  request.mutable_stimuli(1)->set_start_step(9);
  v1::InjectStimulusResponse response;
  const auto status = Inject(request, &response);
  EXPECT_THAT(status, HasCode(OUT_OF_RANGE));
  EXPECT_THAT(status.error_message(), HasSubstr("1 stimulus would start late"));
  const auto info = ErrorInfoOf(status);
  EXPECT_EQ(info.reason(), "LATE_STIMULUS");
  EXPECT_EQ(info.metadata().at("late_count"), "1");
  EXPECT_EQ(info.metadata().at("current_step"), "10");
  // No stimulus was injected.
  EXPECT_TRUE(DecodeSpikes(Advance("sessions/demo", 5, true).spikes()).empty());

  request.mutable_stimuli(1)->set_start_step(16);
  EXPECT_THAT(Inject(request, &response), IsOk());
  EXPECT_EQ(response.late_count(), 0);
  EXPECT_THAT(DecodeSpikes(Advance("sessions/demo", 5, true).spikes()),
              ElementsAre(DecodedSpike{15, 0}, DecodedSpike{16, 1}));
  request.set_late_policy(static_cast<v1::LatePolicy>(5));
  EXPECT_THAT(Inject(request, &response), HasCode(INVALID_ARGUMENT));
}

TEST_F(StimulusServiceTest, StreamTellsWhatItRefusedAndWhatItHasRoomFor) {
  Advance("sessions/demo", 10);
  const auto stream = OpenStream();
  auto request = Request(0, "sessions/demo");
  auto answer = Exchange(*stream, request);
  EXPECT_EQ(answer.credits(), 1'000'000);
  EXPECT_EQ(answer.applied_step(), 10);

  request = Request(1, "");
  request.set_late_policy(v1::REFUSE_LATE);
  *request.add_stimuli() = MakeSpike("source", 0);
  *request.add_stimuli() = MakeSpike("source", 1);
  request.mutable_stimuli(1)->set_start_step(3);
  answer = Exchange(*stream, request);
  EXPECT_THAT(answer.error(), HasSubstr("at step 10; none was injected"));
  EXPECT_EQ(answer.late_count(), 1);
  EXPECT_EQ(answer.refused_count(), 2);
  EXPECT_EQ(answer.credits(), 1'000'000);

  request.set_sequence(2);
  request.set_late_policy(v1::APPLY_NEXT);
  answer = Exchange(*stream, request);
  EXPECT_EQ(answer.error(), "");
  EXPECT_EQ(answer.late_count(), 1);
  EXPECT_EQ(answer.refused_count(), 0);
  EXPECT_EQ(answer.credits(), 999'998);

  request.set_sequence(3);
  request.mutable_stimuli(0)->set_population("nobody");
  answer = Exchange(*stream, request);
  EXPECT_NE(answer.error(), "");
  EXPECT_EQ(answer.refused_count(), 2);
  stream->context.TryCancel();
}

TEST_F(StimulusServiceTest, EncodesValuesUntilTheNextOnes) {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("source", "spike_source", 3)};
  spec.encoders = {{"e", "source", "linear", "", 3, {}}};
  Create("encoded", ToNetworkProto(spec));
  const auto inject = [&](std::vector<double> values, int64_t start_step) {
    v1::InjectStimulusRequest request;
    request.set_session("sessions/encoded");
    StimulusSpec stimulus;
    stimulus.start = start_step;
    stimulus.kind = EncoderValuesSpec{"e", std::move(values), 0};
    *request.add_stimuli() = ToStimulusProto(stimulus);
    v1::InjectStimulusResponse response;
    const grpc::Status status = Inject(request, &response);
    EXPECT_EQ(response.applied_step(), status.ok() ? start_step : 0);
    return status;
  };
  EXPECT_THAT(inject({1, 0, 0}, 1), IsOk());
  EXPECT_THAT(inject({0, 0, 2}, 3), IsOk());
  EXPECT_EQ(inject({0, 0}, 4).error_message(),
            "stimuli[0].encoder_values.values: 2 values; encoder \"e\" "
            "has 3 dimensions");
  EXPECT_THAT(inject({0, 0, 0}, 4), IsOk());
  EXPECT_THAT(
      DecodeSpikes(Advance("sessions/encoded", 9, true).spikes()),
      ElementsAre(DecodedSpike{1, 0}, DecodedSpike{2, 0}, DecodedSpike{3, 2}));
}

TEST_F(StimulusServiceTest, RefusesBadStimuliAllAtOnce) {
  v1::InjectStimulusRequest request;
  request.set_session("sessions/demo");
  *request.add_stimuli() = MakeSpike("source", 1);
  *request.add_stimuli() = MakeSpike("source", 3);
  *request.add_stimuli() = MakeSpike("nobody", 0);
  v1::InjectStimulusResponse response;
  const auto status = Inject(request, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(),
              HasSubstr("stimuli[1].neuron_indices[0]: 3 is not in [0, 3)"));
  EXPECT_THAT(status.error_message(), HasSubstr("stimuli[2].population: "));
  EXPECT_TRUE(DecodeSpikes(Advance("sessions/demo", 5, true).spikes()).empty());
}

TEST_F(StimulusServiceTest, RefusesTooFewAndTooMany) {
  v1::InjectStimulusRequest request;
  request.set_session("sessions/demo");
  v1::InjectStimulusResponse response;
  EXPECT_EQ(Inject(request, &response).error_message(),
            "stimuli: 0 stimuli; 1 to 10000 are allowed");
  for (int i = 0; i < 10'001; ++i) {
    *request.add_stimuli() = MakeSpike("source");
  }
  EXPECT_EQ(Inject(request, &response).error_message(),
            "stimuli: 10001 stimuli; 1 to 10000 are allowed");
  request.mutable_stimuli()->RemoveLast();
  EXPECT_THAT(Inject(request, &response), IsOk());
}

TEST_F(StimulusServiceTest, RefusesUnknownSessions) {
  v1::InjectStimulusRequest request;
  *request.add_stimuli() = MakeSpike("source");
  v1::InjectStimulusResponse response;
  request.set_session("sessions/x");
  EXPECT_THAT(Inject(request, &response), HasCode(NOT_FOUND));
  request.set_session("x");
  EXPECT_THAT(Inject(request, &response), HasCode(INVALID_ARGUMENT));
}

TEST_F(StimulusServiceTest, StreamAnswersEveryRequestInOrder) {
  const auto stream = OpenStream();
  for (int i = 0; i < 20; ++i) {
    auto request = Request(i, i == 0 ? "sessions/demo" : "");
    *request.add_stimuli() = MakeSpike("source", i % 3);
    const auto response = Exchange(*stream, request);
    EXPECT_EQ(response.error(), "");
    EXPECT_EQ(response.applied_step(), i);
    EXPECT_THAT(DecodeSpikes(Advance("sessions/demo", 1, true).spikes()),
                ElementsAre(DecodedSpike{i, i % 3}));
  }
  auto last = Request(20, "sessions/demo");
  last.set_end_of_input(true);
  EXPECT_EQ(Exchange(*stream, last).applied_step(), 20);
  v1::StreamStimuliResponse response;
  EXPECT_FALSE(stream->calls->Read(&response));
  EXPECT_THAT(stream->calls->Finish(), IsOk());
}

TEST_F(StimulusServiceTest, StreamTakesManyRequestsAtOnce) {
  const auto stream = OpenStream();
  constexpr int kCount = 500;
  for (int i = 0; i < kCount; ++i) {
    auto request = Request(i, "sessions/demo");
    *request.add_stimuli() = MakeSpike("source");
    request.set_end_of_input(i == kCount - 1);
    EXPECT_TRUE(stream->calls->Write(request));
  }
  v1::StreamStimuliResponse response;
  int count = 0;
  while (stream->calls->Read(&response)) {
    EXPECT_EQ(response.sequence(), count++);
    EXPECT_EQ(response.error(), "");
  }
  EXPECT_EQ(count, kCount);
  EXPECT_THAT(stream->calls->Finish(), IsOk());
}

TEST_F(StimulusServiceTest, StreamGoesOnAfterBadStimuli) {
  const auto stream = OpenStream();
  auto request = Request(0, "sessions/demo");
  *request.add_stimuli() = MakeSpike("source", 0);
  *request.add_stimuli() = MakeSpike("source", 7);
  EXPECT_THAT(Exchange(*stream, request).error(),
              HasSubstr("stimuli[1].neuron_indices[0]: 7"));

  request = Request(1, "");
  for (int i = 0; i < 10'001; ++i) {
    *request.add_stimuli() = MakeSpike("source");
  }
  EXPECT_THAT(Exchange(*stream, request).error(), HasSubstr("10001 stimuli"));

  request = Request(2, "");
  *request.add_stimuli() = MakeSpike("source", 1);
  request.set_end_of_input(true);
  EXPECT_EQ(Exchange(*stream, request).error(), "");
  v1::StreamStimuliResponse response;
  EXPECT_FALSE(stream->calls->Read(&response));
  EXPECT_THAT(stream->calls->Finish(), IsOk());
  EXPECT_THAT(DecodeSpikes(Advance("sessions/demo", 1, true).spikes()),
              ElementsAre(DecodedSpike{0, 1}));
}

TEST_F(StimulusServiceTest, GapInTheSequenceEndsTheStream) {
  auto status =
      StatusAfter({Request(0, "sessions/demo"), Request(2, "sessions/demo")});
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(), HasSubstr("sequence: 2 instead of 1"));
  EXPECT_THAT(StatusAfter({Request(1, "sessions/demo")}),
              HasCode(INVALID_ARGUMENT));
}

TEST_F(StimulusServiceTest, EndWithoutItsMarkIsDataLoss) {
  EXPECT_THAT(StatusAfter({Request(0, "sessions/demo")}), HasCode(DATA_LOSS));
  EXPECT_THAT(StatusAfter({}), HasCode(DATA_LOSS));
}

TEST_F(StimulusServiceTest, StreamRefusesBadSessions) {
  EXPECT_THAT(StatusAfter({Request(0, "")}), HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(StatusAfter({Request(0, "demo")}), HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(StatusAfter({Request(0, "sessions/x")}), HasCode(NOT_FOUND));
  EXPECT_THAT(
      StatusAfter({Request(0, "sessions/demo"), Request(1, "sessions/x")}),
      HasCode(INVALID_ARGUMENT));
}

TEST_F(StimulusServiceTest, StreamEndsWhenItsSessionIsDeleted) {
  const auto stream = OpenStream();
  auto request = Request(0, "sessions/demo");
  *request.add_stimuli() = MakeSpike("source");
  Exchange(*stream, request);
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  request.set_sequence(1);
  stream->calls->Write(request);  // it may have ended already
  v1::StreamStimuliResponse response;
  EXPECT_FALSE(stream->calls->Read(&response));
  EXPECT_THAT(stream->calls->Finish(), HasCode(NOT_FOUND));
}

TEST_F(StimulusServiceTest, SilentStreamEndsWhenItsSessionIsDeleted) {
  const auto stream = OpenStream();
  Exchange(*stream, Request(0, "sessions/demo"));
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  v1::StreamStimuliResponse response;
  EXPECT_FALSE(stream->calls->Read(&response));
  EXPECT_THAT(stream->calls->Finish(), HasCode(NOT_FOUND));
  EXPECT_TRUE(
      Eventually([&] { return OpenStreams(StreamKind::kStimuli) == 0; }));
}

TEST_F(StimulusServiceTest, StreamEndsWhenTheServerStops) {
  const auto stream = OpenStream();
  Exchange(*stream, Request(0, "sessions/demo"));
  server_->SetDraining();
  v1::StreamStimuliResponse response;
  EXPECT_FALSE(stream->calls->Read(&response));
  EXPECT_THAT(stream->calls->Finish(), HasCode(UNAVAILABLE));
}

}  // namespace
}  // namespace spiked::testing
