// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/network/state.h"
#include "server/security/quota_file.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/spike_decoder.h"

namespace spiked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

using enum grpc::StatusCode;

class RecordingServiceTest : public RpcFixture {
 protected:
  // An open stream of spikes, whose first message was read.
  struct SpikeReading {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::SpikeBatch>> reader;
    v1::SpikeBatch first;
    bool open = false;
  };
  std::unique_ptr<SpikeReading> Open(const v1::StreamSpikesRequest& request) {
    auto reading = std::make_unique<SpikeReading>();
    reading->reader = recordings_->StreamSpikes(&reading->context, request);
    reading->open = reading->reader->Read(&reading->first);
    return reading;
  }
  static v1::StreamSpikesRequest SpikesOf(const std::string& session) {
    v1::StreamSpikesRequest request;
    request.set_session(session);
    request.set_batch_window_ms(1);
    return request;
  }

  // Reads until a message ends at `end_step` of an epoch; checks that messages
  // join.
  static std::vector<DecodedSpike> ReadUntil(SpikeReading& reading,
                                             int64_t end_step,
                                             int64_t epoch = 0) {
    std::vector<DecodedSpike> spikes;
    v1::SpikeBatch batch;
    int64_t position = -1;
    do {
      if (!reading.reader->Read(&batch)) {
        ADD_FAILURE() << "the stream ended at step " << position;
        break;
      }
      if (batch.epoch() != epoch) continue;
      if (position >= 0 && batch.dropped_spike_count() == 0) {
        EXPECT_EQ(batch.first_step(), position);
      }
      EXPECT_GE(batch.session_step(), batch.end_step());
      position = batch.end_step();
      for (const auto& spike : DecodeSpikes(batch)) spikes.push_back(spike);
    } while (batch.epoch() != epoch || position < end_step);
    return spikes;
  }

  // The values of all samples of the first twelve steps, by step.
  std::map<int64_t, std::string> RecordState(
      const v1::StreamStateRequest& request) {
    EXPECT_THAT(Reset(request.session()), IsOk());
    grpc::ClientContext context;
    const auto reader = recordings_->StreamState(&context, request);
    v1::StateBatch batch;
    EXPECT_TRUE(reader->Read(&batch));
    EXPECT_EQ(batch.steps_size(), 0);
    Advance(request.session(), 12);
    std::map<int64_t, std::string> samples;
    while (samples.size() < 12u / request.interval_steps() &&
           reader->Read(&batch)) {
      const size_t size =
          batch.values().size() / std::max(1, batch.steps_size());
      for (int i = 0; i < batch.steps_size(); ++i) {
        samples[batch.steps(i)] = batch.values().substr(i * size, size);
      }
    }
    context.TryCancel();
    return samples;
  }
  template <typename T>
  static std::vector<T> Decode(const std::string& bytes) {
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

  grpc::Status StatusOf(const v1::StreamSpikesRequest& request) {
    const auto reading = Open(request);
    EXPECT_FALSE(reading->open);
    return reading->reader->Finish();
  }
  grpc::Status StatusOf(const v1::StreamStateRequest& request) {
    grpc::ClientContext context;
    const auto reader = recordings_->StreamState(&context, request);
    v1::StateBatch batch;
    EXPECT_FALSE(reader->Read(&batch));
    return reader->Finish();
  }
};

TEST_F(RecordingServiceTest, FiltersOfLargeNetworksAreOnTheBooks) {
  constexpr int kNeurons = 100'000;
  constexpr int64_t kBytes = (kNeurons + 63) / 64 * 8;  // whole words
  Create("demo", MakeQuietNetwork(kNeurons));
  const int64_t before = registry_.memory_bytes();
  auto request = SpikesOf("sessions/demo");
  const auto all = Open(request);  // needs no filter
  EXPECT_TRUE(all->open);
  EXPECT_EQ(registry_.memory_bytes(), before);
  request.add_neuron_indices(1);
  const auto one = Open(request);
  const auto same = Open(request);  // has the same filter
  EXPECT_TRUE(one->open && same->open);
  EXPECT_EQ(registry_.memory_bytes() - before, kBytes);
  // While it is made, a filter takes twice its memory; the quota is of what it
  // keeps.
  registry_.tenants()->SetQuotas(*ParseQuotas(
      absl::StrCat("* memory_bytes=", before + kBytes + kBytes / 2)));
  request.set_neuron_indices(0, 2);
  const grpc::Status refused = StatusOf(request);
  EXPECT_THAT(refused, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_EQ(ErrorInfoOf(refused).reason(), "QUOTA_EXCEEDED");
  registry_.tenants()->SetQuotas({});
  // Rates count neurons of populations, through a filter of these.
  v1::StreamRatesRequest rates;
  rates.set_session("sessions/demo");
  rates.set_bin_steps(1);
  grpc::ClientContext context;
  const auto reader = recordings_->StreamRates(&context, rates);
  v1::RateBatch batch;
  EXPECT_TRUE(reader->Read(&batch));
  EXPECT_GT(registry_.memory_bytes() - before, 2 * kBytes);
  // Given back at the ends of the streams.
  for (auto* it : {all.get(), one.get(), same.get()}) it->context.TryCancel();
  context.TryCancel();
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == before; }));
}

