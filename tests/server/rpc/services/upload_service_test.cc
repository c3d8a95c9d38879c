// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/security/quota_file.h"
#include "spiked/v1/upload.grpc.pb.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using enum grpc::StatusCode;

class UploadServiceTest : public RpcFixture {
 protected:
  using Requests = std::vector<v1::UploadSynapsesRequest>;
  struct Result {
    grpc::Status status;
    std::vector<v1::UploadSynapsesResponse> answers;
  };

  // Sends all requests without waiting for answers, then half-closes.
  Result Upload(const Requests& requests) {
    const auto stub = v1::UploadService::NewStub(channel_);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    const auto stream = stub->UploadSynapses(&context);
    for (const auto& request : requests) {
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
    Result result;
    v1::UploadSynapsesResponse response;
    while (stream->Read(&response)) result.answers.push_back(response);
    result.status = stream->Finish();
    return result;
  }

  static v1::UploadSynapsesRequest Begin(int64_t count) {
    v1::UploadSynapsesRequest request;
    request.mutable_begin()->set_synapse_count(count);
    return request;
  }
  static v1::UploadSynapsesRequest Chunk(
      int64_t sequence, const std::vector<std::pair<int, int>>& pairs,
      const std::vector<double>& weights = {},
      const std::vector<double>& delays = {}) {
    v1::UploadSynapsesRequest request;
    request.set_sequence(sequence);
    v1::SynapseChunk& chunk = *request.mutable_chunk();
    for (const auto& [source, target] : pairs) {
      chunk.add_source_indices(source);
      chunk.add_target_indices(target);
    }
    *chunk.mutable_weights() = {weights.begin(), weights.end()};
    *chunk.mutable_delays_ms() = {delays.begin(), delays.end()};
    return request;
  }
  // Adds the commit for the chunks of `requests`.
  static void Commit(Requests* requests) {
    uLong crc = crc32(0, nullptr, 0);
    int64_t count = 0;
    const auto add = [&](const auto& list) {
      crc = crc32(crc, reinterpret_cast<const Bytef*>(list.data()),
                  static_cast<uInt>(list.size() * sizeof(*list.data())));
    };
    for (const auto& request : *requests) {
      if (!request.has_chunk()) continue;
      const v1::SynapseChunk& chunk = request.chunk();
      add(chunk.source_indices());
      add(chunk.target_indices());
      if (chunk.weights_size() > 0) add(chunk.weights());
      if (chunk.delays_ms_size() > 0) add(chunk.delays_ms());
      count += chunk.source_indices_size();
    }
    v1::UploadSynapsesRequest request;
    request.set_sequence(std::ssize(*requests));
    request.mutable_commit()->set_synapse_count(count);
    request.mutable_commit()->set_crc32(static_cast<int64_t>(crc));
    requests->push_back(request);
  }

  // Three sources, three targets, and synapses from an upload.
  static v1::Network MakeUsing(const std::string& upload) {
    NetworkSpec spec = MakeNetwork(1);
    spec.populations = {MakePopulation("s", "spike_source", 3),
                        MakePopulation("t", "izhikevich", 3)};
    spec.projections = {MakeProjection("s", "t", Pairs({}), 1.0, 1.0)};
    v1::Network network = ToNetworkProto(spec);
    network.mutable_projections(0)->mutable_explicit_pairs()->set_upload(
        upload);
    network.mutable_projections(0)->clear_weight();
    network.mutable_projections(0)->clear_delay_ms();
    return network;
  }

  // Uploads these messages and expects this error.
  void ExpectError(const Requests& requests, grpc::StatusCode code,
                   const std::string& text) {
    const Result result = Upload(requests);
    EXPECT_THAT(result.status, HasCode(code));
    EXPECT_THAT(result.status.error_message(), HasSubstr(text));
    EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == 0; }));
  }
};

TEST_F(UploadServiceTest, ANetworkUsesWhatWasUploaded) {
  Requests requests = {Begin(4), Chunk(1, {{0, 1}, {1, 2}}, {0.5, 1.5}, {1, 2}),
                       Chunk(2, {{2, 0}, {0, 0}}, {2.5, 3.5}, {3, 4})};
  requests[0].mutable_begin()->set_has_weights(true);
  requests[0].mutable_begin()->set_has_delays(true);
  Commit(&requests);
  const Result result = Upload(requests);
  ASSERT_THAT(result.status, IsOk());
  ASSERT_EQ(result.answers.size(), 4u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(result.answers[i].sequence(), i);
    EXPECT_EQ(result.answers[i].synapse_count(), std::min(2 * i, 4));
    EXPECT_EQ(result.answers[i].upload().empty(), i < 3);
  }
  const std::string name = result.answers[3].upload();
  EXPECT_THAT(name, StartsWith("uploads/"));
  EXPECT_EQ(registry_.memory_bytes(), 4 * 24);

  // An upload can be used by several networks.
  for (const char* id : {"one", "two"}) {
    EXPECT_EQ(Create(id, MakeUsing(name)).synapse_count(), 4);
  }
  v1::ReadSynapsesRequest read;
  read.set_session("sessions/one");
  read.set_projection("s->t");
  grpc::ClientContext context;
  const auto reader = recordings_->ReadSynapses(&context, read);
  v1::SynapseBatch batch;
  ASSERT_TRUE(reader->Read(&batch));
  EXPECT_THAT(batch.source_indices(), ElementsAre(0, 0, 1, 2));
  // Synapses are ordered by source, then descending delay.
  EXPECT_THAT(batch.target_indices(), ElementsAre(0, 1, 2, 0));
  EXPECT_THAT(batch.delay_steps(), ElementsAre(4, 1, 2, 3));
  EXPECT_THAT(reader->Finish(), IsOk());
}

