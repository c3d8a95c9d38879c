// SPDX-License-Identifier: Apache-2.0
//
// Requests that would take much more memory than their length are refused
// before they are parsed, for every method.

#include "server/rpc/gate/request_memory.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/security/quota_file.h"
#include "spiked/v1/upload.grpc.pb.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/varint.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using enum grpc::StatusCode;

constexpr char kCreate[] = "/spiked.v1.SessionService/CreateSession";

class RequestMemoryTest : public RpcFixture {
 protected:
  // Calls any method with any bytes.
  grpc::Status Send(const std::string& method, const std::string& bytes) {
    grpc::GenericStub stub(channel_);
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  void LimitMemory(int64_t bytes) {
    registry_.tenants()->SetQuotas(
        *ParseQuotas(absl::StrCat("* memory_bytes=", bytes)));
  }
};

// A request whose network has `count` empty populations: two bytes each, and
// hundreds of bytes when parsed.
std::string EmptyPopulations(int count) {
  std::string network;
  network.reserve(2 * count);
  for (int i = 0; i < count; ++i) network += std::string("\x2a\x00", 2);
  return absl::StrCat("\x12", Varint(network.size()), network);
}

std::string UnknownTexts(int count) {
  std::string bytes;
  bytes.reserve(2 * count);
  for (int i = 0; i < count; ++i) bytes += std::string("\x7a\x00", 2);
  return bytes;
}

TEST_F(RequestMemoryTest, WhatATenantMayNotHaveIsRefused) {
  LimitMemory(200'000'000);
  const grpc::Status status = Send(kCreate, EmptyPopulations(1'000'000));
  EXPECT_THAT(status, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_THAT(status.error_message(), HasSubstr("memory_bytes"));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "QUOTA_EXCEEDED");
  EXPECT_EQ(registry_.memory_bytes(), 0);
}

// The request would take 4 GB.
TEST_F(RequestMemoryTest, WhatTheServerHasNotIsRefused) {
  const grpc::Status status = Send(kCreate, EmptyPopulations(6'000'000));
  EXPECT_THAT(status, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_THAT(status.error_message(),
              StartsWith("to read the request of CreateSession (12.0 MB) needs "
                         "4"));
  EXPECT_THAT(status.error_message(), HasSubstr("are free of the server's"));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "LIMIT_REACHED");
}

// Unknown fields are kept when parsed, so they count too, even for methods
// without repeated fields.
TEST_F(RequestMemoryTest, EveryMethodIsGuarded) {
  LimitMemory(10'000'000);
  const std::string bytes = UnknownTexts(1'000'000);
  for (const char* method : {kCreate, "/spiked.v1.SessionService/GetSession",
                             "/spiked.v1.ServerService/GetServerInfo",
                             "/spiked.v1.ModelService/ListModels",
                             "/spiked.v1.NetworkService/ChangeNetwork",
                             "/spiked.v1.StimulusService/InjectStimulus",
                             "/spiked.v1.RecordingService/StreamSpikes",
                             "/spiked.v1.RecordingService/StreamState",
                             "/spiked.v1.RecordingService/GetWeightHistogram",
                             "/spiked.v1.StimulusService/StreamStimuli",
                             "/spiked.v1.UploadService/UploadSynapses"}) {
    EXPECT_THAT(Send(method, bytes), HasCode(RESOURCE_EXHAUSTED)) << method;
  }
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == 0; }));
}

TEST_F(RequestMemoryTest, WhatIsTakenIsGivenBack) {
  LimitMemory(200'000'000);
  // Within the limit the request is parsed, and has too many populations.
  for (int i = 0; i < 10; ++i) {
    const grpc::Status status = Send(kCreate, EmptyPopulations(100'000));
    EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
    EXPECT_EQ(status.error_message(),
              "network.populations: 100000 populations; at most 10000 are "
              "allowed");
  }
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == 0; }));
}

