// SPDX-License-Identifier: Apache-2.0
//
// All the ways in which a call can end, for each kind of call. Each time the
// client learns how it ended and the server keeps nothing of it. The fixture
// checks that every call that began has ended once, and that the server stops
// in time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <tuple>

#include "spiked/v1/upload.grpc.pb.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/tcp_relay.h"

namespace spiked::testing {
namespace {

using enum grpc::StatusCode;

// A call that goes on until something ends it.
class LongCall {
 public:
  virtual ~LongCall() = default;
  // Returns when the server has begun to answer.
  virtual void Begin(const std::shared_ptr<grpc::Channel>& channel) = 0;
  // The client has nothing more to say.
  virtual void HalfClose() {}
  // Returns when the call is over.
  virtual grpc::Status Finish() = 0;

  grpc::ClientContext context;
};

class UnaryCall : public LongCall {
 public:
  void Begin(const std::shared_ptr<grpc::Channel>& channel) override {
    stub_ = v1::SessionService::NewStub(channel);
    thread_ = std::thread([this] {
      v1::AdvanceSessionRequest request;
      request.set_name("sessions/demo");
      request.set_step_count(1'000'000'000);
      v1::AdvanceSessionResponse response;
      status_ = stub_->AdvanceSession(&context, request, &response);
    });
  }
  grpc::Status Finish() override {
    thread_.join();
    return status_;
  }

 private:
  std::unique_ptr<v1::SessionService::Stub> stub_;
  std::thread thread_;
  grpc::Status status_;
};

template <typename Response>
class ServerStream : public LongCall {
 public:
  void Begin(const std::shared_ptr<grpc::Channel>& channel) override {
    reader_ = Call(channel);
    Response response;
    EXPECT_TRUE(reader_->Read(&response));
  }
  grpc::Status Finish() override {
    Response response;
    while (reader_->Read(&response)) {
    }
    return reader_->Finish();
  }

 private:
  using Reader = std::unique_ptr<grpc::ClientReader<Response>>;
  virtual Reader Call(const std::shared_ptr<grpc::Channel>& channel) = 0;

  Reader reader_;
};

class SpikeStreamCall : public ServerStream<v1::SpikeBatch> {
  std::unique_ptr<grpc::ClientReader<v1::SpikeBatch>> Call(
      const std::shared_ptr<grpc::Channel>& channel) override {
    v1::StreamSpikesRequest request;
    request.set_session("sessions/demo");
    return v1::RecordingService::NewStub(channel)->StreamSpikes(&context,
                                                                request);
  }
};

class RateStreamCall : public ServerStream<v1::RateBatch> {
  std::unique_ptr<grpc::ClientReader<v1::RateBatch>> Call(
      const std::shared_ptr<grpc::Channel>& channel) override {
    v1::StreamRatesRequest request;
    request.set_session("sessions/demo");
    request.set_bin_steps(5);
    return v1::RecordingService::NewStub(channel)->StreamRates(&context,
                                                               request);
  }
};

class StateStreamCall : public ServerStream<v1::StateBatch> {
  std::unique_ptr<grpc::ClientReader<v1::StateBatch>> Call(
      const std::shared_ptr<grpc::Channel>& channel) override {
    v1::StreamStateRequest request;
    request.set_session("sessions/demo");
    request.set_population("cells");
    request.add_variables("v_mv");
    return v1::RecordingService::NewStub(channel)->StreamState(&context,
                                                               request);
  }
};

class WatchStreamCall : public ServerStream<v1::WatchSessionResponse> {
  std::unique_ptr<grpc::ClientReader<v1::WatchSessionResponse>> Call(
      const std::shared_ptr<grpc::Channel>& channel) override {
    v1::WatchSessionRequest request;
    request.set_name("sessions/demo");
    return v1::SessionService::NewStub(channel)->WatchSession(&context,
                                                              request);
  }
};

class StimulusStreamCall : public LongCall {
 public:
  void Begin(const std::shared_ptr<grpc::Channel>& channel) override {
    stream_ = v1::StimulusService::NewStub(channel)->StreamStimuli(&context);
    v1::StreamStimuliRequest request;
    request.set_session("sessions/demo");
    v1::StreamStimuliResponse response;
    EXPECT_TRUE(stream_->Write(request));
    EXPECT_TRUE(stream_->Read(&response));
  }
  void HalfClose() override { stream_->WritesDone(); }
  grpc::Status Finish() override {
    v1::StreamStimuliResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }

 private:
  std::unique_ptr<grpc::ClientReaderWriter<v1::StreamStimuliRequest,
                                           v1::StreamStimuliResponse>>
      stream_;
};

class UploadStreamCall : public LongCall {
 public:
  void Begin(const std::shared_ptr<grpc::Channel>& channel) override {
    stream_ = v1::UploadService::NewStub(channel)->UploadSynapses(&context);
    v1::UploadSynapsesRequest request;
    request.mutable_begin()->set_synapse_count(1000);
    v1::UploadSynapsesResponse response;
    EXPECT_TRUE(stream_->Write(request));
    EXPECT_TRUE(stream_->Read(&response));
  }
  void HalfClose() override { stream_->WritesDone(); }
  grpc::Status Finish() override {
    v1::UploadSynapsesResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }

