// SPDX-License-Identifier: Apache-2.0
//
// Quotas as clients see them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/security/quota_file.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;

using enum grpc::StatusCode;

class QuotaTest : public RpcFixture {
 protected:
  void SetQuotas(const std::string& line) {
    registry_.tenants()->SetQuotas(*ParseQuotas("* weight=1 " + line));
  }

  grpc::Status TryCreate(const std::string& id) {
    v1::CreateSessionRequest request;
    request.set_session_id(id);
    *request.mutable_network() = MakeRandomNetwork();
    request.set_pacing(v1::LOCKSTEP);
    v1::Session session;
    return Create(request, &session);
  }

  grpc::Status InjectSpikes(const std::string& name, int count) {
    v1::InjectStimulusRequest request;
    request.set_session(name);
    for (int i = 0; i < count; ++i) *request.add_stimuli() = MakeSpike("a");
    v1::InjectStimulusResponse response;
    return Call(*stimuli_, &v1::StimulusService::Stub::InjectStimulus, request,
                &response);
  }

  // A detail of an error; fails the test if there is none.
  template <typename Detail>
  static Detail DetailOf(const grpc::Status& status) {
    v1::Status details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    Detail detail;
    bool found = false;
    for (const auto& any : details.details()) {
      if (any.type_url() !=
          "type.googleapis.com/google.rpc." + Detail::descriptor()->name()) {
        continue;
      }
      found = detail.ParseFromString(any.value());
    }
    EXPECT_TRUE(found) << Detail::descriptor()->name();
    return detail;
  }

  static std::string SubjectOf(const grpc::Status& status) {
    EXPECT_THAT(status, HasCode(RESOURCE_EXHAUSTED));
    EXPECT_EQ(ErrorInfoOf(status).reason(), "QUOTA_EXCEEDED");
    const auto failure = DetailOf<v1::QuotaFailure>(status);
    EXPECT_EQ(failure.violations_size(), 1);
    if (failure.violations_size() != 1) return "";
    EXPECT_EQ(failure.violations(0).description(), status.error_message());
    return failure.violations(0).subject();
  }

  std::unique_ptr<grpc::ClientReader<v1::SpikeBatch>> StreamSpikes(
      const std::string& name, grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(60));
    v1::StreamSpikesRequest request;
    request.set_session(name);
    request.set_batch_window_ms(1);
    return recordings_->StreamSpikes(context, request);
  }
};

TEST_F(QuotaTest, OfSessions) {
  SetQuotas("sessions=1");
  EXPECT_THAT(TryCreate("a"), IsOk());
  EXPECT_EQ(SubjectOf(TryCreate("b")), "sessions");
  EXPECT_THAT(Delete("sessions/a"), IsOk());
  EXPECT_THAT(TryCreate("b"), IsOk());
}

TEST_F(QuotaTest, OfNetworks) {
  SetQuotas("neurons=19");
  EXPECT_EQ(SubjectOf(TryCreate("a")), "neurons");
  SetQuotas("memory_bytes=100");
  EXPECT_EQ(SubjectOf(TryCreate("a")), "memory_bytes");
  SetQuotas("neurons=20");
  EXPECT_THAT(TryCreate("a"), IsOk());
}

TEST_F(QuotaTest, OfStreamsOfAnyKind) {
  SetQuotas("streams=1");
  ASSERT_THAT(TryCreate("a"), IsOk());
  grpc::ClientContext first_context;
  auto first = StreamSpikes("sessions/a", &first_context);
  v1::SpikeBatch batch;
  ASSERT_TRUE(first->Read(&batch));
  grpc::ClientContext second_context;
  auto second = StreamSpikes("sessions/a", &second_context);
  EXPECT_FALSE(second->Read(&batch));
  EXPECT_EQ(SubjectOf(second->Finish()), "streams");
  grpc::ClientContext watch_context;
  v1::WatchSessionRequest watch_request;
  watch_request.set_name("sessions/a");
  auto watch = sessions_->WatchSession(&watch_context, watch_request);
  v1::WatchSessionResponse watched;
  EXPECT_FALSE(watch->Read(&watched));
  EXPECT_EQ(SubjectOf(watch->Finish()), "streams");
  grpc::ClientContext stimuli_context;
  auto stimuli = stimuli_->StreamStimuli(&stimuli_context);
  EXPECT_EQ(SubjectOf(stimuli->Finish()), "streams");
  // A new stream is admitted once the first has ended.
  first_context.TryCancel();
  first->Finish();
  EXPECT_TRUE(Eventually([&] {
    grpc::ClientContext context;
    auto stream = StreamSpikes("sessions/a", &context);
    const bool open = stream->Read(&batch);
    context.TryCancel();
    stream->Finish();
    return open;
  }));
}