TEST_F(RequestMemoryTest, AStreamGivesBackWhatAMessageTook) {
  Create("demo", MakeBusyNetwork(1));
  const int64_t before = registry_.memory_bytes();
  grpc::ClientContext context;
  const auto stream = stimuli_->StreamStimuli(&context);
  v1::StreamStimuliRequest request;
  request.set_session("sessions/demo");
  for (int i = 0; i < 10'000; ++i) {
    v1::Stimulus* stimulus = request.add_stimuli();
    stimulus->set_population("source");
    stimulus->set_start_step(1000);
    stimulus->mutable_spikes();
  }
  v1::StreamStimuliResponse response;
  for (int i = 0; i < 3; ++i) {
    request.set_sequence(i);
    request.set_end_of_input(i == 2);
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.error(), "");
    request.clear_stimuli();
  }
  stream->WritesDone();
  EXPECT_THAT(stream->Finish(), IsOk());
  EXPECT_THAT(Reset("sessions/demo"), IsOk());
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == before; }));
}

// A client that can't pause or delete when memory is used up can't free any.
TEST_F(RequestMemoryTest, RequestsThatFreeMemoryAreServedWithoutAny) {
  Create("demo", MakeBusyNetwork(1));
  LimitMemory(1);
  const auto kept =
      registry_.ledger()->ReserveSmall(nullptr, MemoryLedger::kKeptBytes, "it");
  const auto all = registry_.ledger()->Reserve(
      nullptr,
      registry_.limits().memory_bytes - registry_.ledger()->reserved_bytes(),
      "it");
  ASSERT_TRUE(kept.ok() && all.ok());
  v1::Session session;
  EXPECT_THAT(Get("sessions/demo", &session), IsOk());
  EXPECT_THAT(Pause("sessions/demo"), IsOk());
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
}

TEST_F(RequestMemoryTest, AStreamThatHasNoMemoryIsRefused) {
  Create("demo", MakeBusyNetwork(1));
  const auto open = [&] {
    grpc::ClientContext context;
    v1::StreamSpikesRequest request;
    request.set_session("sessions/demo");
    const auto stream = recordings_->StreamSpikes(&context, request);
    v1::SpikeBatch batch;
    context.TryCancel();
    while (stream->Read(&batch)) {
    }
    return stream->Finish();
  };
  EXPECT_THAT(open(), HasCode(CANCELLED));
  {
    absl::StatusOr<MemoryReservation> kept;
    ASSERT_TRUE(Eventually([&] {  // when the stream has given back its part
      kept = registry_.ledger()->ReserveSmall(nullptr, MemoryLedger::kKeptBytes,
                                              "it");
      return kept.ok() && kept->bytes() == 0;
    }));
    LimitMemory(1);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
    v1::StreamSpikesRequest request;
    request.set_session("sessions/demo");
    const auto stream = recordings_->StreamSpikes(&context, request);
    v1::SpikeBatch batch;
    EXPECT_FALSE(stream->Read(&batch));
    EXPECT_THAT(stream->Finish(), HasCode(RESOURCE_EXHAUSTED));
  }
  EXPECT_THAT(open(), HasCode(CANCELLED));
}

// A valid request of nearly the largest length.
TEST_F(RequestMemoryTest, AMillionListedSynapsesAreServed) {
  v1::CreateSessionRequest request;
  *request.mutable_network() = MakeBusyNetwork(1000);
  v1::Projection* projection = request.mutable_network()->add_projections();
  projection->set_source("source");
  projection->set_target("source");
  projection->mutable_delay_ms()->set_constant(1);
  v1::ExplicitPairs* pairs = projection->mutable_explicit_pairs();
  for (int i = 0; i < 1'000'000; ++i) {
    pairs->add_source_indices(i / 1000);
    pairs->add_target_indices(i % 1000);
    projection->mutable_weight()->mutable_list()->add_values(0.5);
  }
  projection->set_allow_autapses(true);
  ASSERT_GT(request.ByteSizeLong(), 11'000'000u);
  v1::Session session;
  EXPECT_THAT(Create(request, &session), IsOk());
  EXPECT_EQ(session.synapse_count(), 1'000'000);
}

}  // namespace
}  // namespace spiked::testing