 private:
  std::unique_ptr<grpc::ClientReaderWriter<v1::UploadSynapsesRequest,
                                           v1::UploadSynapsesResponse>>
      stream_;
};

enum class Kind { kUnary, kSpikes, kState, kWatch, kStimuli, kRates, kUploads };
const char* const kKindNames[] = {"Unary",   "Spikes", "State",  "Watch",
                                  "Stimuli", "Rates",  "Uploads"};

std::unique_ptr<LongCall> MakeCall(Kind kind) {
  switch (kind) {
    case Kind::kUnary:
      return std::make_unique<UnaryCall>();
    case Kind::kSpikes:
      return std::make_unique<SpikeStreamCall>();
    case Kind::kState:
      return std::make_unique<StateStreamCall>();
    case Kind::kWatch:
      return std::make_unique<WatchStreamCall>();
    case Kind::kStimuli:
      return std::make_unique<StimulusStreamCall>();
    case Kind::kRates:
      return std::make_unique<RateStreamCall>();
    case Kind::kUploads:
      return std::make_unique<UploadStreamCall>();
  }
  return nullptr;
}

class StreamEndsTest : public RpcFixture,
                       public ::testing::WithParamInterface<Kind> {
 protected:
  bool unary() const { return GetParam() == Kind::kUnary; }
  // The client sends, and owes an end.
  bool sends() const {
    return GetParam() == Kind::kStimuli || GetParam() == Kind::kUploads;
  }

  void SetUp() override {
    NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
    spec.populations = {MakePopulation("cells", "izhikevich", 10)};
    spec.inputs = {MakeInput("cells", "uniform_noise_current",
                             {{"low", 0.0}, {"high", 20.0}})};
    Create("demo", ToNetworkProto(spec), unary() ? v1::LOCKSTEP : v1::FREE_RUN);
    if (!unary()) {
      EXPECT_THAT(Start("sessions/demo"), IsOk());
    }
    session_ = *registry_.Find("demo");
    call_ = MakeCall(GetParam());
  }

  void BeginCall() { BeginCall(channel_); }
  void BeginCall(const std::shared_ptr<grpc::Channel>& channel) {
    call_->Begin(channel);
    EXPECT_TRUE(Eventually([&] { return session_->status().step > 0; }));
  }

  // The server has let go of the call, and of the session once it is deleted.
  void TearDown() override {
    EXPECT_TRUE(Eventually([&] { return OpenCalls() == 0; }));
    if (server_ == nullptr) return;
    Delete("sessions/demo");
    EXPECT_TRUE(Eventually([&] { return session_.use_count() == 1; }));
  }

  int64_t OpenCalls() {
    int64_t open = 0;
    for (const MethodStatistics& method : calls_.methods()) {
      open += method.started.Get();
      for (const Counter& counter : method.handled) open -= counter.Get();
    }
    for (const StreamStatistics& stream : statistics_.streams) {
      open += stream.open.Get();
    }
    return open;
  }

  std::shared_ptr<Session> session_;
  std::unique_ptr<LongCall> call_;
};

TEST_P(StreamEndsTest, ByCancellation) {
  BeginCall();
  call_->context.TryCancel();
  EXPECT_THAT(call_->Finish(), HasCode(CANCELLED));
}

TEST_P(StreamEndsTest, ByDeadline) {
  call_->context.set_deadline(std::chrono::system_clock::now() +
                              std::chrono::seconds(1));
  BeginCall();
  // An advance stops before it.
  EXPECT_THAT(call_->Finish(), HasCode(unary() ? OK : DEADLINE_EXCEEDED));
}

TEST_P(StreamEndsTest, ByLossOfTheConnection) {
  TcpRelay relay(server_->port());
  BeginCall(
      grpc::CreateChannel(relay.address(), grpc::InsecureChannelCredentials()));
  relay.Cut();
  EXPECT_THAT(call_->Finish(), HasCode(UNAVAILABLE));
}

TEST_P(StreamEndsTest, ByHalfClose) {
  BeginCall();
  call_->HalfClose();
  if (!sends()) call_->context.TryCancel();
  EXPECT_THAT(call_->Finish(), HasCode(sends() ? DATA_LOSS : CANCELLED));
}

TEST_P(StreamEndsTest, ByDeletionOfTheSession) {
  BeginCall();
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  call_->HalfClose();
  EXPECT_THAT(call_->Finish(), HasCode(sends() ? DATA_LOSS : OK));
}

TEST_P(StreamEndsTest, NotByAReset) {
  BeginCall();
  EXPECT_THAT(Reset("sessions/demo"), IsOk());
  if (!unary()) call_->context.TryCancel();
  // An advance is over: the session is not where it was.
  EXPECT_THAT(call_->Finish(), HasCode(unary() ? OK : CANCELLED));
}

TEST_P(StreamEndsTest, ByDraining) {
  BeginCall();
  server_->SetDraining();
  registry_.PauseAll();
  const bool says_so = sends() || GetParam() == Kind::kWatch;
  EXPECT_THAT(call_->Finish(), HasCode(says_so ? UNAVAILABLE : OK));
}

TEST_P(StreamEndsTest, ByShutdown) {
  BeginCall();
  StopServer();
  EXPECT_FALSE(call_->Finish().ok());
}

// Many calls that end at random moments while others begin.
TEST_P(StreamEndsTest, UnderChurn) {
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([this] {
      const auto channel = Connect();
      for (int i = 0; i < 10; ++i) {
        const auto call = MakeCall(GetParam());
        call->Begin(channel);
        call->context.TryCancel();
        EXPECT_FALSE(call->Finish().ok());
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

INSTANTIATE_TEST_SUITE_P(
    All, StreamEndsTest,
    ::testing::Values(Kind::kUnary, Kind::kSpikes, Kind::kState, Kind::kWatch,
                      Kind::kStimuli, Kind::kRates, Kind::kUploads),
    [](const auto& info) { return kKindNames[static_cast<int>(info.param)]; });

}  // namespace
}  // namespace spiked::testing
