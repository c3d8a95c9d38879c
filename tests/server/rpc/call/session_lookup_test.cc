// SPDX-License-Identifier: Apache-2.0
//
// The time for reading a request is estimated before it is read.

#include "server/rpc/call/session_lookup.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

class SessionLookupTest : public RpcFixture {
 protected:
  SessionLookupTest() {
    environment_.registry = &registry_;
    environment_.caller.tenant = registry_.tenants()->Get("");
  }
  size_t Size(const Reading& reading, const std::string& session) {
    return SizeOfReading(environment_, {session}, reading);
  }
  RpcEnvironment environment_{};
};

TEST_F(SessionLookupTest, SizeIsThatOfTheRequest) {
  Create("demo", MakeQuietNetwork(10));
  EXPECT_EQ(Size({.bytes = 1000}, "sessions/demo"), 1000u);
  EXPECT_EQ(
      Size({.bytes = 1000, .names = 7, .all_neurons = true}, "sessions/demo"),
      1000u);
  // Without a session, only the bytes count.
  EXPECT_EQ(Size({.bytes = 1000, .all_neurons = true}, "sessions/x"), 1000u);
  EXPECT_EQ(Size({.bytes = 1000, .all_neurons = true}, "nonsense"), 1000u);
}

TEST_F(SessionLookupTest, SizeIsThatOfTheNetworkThatIsLookedThrough) {
  Create("large", MakeQuietNetwork(70'000));
  EXPECT_EQ(Size({.bytes = 10, .all_neurons = true}, "sessions/large"),
            70'000u);
  EXPECT_GE(70'000u, RpcEnvironment::kSmallRequestBytes);
  EXPECT_EQ(Size({.bytes = 10, .names = 1}, "sessions/large"), 16u);
}

TEST_F(SessionLookupTest, SizeIsThatOfTheNamesThatAreLookedFor) {
  NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
  for (int i = 0; i < 100; ++i) {
    spec.populations.push_back(
        MakePopulation(absl::StrCat("p", i), "spike_source", 1));
  }
  Create("many", ToNetworkProto(spec));
  EXPECT_EQ(Size({.bytes = 10, .names = 100}, "sessions/many"),
            100u * 100u * 16u);
}

// Large requests are read on another thread, with the same outcome.
class LargeReadingTest : public RpcFixture {
 protected:
  static constexpr int kNeurons = 70'000;
  LargeReadingTest() { Create("large", MakeBusyNetwork(kNeurons)); }

  // Returns the number of spikes that a stream gets for one step.
  int64_t SpikesOf(const v1::StreamSpikesRequest& request) {
    grpc::ClientContext context;
    auto stream = recordings_->StreamSpikes(&context, request);
    v1::SpikeBatch batch;
    EXPECT_TRUE(stream->Read(&batch));
    Advance("sessions/large", 1);
    int64_t spikes = 0;
    while (spikes == 0 && stream->Read(&batch)) {
      for (int32_t count : batch.spike_counts()) spikes += count;
    }
    context.TryCancel();
    stream->Finish();
    return spikes;
  }
};

TEST_F(LargeReadingTest, OfFiltersOfSpikes) {
  v1::StreamSpikesRequest request;
  request.set_session("sessions/large");
  request.set_batch_window_ms(1);
  EXPECT_EQ(SpikesOf(request), kNeurons);
  request.set_sample_fraction(0.5);
  EXPECT_NEAR(static_cast<double>(SpikesOf(request)), 0.5 * kNeurons, 1000);
  // A long list of neurons.
  request.set_sample_fraction(0);
  for (int i = 0; i < 60'000; ++i) request.add_neuron_indices(i);
  ASSERT_GT(request.ByteSizeLong(), RpcEnvironment::kSmallRequestBytes);
  EXPECT_EQ(SpikesOf(request), 60'000);
  request.add_neuron_indices(kNeurons);
  grpc::ClientContext context;
  auto stream = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  EXPECT_FALSE(stream->Read(&batch));
  EXPECT_THAT(stream->Finish(), HasCode(grpc::INVALID_ARGUMENT));
}

TEST_F(LargeReadingTest, OfRatesAndSynapses) {
  v1::StreamRatesRequest rates;
  rates.set_session("sessions/large");
  rates.add_populations("source");
  rates.set_bin_steps(1);
  rates.set_batch_window_ms(1);
  grpc::ClientContext context;
  auto stream = recordings_->StreamRates(&context, rates);
  v1::RateBatch batch;
  ASSERT_TRUE(stream->Read(&batch));
  Advance("sessions/large", 1);
  while (batch.spike_counts_size() == 0 && stream->Read(&batch)) continue;
  ASSERT_EQ(batch.spike_counts_size(), 1);
  EXPECT_EQ(batch.spike_counts(0), kNeurons);
  context.TryCancel();
  stream->Finish();

  v1::ReadSynapsesRequest synapses;
  synapses.set_session("sessions/large");
  synapses.set_projection("none");
  grpc::ClientContext second;
  auto reader = recordings_->ReadSynapses(&second, synapses);
  v1::SynapseBatch nothing;
  EXPECT_FALSE(reader->Read(&nothing));
  EXPECT_THAT(reader->Finish(), HasCode(grpc::INVALID_ARGUMENT));
}

// Many requests at a time, whose clients go away at any moment. The fixture
// checks that every call ends exactly once.
TEST_F(LargeReadingTest, ClientsMayGoAway) {
  v1::StreamSpikesRequest request;
  request.set_session("sessions/large");
  for (int i = 0; i < 60'000; ++i) request.add_neuron_indices(i);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::SpikeBatch>>> streams;
  for (int i = 0; i < 50; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(
        recordings_->StreamSpikes(contexts.back().get(), request));
    if (i % 2 == 0) contexts.back()->TryCancel();
  }
  for (const auto& context : contexts) context->TryCancel();
  for (const auto& stream : streams) stream->Finish();
  EXPECT_TRUE(
      Eventually([&] { return OpenStreams(StreamKind::kSpikes) == 0; }));
  EXPECT_EQ(Get("sessions/large").state(), v1::PAUSED);
}

}  // namespace
}  // namespace spiked::testing