TEST_F(RecordingServiceTest, StreamsTheSpikesThatAdvanceReturns) {
  Create("demo", MakeRandomNetwork());
  auto request = SpikesOf("sessions/demo");
  const auto deltas = Open(request);
  request.set_encoding(v1::FIXED32_BYTES);
  const auto bytes = Open(request);
  const auto expected =
      DecodeSpikes(Advance("sessions/demo", 500, true).spikes());
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(ReadUntil(*deltas, 500), expected);
  EXPECT_EQ(ReadUntil(*bytes, 500), expected);
}

TEST_F(RecordingServiceTest, FirstMessageSaysWhereTheStreamBegins) {
  Create("demo", MakeRandomNetwork());
  Advance("sessions/demo", 5);
  const auto reading = Open(SpikesOf("sessions/demo"));
  ASSERT_TRUE(reading->open);
  EXPECT_EQ(reading->first.sequence(), 0);
  EXPECT_EQ(reading->first.first_step(), 5);
  EXPECT_EQ(reading->first.end_step(), 5);
  EXPECT_EQ(reading->first.session_step(), 5);
}

TEST_F(RecordingServiceTest, FiltersByPopulation) {
  Create("demo", MakeRandomNetwork());
  auto request = SpikesOf("sessions/demo");
  request.add_populations("b");
  const auto reading = Open(request);
  auto expected = DecodeSpikes(Advance("sessions/demo", 300, true).spikes());
  std::erase_if(expected,
                [](const DecodedSpike& spike) { return spike.neuron < 10; });
  EXPECT_EQ(ReadUntil(*reading, 300), expected);
}

TEST_F(RecordingServiceTest, BeginsInTheHistory) {
  Create("demo", MakeRandomNetwork());
  auto expected = DecodeSpikes(Advance("sessions/demo", 100, true).spikes());
  std::erase_if(expected,
                [](const DecodedSpike& spike) { return spike.step < 40; });
  auto request = SpikesOf("sessions/demo");
  request.set_start_step(40);
  const auto reading = Open(request);
  EXPECT_EQ(reading->first.first_step(), 40);
  EXPECT_EQ(reading->first.end_step(), 100);
  EXPECT_EQ(DecodeSpikes(reading->first), expected);
}

TEST_F(RecordingServiceTest, RefusesStepsOutsideTheHistory) {
  Create("demo", MakeRandomNetwork());
  Advance("sessions/demo", 10);
  auto request = SpikesOf("sessions/demo");
  request.set_start_step(11);
  const auto status = StatusOf(request);
  EXPECT_THAT(status, HasCode(OUT_OF_RANGE));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "STEP_NOT_IN_HISTORY");
}

TEST_F(RecordingServiceTest, RefusesBadSpikeRequests) {
  Create("demo", MakeRandomNetwork());
  auto request = SpikesOf("sessions/demo");
  request.add_populations("b");
  request.add_populations("c");
  request.set_batch_window_ms(0.5);
  request.set_encoding(static_cast<v1::SpikeEncoding>(7));
  request.set_start_step(-1);
  const auto status = StatusOf(request);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(),
              HasSubstr("4 violations:\nbatch_window_ms: 0.5 "));
  EXPECT_THAT(status.error_message(), HasSubstr("\npopulations[1]: "));
  EXPECT_THAT(StatusOf(SpikesOf("demo")), HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(StatusOf(SpikesOf("sessions/x")), HasCode(NOT_FOUND));
}

