// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/security/quota_file.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/spike_decoder.h"

namespace spiked::testing {
namespace {

class SlowReaderTest : public RpcFixture {};

// A client that doesn't read loses spikes, which are counted, and doesn't slow
// the session.
TEST_F(SlowReaderTest, LosesOnlySpikesThatAreCounted) {
  constexpr int kNeurons = 2000;
  constexpr int kSteps = 10'000;
  Create("demo", MakeBusyNetwork(kNeurons));
  v1::StreamSpikesRequest request;
  request.set_session("sessions/demo");
  request.set_encoding(v1::FIXED32_BYTES);
  request.set_batch_window_ms(1);
  grpc::ClientContext slow_context;
  const auto slow = recordings_->StreamSpikes(&slow_context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(slow->Read(&batch));

  // The spikes take 80 MB, more than the ring and the connection hold.
  Advance("sessions/demo", kSteps);
  EXPECT_TRUE(Eventually([&] {
    return statistics_.dropped_spikes.Get() == 0 ||
           OpenStreams(StreamKind::kSpikes) == 1;
  }));
  EXPECT_THAT(Delete("sessions/demo"), IsOk());

  int64_t sent = 0;
  int64_t dropped = 0;
  int64_t position = 0;
  while (slow->Read(&batch)) {
    if (batch.dropped_spike_count() == 0) {
      EXPECT_EQ(batch.first_step(), position);
    }
    position = batch.end_step();
    sent += static_cast<int64_t>(batch.neurons_u32().size()) / 4;
    dropped += batch.dropped_spike_count();
  }
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_EQ(position, kSteps);
  EXPECT_EQ(sent + dropped, int64_t{kNeurons} * kSteps);
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(statistics_.dropped_spikes.Get(), dropped);
  EXPECT_THAT(slow->Finish(), IsOk());
}

TEST_F(SlowReaderTest, DoesNotDisturbAnotherReader) {
  constexpr int kNeurons = 2000;
  Create("demo", MakeBusyNetwork(kNeurons));
  v1::StreamSpikesRequest request;
  request.set_session("sessions/demo");
  request.set_encoding(v1::FIXED32_BYTES);
  request.set_batch_window_ms(1);
  grpc::ClientContext slow_context;
  const auto slow = recordings_->StreamSpikes(&slow_context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(slow->Read(&batch));

  const auto other_stub = v1::RecordingService::NewStub(Connect());
  grpc::ClientContext context;
  const auto other = other_stub->StreamSpikes(&context, request);
  ASSERT_TRUE(other->Read(&batch));
  int64_t received = 0;
  for (int64_t step = 0; step < 10'000; step += 100) {
    Advance("sessions/demo", 100);
    while (batch.end_step() < step + 100 && other->Read(&batch)) {
      EXPECT_EQ(batch.dropped_spike_count(), 0);
      received += static_cast<int64_t>(batch.neurons_u32().size()) / 4;
    }
  }
  EXPECT_EQ(received, int64_t{kNeurons} * 10'000);
  context.TryCancel();
  slow_context.TryCancel();
}

TEST_F(SlowReaderTest, LosesOnlySamplesThatAreCounted) {
  constexpr int kNeurons = 1000;
  constexpr int kSteps = 5000;
  Create("demo", MakeQuietNetwork(kNeurons));
  v1::StreamStateRequest request;
  request.set_session("sessions/demo");
  request.set_population("cells");
  request.add_variables("v_mv");
  request.set_encoding(v1::FLOAT64_BYTES);
  request.set_batch_window_ms(1);
  grpc::ClientContext context;
  const auto slow = recordings_->StreamState(&context, request);
  v1::StateBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  Advance("sessions/demo", kSteps);
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  int64_t sent = 0;
  int64_t dropped = 0;
  while (slow->Read(&batch)) {
    EXPECT_EQ(batch.values().size(), size_t{8} * kNeurons * batch.steps_size());
    sent += batch.steps_size();
    dropped += batch.dropped_sample_count();
  }
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_EQ(sent + dropped, kSteps);
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(statistics_.dropped_samples.Get(), dropped);
}

// Memory of samples that wait for a client is accounted for.
TEST_F(SlowReaderTest, SamplesThatWaitAreOnTheBooks) {
  constexpr int kNeurons = 1000;
  Create("demo", MakeQuietNetwork(kNeurons));
  const int64_t before = registry_.memory_bytes();
  v1::StreamStateRequest request;
  request.set_session("sessions/demo");
  request.set_population("cells");
  request.add_variables("v_mv");
  request.set_encoding(v1::FLOAT64_BYTES);
  grpc::ClientContext context;
  const auto slow = recordings_->StreamState(&context, request);
  v1::StateBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  EXPECT_EQ(registry_.memory_bytes(), before);
  Advance("sessions/demo", 5000);  // 40 MB
  const int64_t waiting = registry_.memory_bytes() - before;
  EXPECT_GT(waiting, 7 << 20);
  EXPECT_LE(waiting, 8 << 20);
  context.TryCancel();
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == before; }));
  slow->Finish();
}

// Without free memory fewer samples wait and more are lost, which is counted.
TEST_F(SlowReaderTest, SamplesThatFindNoMemoryAreCounted) {
  constexpr int kNeurons = 1000;
  constexpr int kSteps = 5000;
  Create("demo", MakeQuietNetwork(kNeurons));
  registry_.tenants()->SetQuotas(*ParseQuotas(
      absl::StrCat("* memory_bytes=", registry_.memory_bytes() + 100'000)));
  v1::StreamStateRequest request;
  request.set_session("sessions/demo");
  request.set_population("cells");
  request.add_variables("v_mv");
  request.set_encoding(v1::FLOAT64_BYTES);
  grpc::ClientContext context;
  const auto slow = recordings_->StreamState(&context, request);
  v1::StateBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  Advance("sessions/demo", kSteps);
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  int64_t sent = 0;
  int64_t dropped = 0;
  // The samples of the last message before which some were dropped.
  int64_t last_dropped = 0;
  while (slow->Read(&batch)) {
    sent += batch.steps_size();
    dropped += batch.dropped_sample_count();
    if (batch.dropped_sample_count() > 0) last_dropped = batch.steps_size();
  }
  EXPECT_EQ(sent + dropped, kSteps);
  EXPECT_GT(dropped, 0);
  // 64 KiB hold eight samples of 8 kB.
  EXPECT_LE(last_dropped, 8);

  // The copies of a sample don't fit into the quota.
  registry_.tenants()->SetQuotas({});
  Create("large", MakeQuietNetwork(10'000));
  registry_.tenants()->SetQuotas(*ParseQuotas(
      absl::StrCat("* memory_bytes=", registry_.memory_bytes() + 100'000)));
  request.set_session("sessions/large");
  grpc::ClientContext other;
  const auto refused = recordings_->StreamState(&other, request);
  ASSERT_FALSE(refused->Read(&batch));
  const grpc::Status status = refused->Finish();
  EXPECT_THAT(status, HasCode(grpc::StatusCode::RESOURCE_EXHAUSTED));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "QUOTA_EXCEEDED");
}

// A client that doesn't read keeps only one message of a deleted session in
// memory.
TEST_F(SlowReaderTest, DeletedSessionIsNotKeptForIt) {
  Create("demo", MakeBusyNetwork(2000));
  std::weak_ptr<Session> session = *registry_.Find("demo");
  v1::StreamSpikesRequest request;
  request.set_session("sessions/demo");
  request.set_encoding(v1::FIXED32_BYTES);
  request.set_batch_window_ms(1);
  grpc::ClientContext context;
  const auto slow = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  Advance("sessions/demo", 10'000);
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  EXPECT_TRUE(Eventually([&] { return session.expired(); }));

  int64_t received = 0;
  while (slow->Read(&batch)) {
    received += static_cast<int64_t>(batch.neurons_u32().size()) / 4 +
                batch.dropped_spike_count();
  }
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_EQ(received, 2000 * 10'000);
  EXPECT_THAT(slow->Finish(), IsOk());
}

}  // namespace
}  // namespace spiked::testing
