// SPDX-License-Identifier: Apache-2.0
//
// For all filters, and for fast and slow readers, a stream delivers the same
// spikes as a plain loop over the network, or counts the lost ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "server/session/history/spike_filter.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/spike_decoder.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;
using enum grpc::StatusCode;

constexpr int64_t kSteps = 2000;

// Populations "a" (40 neurons in 4 columns), "b" (30) and "c" (24 in 8).
NetworkSpec MakeSpec() {
  NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
  spec.seed = 17;
  for (const auto& [name, size, columns] :
       {std::tuple{"a", 40, 4}, {"b", 30, 1}, {"c", 24, 8}}) {
    spec.populations.push_back(MakePopulation(name, "spike_source", size));
    spec.populations.back().column_count = columns;
    spec.inputs.push_back(MakeInput(name, "uniform_noise_current",
                                    {{"low", 0.0}, {"high", 1.1}}));
  }
  return spec;
}

class StreamReplayTest : public RpcFixture {
 protected:
  StreamReplayTest() : plain_(MakeSpec()) { plain_.Run(kSteps); }

  std::vector<DecodedSpike> Expected(const std::function<bool(int32_t)>& wants,
                                     int64_t begin = 0) const {
    std::vector<DecodedSpike> spikes;
    for (const Spike& spike : plain_.spikes()) {
      if (spike.step >= begin && wants(spike.neuron)) {
        spikes.push_back({spike.step, spike.neuron});
      }
    }
    return spikes;
  }

  struct Reading {
    std::vector<DecodedSpike> spikes;
    int64_t dropped = 0;
    int64_t end_step = 0;
    grpc::Status status;
  };
  // Reads up to a step or the end of the stream. Checks that messages are
  // numbered, without gaps, and in order.
  Reading Read(
      const v1::StreamSpikesRequest& request, int64_t end_step,
      const std::function<void()>& after_first = [] {}) {
    Reading reading;
    grpc::ClientContext context;
    const auto stub = v1::RecordingService::NewStub(Connect());
    const auto reader = stub->StreamSpikes(&context, request);
    v1::SpikeBatch batch;
    int64_t sequence = 0;
    while (reading.end_step < end_step && reader->Read(&batch)) {
      EXPECT_EQ(batch.sequence(), sequence);
      if (sequence > 0 && batch.dropped_spike_count() == 0) {
        EXPECT_EQ(batch.first_step(), reading.end_step);
      }
      EXPECT_LE(batch.first_step(), batch.end_step());
      EXPECT_LE(batch.end_step(), batch.session_step());
      reading.end_step = batch.end_step();
      reading.dropped += batch.dropped_spike_count();
      for (const DecodedSpike& spike : DecodeSpikes(batch)) {
        EXPECT_TRUE(reading.spikes.empty() || reading.spikes.back() < spike);
        reading.spikes.push_back(spike);
      }
      if (sequence++ == 0) after_first();
    }
    if (reading.end_step >= end_step) context.TryCancel();
    reading.status = reader->Finish();
    return reading;
  }

  static v1::StreamSpikesRequest Request() {
    v1::StreamSpikesRequest request;
    request.set_session("sessions/demo");
    request.set_batch_window_ms(1);
    return request;
  }
  void Run() { EXPECT_THAT(Start("sessions/demo", kSteps), IsOk()); }
  void BecomeRealTime() {
    v1::UpdateSessionRequest update;
    update.set_name("sessions/demo");
    update.set_pacing(v1::REAL_TIME);
    update.set_pace(1000);
    v1::Session session;
    EXPECT_THAT(Call(*sessions_, &SessionStub::UpdateSession, update, &session),
                IsOk());
  }

  Simulation plain_;
};

struct Filter {
  const char* name;
  std::function<void(v1::StreamSpikesRequest*)> ask;
  std::function<bool(int32_t)> wants;
};