TEST_F(RecordingServiceTest, QuietNetworkStillMovesEndStep) {
  Create("demo", MakeQuietNetwork(), v1::FREE_RUN);
  const auto reading = Open(SpikesOf("sessions/demo"));
  EXPECT_THAT(Start("sessions/demo", 1000), IsOk());
  EXPECT_TRUE(ReadUntil(*reading, 1000).empty());
}

TEST_F(RecordingServiceTest, PausedSessionSendsSignsOfLife) {
  Create("demo", MakeQuietNetwork());
  const auto reading = Open(SpikesOf("sessions/demo"));
  const auto begin = std::chrono::steady_clock::now();
  v1::SpikeBatch batch;
  ASSERT_TRUE(reading->reader->Read(&batch));
  EXPECT_EQ(batch.sequence(), 1);
  EXPECT_EQ(batch.end_step(), 0);
  EXPECT_GT(std::chrono::steady_clock::now() - begin,
            std::chrono::milliseconds(500));
}

TEST_F(RecordingServiceTest, DeletionEndsTheStreamAfterItsLastSpikes) {
  Create("demo", MakeRandomNetwork());
  auto request = SpikesOf("sessions/demo");
  request.set_batch_window_ms(1000);
  const auto reading = Open(request);
  const auto expected =
      DecodeSpikes(Advance("sessions/demo", 50, true).spikes());
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  std::vector<DecodedSpike> spikes;
  v1::SpikeBatch batch;
  int64_t sequence = 1;
  while (reading->reader->Read(&batch)) {
    EXPECT_EQ(batch.sequence(), sequence++);
    for (const auto& spike : DecodeSpikes(batch)) spikes.push_back(spike);
  }
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_EQ(spikes, expected);
  EXPECT_THAT(reading->reader->Finish(), IsOk());
}

TEST_F(RecordingServiceTest, DrainingEndsStreamsAfterTheirLastSpikes) {
  Create("demo", MakeBusyNetwork(3), v1::FREE_RUN);
  auto request = SpikesOf("sessions/demo");
  request.set_batch_window_ms(1000);
  const auto reading = Open(request);
  EXPECT_THAT(Start("sessions/demo"), IsOk());
  server_->SetDraining();
  registry_.PauseAll();
  int64_t received = 0;
  v1::SpikeBatch batch;
  while (reading->reader->Read(&batch)) {
    received += static_cast<int64_t>(DecodeSpikes(batch).size()) +
                batch.dropped_spike_count();
  }
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_EQ(received, 3 * batch.end_step());
  EXPECT_THAT(reading->reader->Finish(), IsOk());
}

TEST_F(RecordingServiceTest, ResetBeginsANewEpoch) {
  Create("demo", MakeRandomNetwork());
  const auto reading = Open(SpikesOf("sessions/demo"));
  const auto first = DecodeSpikes(Advance("sessions/demo", 50, true).spikes());
  EXPECT_EQ(ReadUntil(*reading, 50), first);
  EXPECT_THAT(Reset("sessions/demo"), IsOk());
  Advance("sessions/demo", 50);
  EXPECT_EQ(ReadUntil(*reading, 50, /*epoch=*/1), first);
}

TEST_F(RecordingServiceTest, CountsWhatAResetTookAway) {
  Create("demo", MakeBusyNetwork(3));
  auto request = SpikesOf("sessions/demo");
  request.set_batch_window_ms(1000);
  const auto reading = Open(request);
  Advance("sessions/demo", 10);
  EXPECT_THAT(Reset("sessions/demo"), IsOk());
  Advance("sessions/demo", 5);
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  int64_t received = 0;
  v1::SpikeBatch batch;
  while (reading->reader->Read(&batch)) {
    received += static_cast<int64_t>(DecodeSpikes(batch).size()) +
                batch.dropped_spike_count();
  }
  EXPECT_EQ(received, 3 * 15);
}

TEST_F(RecordingServiceTest, CountsOpenStreams) {
  Create("demo", MakeRandomNetwork());
  const auto streams = [&] {
    v1::GetSessionMetricsRequest request;
    request.set_name("sessions/demo");
    v1::SessionMetrics metrics;
    EXPECT_THAT(
        Call(*sessions_, &SessionStub::GetSessionMetrics, request, &metrics),
        IsOk());
    return metrics.stream_count();
  };
  auto reading = Open(SpikesOf("sessions/demo"));
  EXPECT_EQ(streams(), 1);
  EXPECT_EQ(OpenStreams(StreamKind::kSpikes), 1);
  EXPECT_GE(statistics_.stream(StreamKind::kSpikes).messages.Get(), 1);
  reading->context.TryCancel();
  EXPECT_TRUE(Eventually([&] { return streams() == 0; }));
}

