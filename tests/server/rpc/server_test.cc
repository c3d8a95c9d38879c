// SPDX-License-Identifier: Apache-2.0
//
// The server as a whole: information, listening, stopping and counting.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "core/build/catalogue.h"
#include "server/rpc/connection/probe.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;

using enum grpc::StatusCode;

class ServerTest : public RpcFixture {
 protected:
  RpcServer::Parts MakeParts(CallStatistics* calls) {
    return {.registry = &registry_,
            .statistics = &statistics_,
            .call_statistics = calls,
            .clock = &clock_};
  }

  // Calls GetSession with any bytes as request.
  grpc::Status CallGetSession(const std::string& bytes) {
    return CallRaw("/spiked.v1.SessionService/GetSession", bytes);
  }
};

TEST_F(ServerTest, TellsAboutItself) {
  Create("demo", MakeBusyNetwork(1));
  v1::ServerInfo info;
  EXPECT_THAT(Call(*servers_, &v1::ServerService::Stub::GetServerInfo,
                   v1::GetServerInfoRequest(), &info),
              IsOk());
  EXPECT_EQ(info.version(), "1.2.3");
  EXPECT_EQ(info.boot_id(), kBootId);
  EXPECT_EQ(info.worker_thread_count(), 2);
  EXPECT_EQ(info.session_count(), 1);
  EXPECT_EQ(info.max_session_count(), 20);
  EXPECT_EQ(info.max_session_thread_count(), 3);
  EXPECT_GT(info.memory_bytes(), 0);
  EXPECT_GT(info.memory_limit_bytes(), info.memory_bytes());
  EXPECT_EQ(info.max_message_bytes(), 16 << 20);
  EXPECT_NE(info.vector_target(), "");
  EXPECT_FALSE(info.draining());
  server_->SetDraining();
  EXPECT_THAT(Call(*servers_, &v1::ServerService::Stub::GetServerInfo,
                   v1::GetServerInfoRequest(), &info),
              IsOk());
  EXPECT_TRUE(info.draining());
}

TEST_F(ServerTest, ListsModels) {
  const auto list = [&](v1::ModelKind kind) {
    v1::ListModelsRequest request;
    request.set_kind(kind);
    v1::ListModelsResponse response;
    EXPECT_THAT(
        Call(*models_, &v1::ModelService::Stub::ListModels, request, &response),
        IsOk());
    return response.models_size();
  };
  const int neurons = static_cast<int>(NeuronModels().size());
  const int synapses = static_cast<int>(SynapseModels().size());
  const int inputs = static_cast<int>(InputModels().size());
  EXPECT_EQ(list(v1::NEURON), neurons);
  EXPECT_EQ(list(v1::SYNAPSE), synapses);
  EXPECT_EQ(list(v1::INPUT), inputs);
  const int encoders = static_cast<int>(EncoderModels().size());
  EXPECT_EQ(list(v1::ENCODER), encoders);
  EXPECT_EQ(list(v1::MODEL_KIND_UNSPECIFIED),
            neurons + synapses + inputs + encoders);

  v1::ListModelsRequest request;
  request.set_kind(static_cast<v1::ModelKind>(5));
  v1::ListModelsResponse response;
  EXPECT_EQ(
      Call(*models_, &v1::ModelService::Stub::ListModels, request, &response)
          .error_message(),
      "kind: 5 is no ModelKind; known: NEURON, SYNAPSE, INPUT, ENCODER");
}

TEST_F(ServerTest, ProbeAsksTheHealthService) {
  constexpr std::chrono::seconds kTimeout{20};
  EXPECT_TRUE(Probe(Address(), kTimeout).ok()) << Probe(Address(), kTimeout);
  server_->SetDraining();
  EXPECT_THAT(std::string(Probe(Address(), kTimeout).message()),
              HasSubstr("is not serving"));
  const std::string address = Address();
  StopServer();
  const absl::Status status = Probe(address, std::chrono::milliseconds(200));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(address));
}

TEST_F(ServerTest, RefusesAnAddressThatIsInUse) {
  CallStatistics calls;
  const auto second =
      RpcServer::Start({.listen_address = Address()}, {}, MakeParts(&calls));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(std::string(second.status().message()),
            "cannot listen on " + Address() + ": Address already in use");
  // The first server still serves.
  EXPECT_TRUE(Probe(Address(), std::chrono::seconds(20)).ok());
}

TEST_F(ServerTest, RefusesAnAddressThatIsNone) {
  CallStatistics calls;
  EXPECT_FALSE(RpcServer::Start({.listen_address = "nowhere.invalid:1"}, {},
                                MakeParts(&calls))
                   .ok());
}