// Filters of requests, each with the condition that its neurons meet.
std::vector<Filter> Filters() {
  const auto in = [](int32_t n, int32_t begin, int32_t end) {
    return n >= begin && n < end;
  };
  return {
      {"all", [](auto*) {}, [](int32_t) { return true; }},
      {"population", [](auto* r) { r->add_populations("b"); },
       [=](int32_t n) { return in(n, 40, 70); }},
      {"indices",
       [](auto* r) {
         for (int n : {93, 0, 41}) r->add_neuron_indices(n);
       },
       [](int32_t n) { return n == 93 || n == 0 || n == 41; }},
      {"indices of a population",
       [](auto* r) {
         for (int n : {93, 0, 41}) r->add_neuron_indices(n);
         r->add_populations("a");
       },
       [](int32_t n) { return n == 0; }},
      {"columns",
       [](auto* r) {
         r->add_columns(3);
         r->add_columns(5);
       },
       [=](int32_t n) {
         return in(n, 30, 40) || in(n, 70 + 9, 70 + 12) ||
                in(n, 70 + 15, 70 + 18);
       }},
      {"a column of a population",
       [](auto* r) {
         r->add_columns(0);
         r->add_populations("c");
       },
       [=](int32_t n) { return in(n, 70, 73); }},
      {"sample", [](auto* r) { r->set_sample_fraction(0.3); },
       [](int32_t n) { return InSample(17, n, 0.3); }},
      {"sample of columns",
       [](auto* r) {
         r->add_columns(1);
         r->set_sample_fraction(0.5);
       },
       [=](int32_t n) {
         return (in(n, 10, 20) || in(n, 73, 76)) && InSample(17, n, 0.5);
       }},
  };
}

TEST_F(StreamReplayTest, EveryFilterEncodingAndPolicyGivesWhatAPlainLoopGives) {
  Create("demo", ToNetworkProto(MakeSpec()), v1::FREE_RUN);
  for (const Filter& filter : Filters()) {
    const auto expected = Expected(filter.wants);
    EXPECT_FALSE(expected.empty()) << filter.name;
    for (const auto encoding : {v1::DELTA_VARINT, v1::FIXED32_BYTES}) {
      for (const auto policy : {v1::DROP_OLDEST, v1::DISCONNECT, v1::BLOCK}) {
        EXPECT_THAT(Reset("sessions/demo"), IsOk());
        auto request = Request();
        filter.ask(&request);
        request.set_encoding(encoding);
        request.set_slow_consumer_policy(policy);
        const Reading reading = Read(request, kSteps, [&] { Run(); });
        EXPECT_EQ(reading.spikes, expected) << filter.name;
        EXPECT_EQ(reading.dropped, 0);
      }
    }
  }
}