TEST_F(RecordingServiceTest, StreamsStateVariables) {
  v1::Network network = MakeQuietNetwork(3);
  auto& initial = *network.mutable_populations(0)->mutable_initial_values();
  for (double v : {-61, -62, -63}) {
    initial["v_mv"].mutable_list()->add_values(v);
  }
  Create("demo", network);
  v1::StreamStateRequest request;
  request.set_session("sessions/demo");
  request.set_population("cells");
  request.add_variables("u");
  request.add_variables("v_mv");
  request.set_interval_steps(5);
  request.set_batch_window_ms(1);
  request.set_encoding(v1::FLOAT64_BYTES);
  const auto all = RecordState(request);
  ASSERT_THAT(all, ElementsAre(Key(5), Key(10)));
  // [variables, neurons]
  const std::vector<double> sample = Decode<double>(all.at(10));
  ASSERT_EQ(sample.size(), 6u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_GT(sample[i], -20);
    EXPECT_LT(sample[3 + i], -50);
  }
  EXPECT_NE(sample[3], sample[5]);

  request.add_neuron_indices(2);
  request.add_neuron_indices(0);
  EXPECT_THAT(Decode<double>(RecordState(request).at(10)),
              ElementsAre(sample[2], sample[0], sample[5], sample[3]));
  request.set_encoding(v1::FLOAT32_BYTES);
  EXPECT_THAT(
      Decode<float>(RecordState(request).at(10)),
      ElementsAre(static_cast<float>(sample[2]), static_cast<float>(sample[0]),
                  static_cast<float>(sample[5]),
                  static_cast<float>(sample[3])));
}

TEST_F(RecordingServiceTest, DeletionEndsAStateStreamAfterItsLastSamples) {
  Create("demo", MakeQuietNetwork());
  v1::StreamStateRequest request;
  request.set_session("sessions/demo");
  request.set_population("cells");
  request.add_variables("v_mv");
  request.set_batch_window_ms(1000);
  grpc::ClientContext context;
  const auto reader = recordings_->StreamState(&context, request);
  v1::StateBatch batch;
  ASSERT_TRUE(reader->Read(&batch));
  Advance("sessions/demo", 100);
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  int samples = 0;
  while (reader->Read(&batch)) samples += batch.steps_size();
  EXPECT_EQ(samples, 100);
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_THAT(reader->Finish(), IsOk());
}

TEST_F(RecordingServiceTest, RefusesBadStateRequests) {
  Create("demo", MakeQuietNetwork());
  v1::StreamStateRequest request;
  request.set_session("sessions/demo");
  request.set_population("cells");
  request.add_variables("v_mv");
  request.add_variables("x");
  request.add_variables("v_mv");
  request.add_neuron_indices(3);
  request.set_interval_steps(-1);
  request.set_encoding(static_cast<v1::ValueEncoding>(3));
  auto status = StatusOf(request);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  for (const char* text :
       {"5 violations:\n", "encoding: 3 is no ValueEncoding",
        "interval_steps: -1", "variables[1]: ", "variables[2]: \"v_mv\" occurs",
        "neuron_indices[0]: 3 is not in [0, 3)"}) {
    EXPECT_THAT(status.error_message(), HasSubstr(text));
  }
  request.Clear();
  request.set_session("sessions/demo");
  EXPECT_THAT(StatusOf(request).error_message(),
              HasSubstr("population: is required"));
  request.set_population("cells");
  EXPECT_THAT(StatusOf(request).error_message(),
              HasSubstr("variables: is required"));
  request.set_session("sessions/x");
  EXPECT_THAT(StatusOf(request), HasCode(NOT_FOUND));
  request.set_session("x");
  EXPECT_THAT(StatusOf(request), HasCode(INVALID_ARGUMENT));
}