TEST_F(QuotaTest, OfStimuliPerSecond) {
  SetQuotas("stimuli_per_s=0.01");
  ASSERT_THAT(TryCreate("a"), IsOk());
  EXPECT_THAT(InjectSpikes("sessions/a", 10), IsOk());  // leaves a debt
  const grpc::Status refused = InjectSpikes("sessions/a", 1);
  EXPECT_EQ(SubjectOf(refused), "stimuli_per_s");
  const auto retry = DetailOf<v1::RetryInfo>(refused);
  EXPECT_NEAR(static_cast<double>(retry.retry_delay().seconds()), 60, 30);

  v1::AdvanceSessionRequest advance;
  advance.set_name("sessions/a");
  advance.set_step_count(1);
  v1::AdvanceSessionResponse response;
  EXPECT_THAT(Advance(advance, &response), IsOk());
  *advance.add_stimuli() = MakeSpike("a");
  EXPECT_EQ(SubjectOf(Advance(advance, &response)), "stimuli_per_s");

  // A stream of stimuli gets the error in its answer and stays open.
  grpc::ClientContext context;
  auto stream = stimuli_->StreamStimuli(&context);
  v1::StreamStimuliRequest request;
  request.set_session("sessions/a");
  *request.add_stimuli() = MakeSpike("a");
  ASSERT_TRUE(stream->Write(request));
  v1::StreamStimuliResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_THAT(answer.error(), HasSubstr("more than its quota"));
  request.Clear();
  request.set_sequence(1);
  request.set_end_of_input(true);
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.error(), "");
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_THAT(stream->Finish(), IsOk());
}

// Spikes beyond the quota are dropped and counted, as for a slow reader: sent +
// dropped = produced.
TEST_F(QuotaTest, OfBytesDropsAndCounts) {
  constexpr int kNeurons = 20'000;
  constexpr int kSteps = 300;  // 24 MB, of which the history has 4
  Create("demo", MakeBusyNetwork(kNeurons));
  SetQuotas("stream_bytes_per_s=1000");
  grpc::ClientContext context;
  auto stream = StreamSpikes("sessions/demo", &context);
  v1::SpikeBatch batch;
  ASSERT_TRUE(stream->Read(&batch));
  Advance("sessions/demo", 1);
  ASSERT_TRUE(stream->Read(&batch));  // a debt of many seconds
  int64_t sent = 0;
  int64_t dropped = 0;
  const auto count = [&] {
    for (int32_t n : batch.spike_counts()) sent += n;
    dropped += batch.dropped_spike_count();
  };
  count();
  Advance("sessions/demo", kSteps - 1);
  EXPECT_EQ(sent, kNeurons);
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  SetQuotas("");
  while (stream->Read(&batch)) count();
  EXPECT_THAT(stream->Finish(), IsOk());
  EXPECT_EQ(sent + dropped, int64_t{kNeurons} * kSteps);
  EXPECT_GT(dropped, 0);
}

// A stream that waits for its quota still notices that its session was deleted,
// and frees its memory within seconds, however long it would have to wait.
TEST_F(QuotaTest, OfBytesKeepsNoDeletedSession) {
  constexpr int kNeurons = 20'000;
  Create("demo", MakeBusyNetwork(kNeurons));
  const std::weak_ptr<Session> session = *registry_.Find("demo");
  SetQuotas("stream_bytes_per_s=1000");
  grpc::ClientContext context;
  auto stream = StreamSpikes("sessions/demo", &context);
  v1::SpikeBatch batch;
  ASSERT_TRUE(stream->Read(&batch));
  Advance("sessions/demo", 1);
  ASSERT_TRUE(stream->Read(&batch));
  registry_.tenants()->Get("")->CountStreamBytes(1 << 30, clock_.NowNanos());
  Advance("sessions/demo", 30);
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  EXPECT_TRUE(Eventually([&] { return session.expired(); }));
  SetQuotas("");
  ASSERT_TRUE(stream->Read(&batch));
  EXPECT_EQ(batch.dropped_spike_count(), 30 * kNeurons);
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_THAT(stream->Finish(), IsOk());
}