// A hundred streams at once, which share encoded blocks, begin at different
// times, and read at their own pace.
TEST_F(StreamReplayTest, ManySubscribersGetTheSame) {
  Create("demo", ToNetworkProto(MakeSpec()), v1::REAL_TIME);
  Run();
  std::vector<std::thread> threads;
  for (int i = 0; i < 24; ++i) {
    threads.emplace_back([&, i] {
      const Filter filter = Filters()[i % 4];
      auto request = Request();
      filter.ask(&request);
      request.set_start_step(10 * i);
      request.set_batch_window_ms(i % 3 == 0 ? 20 : 5);
      while (Get("sessions/demo").step() < 10 * i) std::this_thread::yield();
      const Reading reading = Read(request, kSteps);
      EXPECT_EQ(reading.spikes, Expected(filter.wants, 10 * i)) << i;
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(StreamReplayTest, GoesOnAfterALostConnectionWithoutAGap) {
  Create("demo", ToNetworkProto(MakeSpec()), v1::REAL_TIME);
  auto request = Request();
  request.set_epoch(0);
  std::vector<DecodedSpike> spikes;
  int64_t step = 0;
  bool has_started = false;
  while (step < kSteps) {
    request.set_start_step(step);
    const Reading reading = Read(request, std::min(step + 150, kSteps), [&] {
      if (!std::exchange(has_started, true)) Run();
    });
    spikes.insert(spikes.end(), reading.spikes.begin(), reading.spikes.end());
    step = reading.end_step;
  }
  EXPECT_EQ(spikes, Expected([](int32_t) { return true; }));

  EXPECT_THAT(Reset("sessions/demo"), IsOk());
  const Reading refused = Read(request, kSteps);
  EXPECT_THAT(refused.status, HasCode(ABORTED));
  const auto info = ErrorInfoOf(refused.status);
  EXPECT_EQ(info.reason(), "EPOCH_MISMATCH");
  EXPECT_EQ(info.metadata().at("epoch"), "1");
  EXPECT_EQ(info.metadata().at("current_step"), "0");
}

TEST_F(StreamReplayTest, TellsTheOldestStepOfTheHistory) {
  Create("busy", MakeBusyNetwork(2000));
  Advance("sessions/busy", 2000);
  auto request = Request();
  request.set_session("sessions/busy");
  request.set_start_step(0);
  const Reading refused = Read(request, 1);
  EXPECT_THAT(refused.status, HasCode(OUT_OF_RANGE));
  const auto info = ErrorInfoOf(refused.status);
  EXPECT_EQ(info.reason(), "HISTORY_EVICTED");
  const int64_t oldest = std::stoll(info.metadata().at("oldest_step"));
  EXPECT_GT(oldest, 1000);
  request.set_start_step(oldest);
  const Reading reading = Read(request, 2000);
  EXPECT_EQ(std::ssize(reading.spikes), 2000 * (2000 - oldest));
  request.set_start_step(oldest - 1);
  EXPECT_THAT(Read(request, 1).status, HasCode(OUT_OF_RANGE));
}

// The spikes take 80 MB, far more than ring and connection hold, and none are
// lost: the session waits, also in the middle of an advance.
TEST_F(StreamReplayTest, ASessionWaitsForAReaderThatBlocks) {
  constexpr int kNeurons = 2000;
  constexpr int64_t kManySteps = 10'000;
  Create("demo", MakeBusyNetwork(kNeurons), v1::FREE_RUN);
  auto request = Request();
  request.set_encoding(v1::FIXED32_BYTES);
  request.set_slow_consumer_policy(v1::BLOCK);
  grpc::ClientContext context;
  const auto slow = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  EXPECT_THAT(Start("sessions/demo", kManySteps), IsOk());
  const auto session = *registry_.Find("demo");
  EXPECT_TRUE(Eventually([&] { return session->built()->spikes->blocked(); }));
  // The session answers calls while it waits.
  EXPECT_LT(Get("sessions/demo").step(), kManySteps);
  EXPECT_EQ(Get("sessions/demo").state(), v1::RUNNING);

  int64_t received = 0;
  while (batch.end_step() < kManySteps && slow->Read(&batch)) {
    EXPECT_EQ(batch.dropped_spike_count(), 0);
    received += static_cast<int64_t>(batch.neurons_u32().size()) / 4;
  }
  EXPECT_EQ(received, kNeurons * kManySteps);
  EXPECT_TRUE(
      Eventually([&] { return Get("sessions/demo").state() == v1::PAUSED; }));
  context.TryCancel();
}

TEST_F(StreamReplayTest, AReaderThatBlocksLetsGoWhenItGoesAway) {
  Create("demo", MakeBusyNetwork(2000), v1::FREE_RUN);
  auto request = Request();
  request.set_slow_consumer_policy(v1::BLOCK);
  request.set_max_buffer_bytes(100'000);
  grpc::ClientContext context;
  const auto slow = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  EXPECT_THAT(Start("sessions/demo", 20'000), IsOk());
  const auto session = *registry_.Find("demo");
  EXPECT_TRUE(Eventually([&] { return session->built()->spikes->blocked(); }));
  context.TryCancel();
  EXPECT_TRUE(
      Eventually([&] { return Get("sessions/demo").state() == v1::PAUSED; }));
  EXPECT_EQ(Get("sessions/demo").step(), 20'000);
}

// An advance that waits for a reader ends at its deadline, or when its session
// is paused.
TEST_F(StreamReplayTest, AnAdvanceThatWaitsForAReaderCanBeEnded) {
  Create("demo", MakeBusyNetwork(2000));
  auto request = Request();
  request.set_slow_consumer_policy(v1::BLOCK);
  request.set_max_buffer_bytes(100'000);
  grpc::ClientContext context;
  const auto slow = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  v1::AdvanceSessionRequest advance;
  advance.set_name("sessions/demo");
  advance.set_step_count(100'000);
  v1::AdvanceSessionResponse response;
  grpc::ClientContext with_deadline;
  with_deadline.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::seconds(2));
  EXPECT_THAT(sessions_->AdvanceSession(&with_deadline, advance, &response),
              IsOk());
  EXPECT_LT(response.completed_step_count(), 100'000);

  std::thread caller([&] { EXPECT_THAT(Advance(advance, &response), IsOk()); });
  // A pause ends the advance only if it comes after the advance has begun, so
  // pause until it has ended.
  std::atomic<bool> ended = false;
  std::thread pauser([&] {
    while (!ended) EXPECT_THAT(Pause("sessions/demo"), IsOk());
  });
  caller.join();
  ended = true;
  pauser.join();
  EXPECT_LT(response.completed_step_count(), 100'000);
  context.TryCancel();
}

// The client learns the step to continue from, and has all spikes before it.
TEST_F(StreamReplayTest, DisconnectsAReaderThatIsTooSlow) {
  constexpr int kNeurons = 2000;
  Create("demo", MakeBusyNetwork(kNeurons));
  auto request = Request();
  request.set_encoding(v1::FIXED32_BYTES);
  request.set_slow_consumer_policy(v1::DISCONNECT);
  request.set_max_buffer_bytes(200'000);
  grpc::ClientContext context;
  const auto slow = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  Advance("sessions/demo", 10'000);
  EXPECT_TRUE(
      Eventually([&] { return statistics_.slow_disconnects.Get() == 1; }));
  int64_t received = 0;
  int64_t position = batch.end_step();
  int64_t sequence = 1;
  while (slow->Read(&batch)) {
    EXPECT_EQ(batch.sequence(), sequence++);
    EXPECT_EQ(batch.first_step(), position);
    EXPECT_EQ(batch.dropped_spike_count(), 0);
    position = batch.end_step();
    received += static_cast<int64_t>(batch.neurons_u32().size()) / 4;
  }
  const auto status = slow->Finish();
  EXPECT_THAT(status, HasCode(RESOURCE_EXHAUSTED));
  const auto info = ErrorInfoOf(status);
  EXPECT_EQ(info.reason(), "SLOW_CONSUMER");
  EXPECT_EQ(info.metadata().at("next_step"), absl::StrCat(position));
  EXPECT_EQ(info.metadata().at("next_sequence"), absl::StrCat(sequence));
  EXPECT_EQ(info.metadata().at("incarnation_id"),
            Get("sessions/demo").incarnation_id());
  EXPECT_EQ(info.metadata().at("epoch"), "0");
  EXPECT_EQ(received, kNeurons * position);
  EXPECT_LT(position, 10'000);
}

// A reader with a small buffer gets recent spikes and the exact number of
// skipped ones.
TEST_F(StreamReplayTest, DropsTheOldestBeyondTheBufferThatWasAskedFor) {
  constexpr int kNeurons = 1000;
  constexpr int64_t kManySteps = 8000;
  Create("demo", MakeBusyNetwork(kNeurons), v1::FREE_RUN);
  auto request = Request();
  request.set_encoding(v1::FIXED32_BYTES);
  request.set_max_buffer_bytes(100'000);
  for (int n = 0; n < kNeurons; n += 3) request.add_neuron_indices(n);
  const int64_t wanted = request.neuron_indices_size();
  grpc::ClientContext context;
  const auto slow = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  EXPECT_THAT(Start("sessions/demo", kManySteps), IsOk());
  EXPECT_TRUE(
      Eventually([&] { return Get("sessions/demo").state() == v1::PAUSED; }));
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  int64_t sent = 0;
  int64_t dropped = 0;
  while (slow->Read(&batch)) {
    sent += static_cast<int64_t>(batch.neurons_u32().size()) / 4;
    dropped += batch.dropped_spike_count();
  }
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_EQ(batch.end_step(), kManySteps);
  EXPECT_EQ(sent + dropped, wanted * kManySteps);
  EXPECT_THAT(slow->Finish(), IsOk());
}

TEST_F(StreamReplayTest, NobodyBlocksARealTimeSession) {
  Create("demo", ToNetworkProto(MakeSpec()), v1::REAL_TIME);
  auto request = Request();
  request.set_slow_consumer_policy(v1::BLOCK);
  const Reading refused = Read(request, 1);
  EXPECT_THAT(refused.status, HasCode(FAILED_PRECONDITION));
  EXPECT_THAT(refused.status.error_message(), HasSubstr("BLOCK"));
}

// A session that becomes REAL_TIME doesn't wait either: a reader that keeps up
// stays, and a slow one is disconnected with the step to continue from.
TEST_F(StreamReplayTest, ASessionThatBecomesRealTimeWaitsForNobody) {
  constexpr int kNeurons = 2000;
  constexpr int64_t kManySteps = 20'000;
  Create("demo", MakeBusyNetwork(kNeurons), v1::FREE_RUN);
  auto request = Request();
  request.set_encoding(v1::FIXED32_BYTES);
  request.set_slow_consumer_policy(v1::BLOCK);
  grpc::ClientContext context;
  const auto slow = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(slow->Read(&batch));
  EXPECT_THAT(Start("sessions/demo", kManySteps), IsOk());
  const auto session = *registry_.Find("demo");
  EXPECT_TRUE(Eventually([&] { return session->built()->spikes->blocked(); }));
  BecomeRealTime();
  EXPECT_TRUE(
      Eventually([&] { return Get("sessions/demo").state() == v1::PAUSED; }));
  EXPECT_EQ(Get("sessions/demo").step(), kManySteps);

  int64_t received = 0;
  int64_t end_step = batch.end_step();
  while (slow->Read(&batch)) {
    EXPECT_EQ(batch.dropped_spike_count(), 0);
    EXPECT_EQ(batch.first_step(), end_step);
    end_step = batch.end_step();
    received += static_cast<int64_t>(batch.neurons_u32().size()) / 4;
  }
  EXPECT_LT(end_step, kManySteps);
  EXPECT_EQ(received, kNeurons * end_step);
  const grpc::Status status = slow->Finish();
  EXPECT_THAT(status, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "SLOW_CONSUMER");
  EXPECT_EQ(ErrorInfoOf(status).metadata().at("next_step"),
            absl::StrCat(end_step));

  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  Create("demo", ToNetworkProto(MakeSpec()), v1::FREE_RUN);
  const Reading quick = Read(request, kSteps, [&] {
    BecomeRealTime();
    Run();
  });
  EXPECT_EQ(quick.dropped, 0);
  EXPECT_EQ(quick.spikes, Expected([](int32_t) { return true; }));
}

// The same for samples of state variables.
TEST_F(StreamReplayTest, SamplesOfASessionThatBecomesRealTimeMayBeLost) {
  constexpr int64_t kManySteps = 40'000;
  Create("demo", MakeQuietNetwork(200), v1::FREE_RUN);
  v1::StreamStateRequest request;
  request.set_session("sessions/demo");
  request.set_population("cells");
  request.add_variables("v_mv");
  request.set_slow_consumer_policy(v1::BLOCK);
  grpc::ClientContext context;
  const auto reader = recordings_->StreamState(&context, request);
  v1::StateBatch batch;
  ASSERT_TRUE(reader->Read(&batch));
  EXPECT_THAT(Start("sessions/demo", kManySteps), IsOk());
  BecomeRealTime();
  EXPECT_TRUE(
      Eventually([&] { return Get("sessions/demo").state() == v1::PAUSED; }));
  EXPECT_EQ(Get("sessions/demo").step(), kManySteps);
  int64_t step = 0;
  while (reader->Read(&batch)) {
    EXPECT_EQ(batch.dropped_sample_count(), 0);
    for (const int64_t s : batch.steps()) EXPECT_EQ(s, ++step);
  }
  EXPECT_LT(step, kManySteps);
  EXPECT_EQ(ErrorInfoOf(reader->Finish()).reason(), "SLOW_CONSUMER");
}

// A running network without spikes sends a message per progress interval, and
// its last step as soon as it is paused.
TEST_F(StreamReplayTest, SilenceIsToldAtTheProgressInterval) {
  Create("demo", MakeQuietNetwork(), v1::REAL_TIME);
  auto request = Request();
  request.set_progress_interval_s(0.05);
  grpc::ClientContext context;
  const auto reader = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  ASSERT_TRUE(reader->Read(&batch));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(Start("sessions/demo", 400), IsOk());
  int messages = 0;
  int64_t position = 0;
  while (position < 400 && reader->Read(&batch)) {
    EXPECT_EQ(batch.first_step(), position);
    position = batch.end_step();
    ++messages;
  }
  // At most one message per progress interval, however long the run took.
  const std::chrono::duration<double> wall =
      std::chrono::steady_clock::now() - begin;
  EXPECT_LE(messages, wall.count() / 0.05 + 2);
  context.TryCancel();
}

TEST_F(StreamReplayTest, RefusesBadRequestsWithAllViolations) {
  Create("demo", ToNetworkProto(MakeSpec()));
  auto request = Request();
  request.set_progress_interval_s(4000);
  request.set_max_buffer_bytes(-1);
  request.set_slow_consumer_policy(static_cast<v1::SlowConsumerPolicy>(9));
  request.set_sample_fraction(1.5);
  request.add_neuron_indices(94);
  request.add_columns(8);
  Reading refused = Read(request, 1);
  EXPECT_THAT(refused.status, HasCode(INVALID_ARGUMENT));
  for (const char* field :
       {"progress_interval_s: 4000 ", "max_buffer_bytes: -1 ",
        "slow_consumer_policy: ", "sample_fraction: 1.5 ",
        "columns: not together with neuron_indices"}) {
    EXPECT_THAT(refused.status.error_message(), HasSubstr(field));
  }
  request = Request();
  request.add_neuron_indices(94);
  EXPECT_THAT(Read(request, 1).status.error_message(),
              HasSubstr("neuron_indices[0]: 94 is not in [0, 94)"));
  request = Request();
  request.add_neuron_indices(3);
  request.add_neuron_indices(3);
  EXPECT_THAT(Read(request, 1).status.error_message(),
              HasSubstr("neuron_indices[1]: 3 occurs twice"));
  request = Request();
  request.add_populations("a");
  request.add_columns(4);
  EXPECT_THAT(Read(request, 1).status.error_message(),
              HasSubstr("columns[0]: 4 is not in [0, 4)"));
}

// Rates count the same spikes, for slow readers too.
TEST_F(StreamReplayTest, RatesWaitForASlowReaderThatBlocks) {
  constexpr int64_t kManySteps = 300'000;
  Create("demo", ToNetworkProto(MakeSpec()), v1::FREE_RUN);
  v1::StreamRatesRequest request;
  request.set_session("sessions/demo");
  request.set_bin_steps(1);
  request.set_by_column(true);
  request.set_batch_window_ms(1);
  request.set_slow_consumer_policy(v1::BLOCK);
  grpc::ClientContext context;
  const auto reader = recordings_->StreamRates(&context, request);
  v1::RateBatch batch;
  ASSERT_TRUE(reader->Read(&batch));
  EXPECT_THAT(Start("sessions/demo", kManySteps), IsOk());
  int64_t received = 0;
  while (batch.end_step() < kManySteps && reader->Read(&batch)) {
    EXPECT_EQ(batch.dropped_spike_count(), 0);
    for (const int32_t count : batch.spike_counts()) received += count;
  }
  EXPECT_EQ(received, statistics_.by_pacing[1].spikes.Get());
  context.TryCancel();
}

TEST_F(StreamReplayTest, SamplesWaitForASlowReaderThatBlocks) {
  constexpr int64_t kManySteps = 20'000;
  Create("demo", MakeQuietNetwork(200), v1::FREE_RUN);
  v1::StreamStateRequest request;
  request.set_session("sessions/demo");
  request.set_population("cells");
  request.add_variables("v_mv");
  request.set_batch_window_ms(1);
  request.set_slow_consumer_policy(v1::BLOCK);
  grpc::ClientContext context;
  const auto reader = recordings_->StreamState(&context, request);
  v1::StateBatch batch;
  ASSERT_TRUE(reader->Read(&batch));
  EXPECT_THAT(Start("sessions/demo", kManySteps), IsOk());
  int64_t step = 0;
  while (step < kManySteps && reader->Read(&batch)) {
    EXPECT_EQ(batch.dropped_sample_count(), 0);
    for (const int64_t s : batch.steps()) EXPECT_EQ(s, ++step);
  }
  EXPECT_EQ(step, kManySteps);
  context.TryCancel();

  request.set_epoch(4);
  grpc::ClientContext other;
  const auto refused = recordings_->StreamState(&other, request);
  EXPECT_FALSE(refused->Read(&batch));
  EXPECT_EQ(ErrorInfoOf(refused->Finish()).reason(), "EPOCH_MISMATCH");
}

}  // namespace
}  // namespace spiked::testing