TEST_F(RecordingServiceTest, HashOfTheStateTellsRunsApart) {
  const auto hash_of = [&](const std::string& name) {
    v1::GetStateHashRequest request;
    request.set_session(name);
    v1::GetStateHashResponse response;
    EXPECT_THAT(Call(*recordings_, &v1::RecordingService::Stub::GetStateHash,
                     request, &response),
                IsOk());
    return response;
  };
  NetworkSpec spec = MakeColumnarNetwork(Precision::kFloat32, 1);
  Create("one", ToNetworkProto(spec));
  Create("two", ToNetworkProto(spec));
  spec.seed = 2;
  Create("other", ToNetworkProto(spec));
  for (const char* name : {"one", "two", "other"}) {
    Advance(absl::StrCat("sessions/", name), 50);
  }
  const v1::GetStateHashResponse one = hash_of("sessions/one");
  EXPECT_EQ(one.step(), 50);
  EXPECT_EQ(one.epoch(), 0);
  EXPECT_EQ(hash_of("sessions/two").hash(), one.hash());
  EXPECT_NE(hash_of("sessions/other").hash(), one.hash());
  Reset("sessions/one");
  EXPECT_EQ(hash_of("sessions/one").epoch(), 1);
  Advance("sessions/one", 50);
  EXPECT_EQ(hash_of("sessions/one").hash(), one.hash());
}

TEST_F(RecordingServiceTest, HashNeedsASession) {
  for (const auto& [name, code] :
       {std::pair("sessions/x", NOT_FOUND), {"x", INVALID_ARGUMENT}}) {
    v1::GetStateHashRequest request;
    request.set_session(name);
    v1::GetStateHashResponse response;
    EXPECT_THAT(Call(*recordings_, &v1::RecordingService::Stub::GetStateHash,
                     request, &response),
                HasCode(code));
  }
}