TEST_F(QuotaTest, OfBytesDisconnectsWhoIsToBeDisconnected) {
  Create("demo", MakeBusyNetwork(1000));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  v1::StreamSpikesRequest request;
  request.set_session("sessions/demo");
  request.set_batch_window_ms(1);
  request.set_slow_consumer_policy(v1::DISCONNECT);
  request.set_max_buffer_bytes(10'000);
  auto stream = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(stream->Read(&batch));
  SetQuotas("stream_bytes_per_s=1000");
  registry_.tenants()->Get("")->CountStreamBytes(1 << 30, clock_.NowNanos());
  Advance("sessions/demo", 10);
  while (stream->Read(&batch)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_THAT(status, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "SLOW_CONSUMER");
}

// Answers count for the quota, though only streams wait for it.
TEST_F(QuotaTest, OfBytesCountsAnswers) {
  constexpr int kNeurons = 20'000;
  Create("demo", MakeBusyNetwork(kNeurons));
  SetQuotas("stream_bytes_per_s=1000");
  for (int i = 0; i < 3; ++i) {
    const auto answer = Advance("sessions/demo", 1, true);
    EXPECT_GE(answer.ByteSizeLong(), static_cast<size_t>(kNeurons));
  }
  const auto tenant = registry_.tenants()->Get("");
  EXPECT_GT(tenant->StreamWaitNanos(clock_.NowNanos()), 20'000'000'000);
}

TEST_F(QuotaTest, OfBytesCountsAnswersOfStreamsOfStimuli) {
  ASSERT_THAT(TryCreate("a"), IsOk());
  SetQuotas("stream_bytes_per_s=100");
  grpc::ClientContext context;
  auto stream = stimuli_->StreamStimuli(&context);
  v1::StreamStimuliRequest request;
  request.set_session("sessions/a");
  *request.add_stimuli() = MakeSpike("nobody");
  size_t bytes = 0;
  v1::StreamStimuliResponse answer;
  for (; bytes < 3000; request.set_sequence(request.sequence() + 1)) {
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&answer));
    bytes += answer.ByteSizeLong();
  }
  const auto tenant = registry_.tenants()->Get("");
  EXPECT_GT(tenant->StreamWaitNanos(clock_.NowNanos()), 15'000'000'000);
  context.TryCancel();
  stream->Finish();
}

TEST_F(QuotaTest, StimuliThatAreRefusedAsLateCostNothing) {
  SetQuotas("stimuli_per_s=0.01");
  ASSERT_THAT(TryCreate("a"), IsOk());
  Advance("sessions/a", 5);
  v1::InjectStimulusRequest late;
  late.set_session("sessions/a");
  late.set_late_policy(v1::REFUSE_LATE);
  *late.add_stimuli() = MakeSpike("a");
  late.mutable_stimuli(0)->set_start_step(3);
  v1::InjectStimulusResponse response;
  const auto inject = [&] {
    return Call(*stimuli_, &v1::StimulusService::Stub::InjectStimulus, late,
                &response);
  };
  for (int i = 0; i < 3; ++i) EXPECT_THAT(inject(), HasCode(OUT_OF_RANGE));
  late.mutable_stimuli(0)->set_start_step(7);
  EXPECT_THAT(inject(), IsOk());
  // Injected stimuli count, and beyond the quota late ones are not checked.
  EXPECT_EQ(SubjectOf(inject()), "stimuli_per_s");
  late.mutable_stimuli(0)->set_start_step(3);
  EXPECT_EQ(SubjectOf(inject()), "stimuli_per_s");
}

TEST_F(QuotaTest, IsToldByTheServer) {
  SetQuotas("sessions=5 streams=7");
  ASSERT_THAT(TryCreate("a"), IsOk());
  v1::ServerInfo info;
  ASSERT_THAT(Call(*servers_, &v1::ServerService::Stub::GetServerInfo,
                   v1::GetServerInfoRequest(), &info),
              IsOk());
  ASSERT_EQ(info.quotas_size(), 2);
  EXPECT_EQ(info.quotas(0).resource(), "sessions");
  EXPECT_EQ(info.quotas(0).limit(), 5);
  EXPECT_EQ(info.quotas(0).used(), 1);
  EXPECT_EQ(info.quotas(1).resource(), "streams");
  EXPECT_EQ(info.quotas(1).used(), 0);
}

TEST_F(QuotaTest, NoSessionsWhileTheServerStops) {
  server_->RefuseNewSessions();
  const grpc::Status status = TryCreate("a");
  EXPECT_THAT(status, HasCode(UNAVAILABLE));
  EXPECT_EQ(DetailOf<v1::RetryInfo>(status).retry_delay().seconds(), 5);
}

}  // namespace
}  // namespace spiked::testing