TEST_F(ServerTest, ListensOnAUnixSocket) {
  const std::string address = absl::StrCat("unix:", ::testing::TempDir(),
                                           "/spiked-", getpid(), ".sock");
  CallStatistics calls;
  const auto server =
      RpcServer::Start({.listen_address = address}, {}, MakeParts(&calls));
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE(Probe(address, std::chrono::seconds(20)).ok());
}

TEST_F(ServerTest, ServesReflection) {
  // A server without the service would say UNIMPLEMENTED at once.
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto call = grpc::GenericStub(Connect()).PrepareCall(
      &context,
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  const auto wait = [&queue] {
    void* tag;
    bool ok = false;
    queue.Next(&tag, &ok);
    return ok;
  };
  call->StartCall(nullptr);
  ASSERT_TRUE(wait());
  // ServerReflectionRequest{list_services: "*"}
  grpc::Slice request(std::string("\x3a\x01*"));
  call->Write(grpc::ByteBuffer(&request, 1), nullptr);
  ASSERT_TRUE(wait());
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  ASSERT_TRUE(wait());
  std::vector<grpc::Slice> slices;
  response.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  EXPECT_THAT(bytes, HasSubstr("spiked.v1.SessionService"));
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
}

TEST_F(ServerTest, RegistersEveryMethodBeforeItIsCalled) {
  EXPECT_EQ(calls_.methods().size(), 26u);
  for (const char* path : {"/spiked.v1.SessionService/CreateSession",
                           "/spiked.v1.StimulusService/InjectStimulus",
                           "/spiked.v1.ModelService/ListModels",
                           "/spiked.v1.ServerService/GetServerInfo"}) {
    ASSERT_NE(calls_.Find(path), nullptr) << path;
    EXPECT_EQ(calls_.Find(path)->type, "unary");
  }
  EXPECT_EQ(calls_.Find("/spiked.v1.RecordingService/StreamSpikes")->type,
            "server_stream");
  EXPECT_EQ(calls_.Find("/spiked.v1.StimulusService/StreamStimuli")->type,
            "bidi_stream");
}

TEST_F(ServerTest, CountsCallsByCode) {
  const std::string path = "/spiked.v1.SessionService/GetSession";
  v1::Session session;
  EXPECT_THAT(Get("sessions/x", &session), HasCode(NOT_FOUND));
  Create("demo", MakeBusyNetwork(1));
  Get("sessions/demo");
  Get("sessions/demo");
  EXPECT_EQ(Handled(path, OK), 2);
  EXPECT_EQ(Handled(path, NOT_FOUND), 1);
  EXPECT_EQ(calls_.Find(path)->started.Get(), 3);
  EXPECT_EQ(calls_.Find(path)->latency.Count(), 3);
  EXPECT_GT(calls_.Find(path)->latency.SumNanos(), 0);
}

TEST_F(ServerTest, MethodsThatDoNotExistHarmNobody) {
  for (const char* path :
       {"/spiked.v1.SessionService/Nothing", "/nothing/Nothing"}) {
    for (int i = 0; i < 20; ++i) {
      EXPECT_THAT(CallRaw(path, "x"), HasCode(UNIMPLEMENTED)) << path;
    }
  }
  EXPECT_TRUE(Probe(Address(), std::chrono::seconds(20)).ok());
}

// A request that is no protobuf never reaches a handler; it is counted.
TEST_F(ServerTest, CountsRequestsThatCannotBeRead) {
  EXPECT_THAT(CallGetSession("\xff\xff\xff"), HasCode(UNIMPLEMENTED));
  EXPECT_TRUE(Eventually([&] {
    return Handled("/spiked.v1.SessionService/GetSession", UNIMPLEMENTED) == 1;
  }));
}

// By itself protobuf would write a line to stderr for each text.
TEST_F(ServerTest, BadTextsDoNotFloodTheLog) {
  const std::string request("\x0a\x01\xff", 3);  // the name is not UTF-8
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 200; ++i) CallGetSession(request);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_LE(std::count(log.begin(), log.end(), '\n'), 100) << log;
}

TEST_F(ServerTest, AnswersManyClientsAtOnce) {
  Create("demo", MakeRandomNetwork());
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([this] {
      const auto stub = v1::SessionService::NewStub(Connect());
      v1::GetSessionRequest request;
      request.set_name("sessions/demo");
      for (int k = 0; k < 50; ++k) {
        v1::Session session;
        EXPECT_THAT(Call(*stub, &SessionStub::GetSession, request, &session),
                    IsOk());
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(Handled("/spiked.v1.SessionService/GetSession", OK), 400);
}

}  // namespace
}  // namespace spiked::testing