TEST_F(RecordingServiceTest, RefusesToRecordVeryManyNeurons) {
  Create("demo", MakeQuietNetwork(10'001));
  v1::StreamStateRequest request;
  request.set_session("sessions/demo");
  request.set_population("cells");
  request.add_variables("v_mv");
  EXPECT_THAT(StatusOf(request).error_message(),
              HasSubstr("neuron_indices: 10001 neurons; list at most 10000"));
}

TEST_F(RecordingServiceTest, StreamsCountsOfTheSpikesThatAdvanceReturns) {
  Create("demo", MakeRandomNetwork());
  v1::StreamRatesRequest request;
  request.set_session("sessions/demo");
  request.set_bin_steps(20);
  request.set_batch_window_ms(1);
  grpc::ClientContext context;
  const auto reader = recordings_->StreamRates(&context, request);
  v1::RateBatch batch;
  ASSERT_TRUE(reader->Read(&batch));
  EXPECT_EQ(batch.sequence(), 0);
  EXPECT_EQ(batch.spike_counts_size(), 0);
  std::map<std::pair<int64_t, int>, int> expected;
  int total = 0;
  for (const auto& spike :
       DecodeSpikes(Advance("sessions/demo", 510, true).spikes())) {
    if (spike.step >= 500) continue;
    ++expected[{spike.step / 20, spike.neuron < 10 ? 0 : 1}];
    ++total;
  }
  EXPECT_GT(total, 100);
  while (batch.end_step() < 500 && reader->Read(&batch)) {
    EXPECT_EQ(batch.spike_counts_size(),
              2 * (batch.end_step() - batch.first_step()) / 20);
    for (int i = 0; i < batch.spike_counts_size(); ++i) {
      EXPECT_EQ(batch.spike_counts(i),
                (expected[{batch.first_step() / 20 + i / 2, i % 2}]));
      total -= batch.spike_counts(i);
    }
  }
  EXPECT_EQ(total, 0);
  Delete("sessions/demo");
  while (reader->Read(&batch)) {
  }
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_THAT(reader->Finish(), IsOk());
}

TEST_F(RecordingServiceTest, RefusesBadRateRequests) {
  Create("demo", MakeRandomNetwork());
  v1::StreamRatesRequest request;
  request.set_session("sessions/demo");
  request.add_populations("c");
  request.set_start_step(-1);
  const auto status_of = [&] {
    grpc::ClientContext context;
    const auto reader = recordings_->StreamRates(&context, request);
    v1::RateBatch batch;
    EXPECT_FALSE(reader->Read(&batch));
    return reader->Finish();
  };
  const auto status = status_of();
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(),
              HasSubstr("start_step: -1 is not in [0, 2^60]"));
  EXPECT_THAT(status.error_message(),
              HasSubstr("bin_steps: 0 is not in [1, 1000000000]"));
  EXPECT_THAT(status.error_message(), HasSubstr("populations[0]: "));
  request.clear_populations();
  request.set_bin_steps(1);
  request.set_start_step(5);
  EXPECT_THAT(status_of(), HasCode(OUT_OF_RANGE));
}

class ReadSynapsesTest : public RpcFixture {
 protected:
  struct Answer {
    std::vector<v1::SynapseBatch> batches;
    grpc::Status status;
  };
  Answer Read(const v1::ReadSynapsesRequest& request) {
    Answer answer;
    grpc::ClientContext context;
    const auto reader = recordings_->ReadSynapses(&context, request);
    v1::SynapseBatch batch;
    while (reader->Read(&batch)) answer.batches.push_back(batch);
    answer.status = reader->Finish();
    return answer;
  }
  // 300 neurons, plastic all to all: more than fits into one message.
  static v1::Network MakePlasticNetwork() {
    NetworkSpec spec = MakeNetwork(1, Precision::kFloat64);
    spec.populations = {MakePopulation("cells", "izhikevich", 300)};
    spec.projections = {MakeProjection("cells", "cells", AllToAll{},
                                       Uniform{0.2, 0.8},
                                       DiscreteUniform{1, 5, 1})};
    spec.projections[0].synapse.model = "stdp_pair";
    spec.inputs = {MakeInput("cells", "uniform_noise_current",
                             {{"low", 0.0}, {"high", 20.0}})};
    return ToNetworkProto(spec);
  }
};

TEST_F(ReadSynapsesTest, GivesWeightsAsTheyAreAtOneStep) {
  Create("demo", MakePlasticNetwork());
  v1::ReadSynapsesRequest request;
  request.set_session("sessions/demo");
  request.set_projection("cells->cells");
  request.set_encoding(v1::FLOAT64_BYTES);
  const Answer before = Read(request);
  Advance("sessions/demo", 200);
  const Answer after = Read(request);
  int64_t changed = 0;
  for (const Answer* answer : {&before, &after}) {
    EXPECT_THAT(answer->status, IsOk());
    int64_t count = 0;
    int64_t sequence = 0;
    std::pair<int, int> last = {-1, 0};  // source, minus delay
    for (const v1::SynapseBatch& batch : answer->batches) {
      EXPECT_EQ(batch.sequence(), sequence++);
      EXPECT_EQ(batch.step(), answer == &before ? 0 : 200);
      EXPECT_EQ(batch.end_of_stream(), &batch == &answer->batches.back());
      count += batch.source_indices_size();
      ASSERT_EQ(batch.target_indices_size(), batch.source_indices_size());
      ASSERT_EQ(batch.delay_steps_size(), batch.source_indices_size());
      ASSERT_EQ(batch.weights().size(), 8u * batch.source_indices_size());
      for (int i = 0; i < batch.source_indices_size(); ++i) {
        const std::pair<int, int> now = {batch.source_indices(i),
                                         -batch.delay_steps(i)};
        EXPECT_LE(last, now);
        EXPECT_NE(batch.target_indices(i), batch.source_indices(i));
        last = now;
      }
    }
    EXPECT_EQ(count, 300 * 299);
    EXPECT_EQ(answer->batches.size(), 5u);
  }
  for (size_t b = 0; b < before.batches.size(); ++b) {
    changed += before.batches[b].weights() != after.batches[b].weights();
  }
  EXPECT_EQ(changed, 5);
}

TEST_F(ReadSynapsesTest, OfSomeSourcesAndInSingle) {
  Create("demo", MakePlasticNetwork());
  v1::ReadSynapsesRequest request;
  request.set_session("sessions/demo");
  request.set_projection("cells->cells");
  request.add_source_indices(7);
  request.add_source_indices(299);
  const Answer answer = Read(request);
  EXPECT_THAT(answer.status, IsOk());
  ASSERT_EQ(answer.batches.size(), 1u);
  const v1::SynapseBatch& batch = answer.batches[0];
  ASSERT_EQ(batch.source_indices_size(), 2 * 299);
  EXPECT_EQ(batch.weights().size(), 4u * 2 * 299);
  for (int i = 0; i < 2 * 299; ++i) {
    EXPECT_EQ(batch.source_indices(i), i < 299 ? 7 : 299);
    float weight;
    std::memcpy(&weight, batch.weights().data() + 4 * i, 4);
    EXPECT_GE(weight, 0.2f);
    EXPECT_LE(weight, 0.8f);
  }
}

// The memory of an unread list is accounted for, and is freed in the end.
class UnreadSynapsesTest : public ReadSynapsesTest {
 protected:
  static constexpr int64_t kSynapses = 1500 * 1500;  // 29 MB of messages
  static constexpr int64_t kListBytes = kSynapses * sizeof(SynapseReading);

  UnreadSynapsesTest() {
    NetworkSpec spec = MakeNetwork(1);
    spec.populations = {MakePopulation("cells", "spike_source", 1500)};
    spec.projections = {MakeProjection("cells", "cells", AllToAll{}, 1.0, 1.0)};
    spec.projections[0].allow_autapses = true;
    Create("demo", ToNetworkProto(spec));
    before_ = registry_.memory_bytes();
    request_.set_session("sessions/demo");
    request_.set_projection("cells->cells");
    request_.set_encoding(v1::FLOAT64_BYTES);
  }

  // Reads the first message.
  void Begin() {
    reader_ = recordings_->ReadSynapses(&context_, request_);
    v1::SynapseBatch batch;
    ASSERT_TRUE(reader_->Read(&batch));
    read_ = batch.source_indices_size();
  }
  // Reads the rest.
  grpc::Status Finish() {
    v1::SynapseBatch batch;
    while (reader_->Read(&batch)) {
      read_ += batch.source_indices_size();
      EXPECT_EQ(batch.end_of_stream(), read_ == kSynapses);
    }
    return reader_->Finish();
  }

  int64_t before_ = 0;
  v1::ReadSynapsesRequest request_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::SynapseBatch>> reader_;
  int64_t read_ = 0;
};

TEST_F(UnreadSynapsesTest, AreOnTheBooks) {
  Begin();
  EXPECT_EQ(registry_.memory_bytes() - before_, kListBytes);
  EXPECT_THAT(Finish(), IsOk());
  EXPECT_EQ(read_, kSynapses);
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == before_; }));
  // Half of the list takes half of the memory.
  for (int i = 0; i < 1500; i += 2) request_.add_source_indices(i);
  registry_.tenants()->SetQuotas(*ParseQuotas(
      absl::StrCat("* memory_bytes=", before_ + kListBytes / 2 + 1000)));
  const Answer half = Read(request_);
  EXPECT_THAT(half.status, IsOk());
  request_.add_source_indices(1499);
  const grpc::Status refused = Read(request_).status;
  EXPECT_THAT(refused, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_EQ(ErrorInfoOf(refused).reason(), "QUOTA_EXCEEDED");
}