// The peak of this process's resident memory in bytes.
double PeakBytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kilobytes = 0;
  while (status >> word) {
    if (word == "VmHWM:") status >> kilobytes;
  }
  return 1024 * kilobytes;
}

// A small request can name a large upload many times; here its copies would
// take 1.2 GB.
TEST_F(UploadServiceTest, MemoryForCopiesIsTakenBeforeTheyAreMade) {
  constexpr int kSynapses = 500'000;
  std::vector<std::pair<int, int>> pairs;
  for (int i = 0; i < kSynapses; ++i) pairs.emplace_back(i % 3, i % 3);
  Requests requests = {Begin(kSynapses), Chunk(1, pairs)};
  Commit(&requests);
  const Result result = Upload(requests);
  ASSERT_THAT(result.status, IsOk());
  v1::CreateSessionRequest create;
  v1::Network& network = *create.mutable_network();
  network = MakeUsing(result.answers.back().upload());
  auto* projection = network.mutable_projections(0);
  projection->mutable_weight()->set_constant(0.001);
  projection->mutable_delay_ms()->set_constant(1);
  for (int i = 1; i < 300; ++i) {
    *network.add_projections() = network.projections(0);
    network.mutable_projections(i)->set_name(absl::StrCat("p", i));
  }
  registry_.tenants()->SetQuotas(*ParseQuotas("* memory_bytes=1e8"));
  const int64_t uploaded = registry_.memory_bytes();
  const double peak = PeakBytes();
  v1::Session session;
  const auto status = Create(create, &session);
  EXPECT_THAT(status, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_THAT(status.error_message(), HasSubstr("asks for 1200000000 more"));
  EXPECT_LT(PeakBytes() - peak, 100e6);
  // gRPC keeps the request for a moment after the client has its answer.
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == uploaded; }));

  // A network that fits is built, and then the copies are freed.
  network.mutable_projections()->DeleteSubrange(3, 297);
  ASSERT_THAT(Create(create, &session), IsOk());
  EXPECT_EQ(session.synapse_count(), 3 * kSynapses);
  EXPECT_TRUE(Eventually([&] {
    return registry_.memory_bytes() == uploaded + session.memory_bytes();
  }));
}