TEST_F(UnreadSynapsesTest, AreGivenUpAfterAWhile) {
  Begin();
  EXPECT_TRUE(Eventually([&] {
    clock_.SkipSeconds(61);
    return registry_.memory_bytes() == before_;
  }));
  const grpc::Status status = Finish();
  EXPECT_THAT(status, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "SLOW_CONSUMER");
  EXPECT_LT(read_, kSynapses);
  EXPECT_EQ(statistics_.slow_disconnects.Get(), 1);
}

TEST_F(UnreadSynapsesTest, KeepNoDeletedSession) {
  const std::weak_ptr<Session> session = *registry_.Find("demo");
  Begin();
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  EXPECT_TRUE(Eventually(
      [&] { return session.expired() && registry_.memory_bytes() == 0; }));
  EXPECT_THAT(Finish(), HasCode(NOT_FOUND));
  EXPECT_LT(read_, kSynapses);
}

TEST_F(ReadSynapsesTest, RefusesWhatIsNotThere) {
  Create("demo", MakePlasticNetwork());
  v1::ReadSynapsesRequest request;
  request.set_session("sessions/demo");
  EXPECT_THAT(Read(request).status.error_message(),
              HasSubstr("projection: is required"));
  request.set_projection("cells->cell");
  EXPECT_THAT(Read(request).status.error_message(),
              HasSubstr("did you mean cells->cells?"));
  request.set_projection("cells->cells");
  request.add_source_indices(3);
  request.add_source_indices(3);
  EXPECT_THAT(Read(request).status.error_message(),
              HasSubstr("source_indices[1]: 3 follows 3; must be ascending"));
  request.set_source_indices(1, 300);
  EXPECT_THAT(Read(request).status.error_message(),
              HasSubstr("source_indices[1]: 300 is not in [0, 300)"));
  request.set_session("sessions/x");
  EXPECT_THAT(Read(request).status, HasCode(NOT_FOUND));
}

}  // namespace
}  // namespace spiked::testing