TEST_F(UploadServiceTest, WeightsAndDelaysMayBeTheProjections) {
  Requests requests = {Begin(2), Chunk(1, {{0, 1}, {1, 2}})};
  Commit(&requests);
  const std::string name = Upload(requests).answers.back().upload();
  v1::Network network = MakeUsing(name);
  v1::CreateSessionRequest create;
  *create.mutable_network() = network;
  v1::Session session;
  const auto missing = Create(create, &session);
  EXPECT_THAT(missing, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(missing.error_message(),
              HasSubstr("network.projections[0].weight: is required"));
  auto* projection = create.mutable_network()->mutable_projections(0);
  projection->mutable_weight()->set_constant(2);
  projection->mutable_delay_ms()->set_constant(3);
  ASSERT_THAT(Create(create, &session), IsOk());
  EXPECT_EQ(session.synapse_count(), 2);
}

TEST_F(UploadServiceTest, NetworksSayWhatIsWrongWithTheirUpload) {
  Requests requests = {Begin(1), Chunk(1, {{0, 3}}, {1})};
  requests[0].mutable_begin()->set_has_weights(true);
  Commit(&requests);
  const std::string name = Upload(requests).answers.back().upload();
  v1::CreateSessionRequest create;
  v1::Session session;
  const auto expect = [&](const std::string& text) {
    const auto status = Create(create, &session);
    EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
    EXPECT_THAT(status.error_message(),
                HasSubstr("network.projections[0]." + text));
  };
  *create.mutable_network() = MakeUsing("uploads/other");
  expect("explicit_pairs.upload: \"uploads/other\" is no upload");
  *create.mutable_network() = MakeUsing(name);
  create.mutable_network()
      ->mutable_projections(0)
      ->mutable_delay_ms()
      ->set_constant(1);
  expect("explicit_pairs.target_indices[0]");
  auto* projection = create.mutable_network()->mutable_projections(0);
  projection->mutable_weight()->set_constant(1);
  expect("weight: is given, but the upload");
  projection->mutable_explicit_pairs()->add_source_indices(0);
  expect("explicit_pairs.upload: is given, and lists");
}

TEST_F(UploadServiceTest, WrongMessagesEndIt) {
  ExpectError({Begin(0)}, INVALID_ARGUMENT,
              "begin.synapse_count: 0 is not in [1, 4200000000]");
  ExpectError({Chunk(0, {{0, 0}})}, INVALID_ARGUMENT, "begin: is required");
  Requests twice = {Begin(1), Begin(1)};
  twice[1].set_sequence(1);
  ExpectError(twice, INVALID_ARGUMENT, "begin: is required in the first");
  ExpectError({Begin(1), Chunk(2, {{0, 0}})}, INVALID_ARGUMENT,
              "sequence: 2 instead of 1");
  Requests empty = {Begin(1), {}};
  empty[1].set_sequence(1);
  ExpectError(empty, INVALID_ARGUMENT, "one of begin, chunk and commit");
}

TEST_F(UploadServiceTest, ChunksAreCheckedByField) {
  Requests requests = {Begin(3)};
  v1::UploadBegin& begin = *requests[0].mutable_begin();
  begin.set_source_size(10);
  begin.set_has_delays(true);
  const auto expect = [&](const v1::UploadSynapsesRequest& chunk,
                          const std::string& text) {
    ExpectError({requests[0], chunk}, INVALID_ARGUMENT, text);
  };
  expect(Chunk(1, {}), "chunk.source_indices: has 0 numbers");
  expect(Chunk(1, {{0, 0}, {10, 0}}, {}, {1, 1}),
         "chunk.source_indices[1]: 10 is not in [0, 10)");
  expect(Chunk(1, {{0, -1}}, {}, {1}),
         "chunk.target_indices[0]: -1 is not in [0, 2147483648)");
  expect(Chunk(1, {{0, 0}}, {1}, {1}),
         "chunk.weights: has 1 numbers instead of 0");
  expect(Chunk(1, {{0, 0}}), "chunk.delays_ms: has 0 numbers instead of 1");
  expect(Chunk(1, {{0, 0}}, {}, {-1}), "chunk.delays_ms[0]: -1 is not finite");
  expect(Chunk(1, {{0, 0}, {0, 0}, {0, 0}, {0, 0}}, {}, {1, 1, 1, 1}),
         "only 3 of begin.synapse_count (3) are left");
  auto uneven = Chunk(1, {{0, 0}}, {}, {1});
  uneven.mutable_chunk()->add_target_indices(1);
  expect(uneven, "chunk.target_indices: has 2 numbers instead of 1");
}

TEST_F(UploadServiceTest, NothingIsLostUnseen) {
  ExpectError({Begin(1), Chunk(1, {{0, 0}})}, DATA_LOSS, "without commit");
  Requests few = {Begin(2), Chunk(1, {{0, 0}})};
  Commit(&few);
  ExpectError(few, DATA_LOSS, "1 synapses came; begin says 2, commit 1");
  Requests other = {Begin(1), Chunk(1, {{0, 0}})};
  Commit(&other);
  other[1].mutable_chunk()->set_target_indices(0, 1);
  ExpectError(other, DATA_LOSS, "commit.crc32");
}

TEST_F(UploadServiceTest, MemoryIsReservedAtItsBegin) {
  const int64_t free = registry_.limits().memory_bytes;
  ExpectError({Begin(free / 8 + 1)}, RESOURCE_EXHAUSTED,
              "begin.synapse_count: an upload of");
}

TEST_F(UploadServiceTest, ItEndsWithTheServer) {
  const auto stub = v1::UploadService::NewStub(channel_);
  grpc::ClientContext context;
  const auto stream = stub->UploadSynapses(&context);
  stream->Write(Begin(1000));
  v1::UploadSynapsesResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(registry_.memory_bytes(), 8000);
  server_->SetDraining();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_THAT(stream->Finish(), HasCode(UNAVAILABLE));
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == 0; }));
}

TEST_F(UploadServiceTest, ManySynapsesComeWhole) {
  constexpr int kChunks = 20;
  constexpr int kSize = 100'000;
  Requests requests = {Begin(int64_t{kChunks} * kSize)};
  for (int c = 0; c < kChunks; ++c) {
    std::vector<std::pair<int, int>> pairs;
    for (int i = 0; i < kSize; ++i) pairs.emplace_back(i % 3, (i + c) % 3);
    requests.push_back(Chunk(c + 1, pairs));
  }
  Commit(&requests);
  const Result result = Upload(requests);
  ASSERT_THAT(result.status, IsOk());
  v1::Network network = MakeUsing(result.answers.back().upload());
  auto* projection = network.mutable_projections(0);
  projection->mutable_weight()->set_constant(0.001);
  projection->mutable_delay_ms()->set_constant(1);
  EXPECT_EQ(Create("many", network).synapse_count(), kChunks * kSize);
}

}  // namespace
}  // namespace spiked::testing
