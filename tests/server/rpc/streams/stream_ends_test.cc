// SPDX-License-Identifier: Apache-2.0
//
// All ways in which a call can end, for each kind of call. Each time the client
// learns how it ended and the server frees its memory. The fixture checks that
// every call has ended once, and that the server stops in time.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "spiked/v1/upload.grpc.pb.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/tcp_relay.h"
#include "tests/support/sanitized.h"

namespace spiked::testing {
namespace {

using enum grpc::StatusCode;

using Channel = std::shared_ptr<grpc::Channel>;

// A call that continues until something ends it.
class LongCall {
 public:
  virtual ~LongCall() = default;
  // Begins the call; returns when the server has begun to answer.
  virtual void Begin(const Channel& channel) = 0;
  // Half-closes the call. Calls with a single request have done so already.
  virtual void HalfClose() {}
  // Ends the call regularly, if the client can.
  virtual void Complete() {}
  // Sends a wrong message, if the client can.
  virtual void Err() {}
  // Waits for the end of the call and returns its status.
  virtual grpc::Status Finish() = 0;

  grpc::ClientContext context;
};

class AdvanceCall : public LongCall {
 public:
  void Begin(const Channel& channel) override {
    stub_ = v1::SessionService::NewStub(channel);
    thread_ = std::thread([this] {
      v1::AdvanceSessionRequest request;
      request.set_name("sessions/demo");
      request.set_step_count(1'000'000'000);
      v1::AdvanceSessionResponse response;
      status_ = stub_->AdvanceSession(&context, request, &response);
    });
  }
  void Complete() override {
    grpc::ClientContext of_pause;
    v1::PauseSessionRequest request;
    request.set_name("sessions/demo");
    v1::Session session;
    EXPECT_THAT(stub_->PauseSession(&of_pause, request, &session), IsOk());
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

// Waits until "sessions/other" is built, which takes a second or two.
class CreateCall : public LongCall {
 public:
  static v1::CreateSessionRequest Request(int indegree = kSanitized ? 400
                                                                    : 2000) {
    NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
    spec.populations = {MakePopulation("a", "izhikevich", 20'000)};
    spec.projections = {MakeProjection("a", "a", FixedIndegree{indegree},
                                       Uniform{0, 1}, Uniform{1, 20})};
    v1::CreateSessionRequest request;
    request.set_session_id("other");
    *request.mutable_network() = ToNetworkProto(spec);
    return request;
  }
  void Begin(const Channel& channel) override {
    stub_ = v1::SessionService::NewStub(channel);
    thread_ = std::thread([this] {
      v1::Session session;
      status_ = stub_->CreateSession(&context, Request(), &session);
      ended_ = true;
    });
    while (!ended_ && Get() == NOT_FOUND) std::this_thread::yield();
  }
  grpc::Status Finish() override {
    thread_.join();
    return status_;
  }

 private:
  grpc::StatusCode Get() {
    grpc::ClientContext of_get;
    v1::GetSessionRequest request;
    request.set_name("sessions/other");
    v1::Session session;
    return stub_->GetSession(&of_get, request, &session).error_code();
  }

  std::unique_ptr<v1::SessionService::Stub> stub_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
  grpc::Status status_;
};

template <typename Response>
class ServerStream : public LongCall {
 public:
  void Begin(const Channel& channel) override {
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
  virtual Reader Call(const Channel& channel) = 0;

  Reader reader_;
};

class SpikeStreamCall : public ServerStream<v1::SpikeBatch> {
  std::unique_ptr<grpc::ClientReader<v1::SpikeBatch>> Call(
      const Channel& channel) override {
    v1::StreamSpikesRequest request;
    request.set_session("sessions/demo");
    return v1::RecordingService::NewStub(channel)->StreamSpikes(&context,
                                                                request);
  }
};

class RateStreamCall : public ServerStream<v1::RateBatch> {
  std::unique_ptr<grpc::ClientReader<v1::RateBatch>> Call(
      const Channel& channel) override {
    v1::StreamRatesRequest request;
    request.set_session("sessions/demo");
    request.set_bin_steps(5);
    return v1::RecordingService::NewStub(channel)->StreamRates(&context,
                                                               request);
  }
};

class StateStreamCall : public ServerStream<v1::StateBatch> {
  std::unique_ptr<grpc::ClientReader<v1::StateBatch>> Call(
      const Channel& channel) override {
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
      const Channel& channel) override {
    v1::WatchSessionRequest request;
    request.set_name("sessions/demo");
    return v1::SessionService::NewStub(channel)->WatchSession(&context,
                                                              request);
  }
};

class SynapseStreamCall : public ServerStream<v1::SynapseBatch> {
  std::unique_ptr<grpc::ClientReader<v1::SynapseBatch>> Call(
      const Channel& channel) override {
    v1::ReadSynapsesRequest request;
    request.set_session("sessions/demo");
    request.set_projection("many");
    return v1::RecordingService::NewStub(channel)->ReadSynapses(&context,
                                                                request);
  }
};

class StimulusStreamCall : public LongCall {
 public:
  void Begin(const Channel& channel) override {
    stream_ = v1::StimulusService::NewStub(channel)->StreamStimuli(&context);
    v1::StreamStimuliRequest request;
    request.set_session("sessions/demo");
    v1::StreamStimuliResponse response;
    EXPECT_TRUE(stream_->Write(request));
    EXPECT_TRUE(stream_->Read(&response));
  }
  void Complete() override {
    v1::StreamStimuliRequest request;
    request.set_sequence(1);
    request.set_end_of_input(true);
    EXPECT_TRUE(stream_->Write(request));
  }
  void Err() override {
    v1::StreamStimuliRequest request;
    request.set_sequence(7);
    EXPECT_TRUE(stream_->Write(request));
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
  void Begin(const Channel& channel) override {
    stream_ = v1::UploadService::NewStub(channel)->UploadSynapses(&context);
    v1::UploadSynapsesRequest request;
    request.mutable_begin()->set_synapse_count(1);
    v1::UploadSynapsesResponse response;
    EXPECT_TRUE(stream_->Write(request));
    EXPECT_TRUE(stream_->Read(&response));
  }
  void Complete() override {
    v1::UploadSynapsesRequest chunk, commit;
    chunk.set_sequence(1);
    chunk.mutable_chunk()->add_source_indices(0);
    chunk.mutable_chunk()->add_target_indices(0);
    commit.set_sequence(2);
    commit.mutable_commit()->set_synapse_count(1);
    commit.mutable_commit()->set_crc32(0x6522df69);  // CRC of eight zero bytes
    EXPECT_TRUE(stream_->Write(chunk));
    EXPECT_TRUE(stream_->Write(commit));
  }
  void Err() override {
    v1::UploadSynapsesRequest request;
    request.set_sequence(7);
    EXPECT_TRUE(stream_->Write(request));
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

// A kind of call, with a valid and an invalid first message, serialized.
struct Kind {
  const char* name;
  const char* path;
  std::function<std::unique_ptr<LongCall>()> make;
  std::string first;
  std::string wrong;
  enum class Type { kUnary, kServerStream, kBidi } type;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

template <typename Request>
std::string Named(const char* session, Request request = {}) {
  if constexpr (requires { request.set_session(session); }) {
    request.set_session(session);
  } else {
    request.set_name(session);
  }
  return request.SerializeAsString();
}

template <typename Call, typename Request>
Kind MakeKind(const char* name, const char* path, Kind::Type type,
              const Request& request) {
  return {name,
          path,
          [] { return std::make_unique<Call>(); },
          Named("sessions/demo", request),
          Named("nonsense", request),
          type};
}

std::vector<Kind> Kinds() {
  using enum Kind::Type;
  v1::AdvanceSessionRequest advance;
  advance.set_step_count(5);
  v1::StreamStateRequest state;
  state.set_population("cells");
  state.add_variables("v_mv");
  v1::StreamRatesRequest rates;
  rates.set_bin_steps(5);
  v1::ReadSynapsesRequest synapses;
  synapses.set_projection("many");
  v1::CreateSessionRequest nothing;
  v1::UploadSynapsesRequest begin, chunk;
  begin.mutable_begin()->set_synapse_count(1);
  chunk.mutable_chunk();
  return {
      MakeKind<AdvanceCall>("Advance", "SessionService/AdvanceSession", kUnary,
                            advance),
      {"Create", "SessionService/CreateSession",
       [] { return std::make_unique<CreateCall>(); },
       CreateCall::Request(1).SerializeAsString(), nothing.SerializeAsString(),
       kUnary},
      MakeKind<SpikeStreamCall>("Spikes", "RecordingService/StreamSpikes",
                                kServerStream, v1::StreamSpikesRequest()),
      MakeKind<StateStreamCall>("State", "RecordingService/StreamState",
                                kServerStream, state),
      MakeKind<RateStreamCall>("Rates", "RecordingService/StreamRates",
                               kServerStream, rates),
      MakeKind<SynapseStreamCall>("Synapses", "RecordingService/ReadSynapses",
                                  kServerStream, synapses),
      MakeKind<WatchStreamCall>("Watch", "SessionService/WatchSession",
                                kServerStream, v1::WatchSessionRequest()),
      MakeKind<StimulusStreamCall>("Stimuli", "StimulusService/StreamStimuli",
                                   kBidi, v1::StreamStimuliRequest()),
      {"Uploads", "UploadService/UploadSynapses",
       [] { return std::make_unique<UploadStreamCall>(); },
       begin.SerializeAsString(), chunk.SerializeAsString(), kBidi}};
}

// A call in which the test decides what the client sends, and when.
class RawCall {
 public:
  RawCall(const Channel& channel, const Kind& kind) : stub_(channel) {
    call_ = stub_.PrepareCall(&context, absl::StrCat("/spiked.v1.", kind.path),
                              &queue_);
    call_->StartCall(nullptr);
    EXPECT_TRUE(Next());
  }
  ~RawCall() { queue_.Shutdown(); }

  void Write(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    call_->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    Next();
  }
  void HalfClose() {
    call_->WritesDone(nullptr);
    Next();
  }
  bool Read() {
    grpc::ByteBuffer answer;
    call_->Read(&answer, nullptr);
    return Next();
  }
  grpc::Status Finish() {
    while (Read()) {
    }
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Next();
    return status;
  }

  grpc::ClientContext context;

 private:
  bool Next() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

class StreamEndsTest : public RpcFixture,
                       public ::testing::WithParamInterface<Kind> {
 protected:
  bool is(const char* name) const {
    return GetParam().name == std::string(name);
  }
  bool unary() const { return GetParam().type == Kind::Type::kUnary; }
  // Whether the client streams, and must mark the end of its stream.
  bool sends() const { return GetParam().type == Kind::Type::kBidi; }

  void SetUp() override {
    NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
    spec.populations = {MakePopulation("cells", "izhikevich", 10)};
    spec.inputs = {MakeInput("cells", "uniform_noise_current",
                             {{"low", 0.0}, {"high", 20.0}})};
    if (is("Synapses")) {
      // A list with more bytes than connections hold.
      spec.populations[0].size = 1500;
      spec.projections = {
          MakeProjection("cells", "cells", AllToAll{}, 0.1, 1.0)};
      spec.projections[0].name = "many";
    }
    const bool runs = !unary() && !is("Synapses");
    Create("demo", ToNetworkProto(spec), runs ? v1::FREE_RUN : v1::LOCKSTEP);
    if (runs) {
      EXPECT_THAT(Start("sessions/demo"), IsOk());
    }
    session_ = *registry_.Find("demo");
    call_ = GetParam().make();
    if (!is("Create") && !is("Synapses")) {
      has_begun_ = [this] { return session_->status().step > 0; };
    }
  }

  void BeginCall() { BeginCall(channel_); }
  void BeginCall(const Channel& channel) {
    call_->Begin(channel);
    EXPECT_TRUE(Eventually(has_begun_));
  }

  // Checks that the server has freed the call, and the session once it is
  // deleted.
  void TearDown() override {
    EXPECT_TRUE(Eventually([&] { return OpenCalls() == 0; }));
    if (server_ == nullptr) return;
    Delete("sessions/demo");
    EXPECT_TRUE(Eventually([&] { return session_.use_count() == 1; }));
    // A session whose client went away is gone, too.
    if (is("Create")) {
      Delete("sessions/other");
      EXPECT_TRUE(Eventually([&] { return registry_.session_count() == 0; }));
      EXPECT_EQ(registry_.memory_bytes(), 0);
    }
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
  std::function<bool()> has_begun_ = [] { return true; };
};

// Streams end with their session; CreateSession and ReadSynapses end by
// themselves.
TEST_P(StreamEndsTest, InTheEnd) {
  BeginCall();
  call_->Complete();
  if (GetParam().type == Kind::Type::kServerStream) {
    EXPECT_THAT(Delete("sessions/demo"), IsOk());
  }
  EXPECT_THAT(call_->Finish(), IsOk());
}

TEST_P(StreamEndsTest, ByCancellation) {
  BeginCall();
  call_->context.TryCancel();
  EXPECT_THAT(call_->Finish(), HasCode(CANCELLED));
}

TEST_P(StreamEndsTest, ByDeadline) {
  // The deadline is too short for building the network, and long enough for
  // reading the first synapses.
  const int slow_ms = kSanitized && is("Synapses") ? 10'000 : 1000;
  const std::chrono::milliseconds time(is("Create") ? 100 : slow_ms);
  call_->context.set_deadline(std::chrono::system_clock::now() + time);
  BeginCall();
  if (is("Synapses")) {
    // The client has stopped reading.
    EXPECT_TRUE(Eventually([&] { return OpenCalls() == 0; }));
  }
  // An advance stops before the deadline and succeeds.
  EXPECT_THAT(call_->Finish(), HasCode(is("Advance") ? OK : DEADLINE_EXCEEDED));
}

TEST_P(StreamEndsTest, ByLossOfTheConnection) {
  TcpRelay relay(server_->port());
  BeginCall(
      grpc::CreateChannel(relay.address(), grpc::InsecureChannelCredentials()));
  relay.Cut();
  EXPECT_THAT(call_->Finish(), HasCode(UNAVAILABLE));
}

// A client's stream without the mark of its end may have lost messages.
TEST_P(StreamEndsTest, ByHalfClose) {
  RawCall call(channel_, GetParam());
  if (sends()) {
    call.Write(GetParam().first);
    EXPECT_TRUE(call.Read());
  }
  call.HalfClose();
  // A call that needs a request fails without one.
  const grpc::Status status = call.Finish();
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.error_code() == DATA_LOSS, sends());
}

// A call with its request is answered even if the client keeps its side open.
TEST_P(StreamEndsTest, NotByTheLackOfAHalfClose) {
  RawCall call(channel_, GetParam());
  call.Write(GetParam().first);
  EXPECT_TRUE(call.Read());
  if (!unary()) call.context.TryCancel();
  EXPECT_THAT(call.Finish(), HasCode(unary() ? OK : CANCELLED));
}

TEST_P(StreamEndsTest, ByAWrongRequest) {
  RawCall call(channel_, GetParam());
  call.Write(GetParam().wrong);
  EXPECT_THAT(call.Finish(), HasCode(INVALID_ARGUMENT));
}

TEST_P(StreamEndsTest, ByBytesThatAreNoRequest) {
  RawCall call(channel_, GetParam());
  call.Write("\xff\xff\xff");
  // Mostly gRPC's own status; streams of the client get that of a missing end.
  EXPECT_THAT(call.Finish(), HasCode(sends()        ? DATA_LOSS
                                     : is("Spikes") ? INVALID_ARGUMENT
                                                    : UNIMPLEMENTED));
}

TEST_P(StreamEndsTest, ByAGapInTheSequence) {
  if (!sends()) return;  // one message
  BeginCall();
  call_->Err();
  EXPECT_THAT(call_->Finish(), HasCode(INVALID_ARGUMENT));
}

// Injected stimuli make numbers grow until they are not finite.
TEST_P(StreamEndsTest, ByFailureOfTheSession) {
  if (!is("Advance")) return;  // others stay open and report it
  BeginCall();
  v1::InjectStimulusRequest request;
  request.set_session("sessions/demo");
  v1::Stimulus* stimulus = request.add_stimuli();
  stimulus->set_population("cells");
  stimulus->mutable_current()->add_amplitudes(1e38);
  stimulus->mutable_current()->set_duration_ms(1000);
  v1::InjectStimulusResponse response;
  EXPECT_THAT(Call(*stimuli_, &v1::StimulusService::Stub::InjectStimulus,
                   request, &response),
              IsOk());
  EXPECT_THAT(call_->Finish(), HasCode(FAILED_PRECONDITION));
}

TEST_P(StreamEndsTest, ByDeletionOfTheSession) {
  BeginCall();
  EXPECT_THAT(Delete(is("Create") ? "sessions/other" : "sessions/demo"),
              IsOk());
  // An upload belongs to no session.
  if (is("Uploads")) call_->HalfClose();
  EXPECT_THAT(call_->Finish(), HasCode(is("Stimuli")   ? NOT_FOUND
                                       : is("Uploads") ? DATA_LOSS
                                       : is("Create")  ? CANCELLED
                                                       : OK));
}

TEST_P(StreamEndsTest, NotByAReset) {
  BeginCall();
  EXPECT_THAT(Reset("sessions/demo"), IsOk());
  if (!is("Advance")) call_->context.TryCancel();
  // A reset ends an advance, which answers with OK; other calls stay open.
  EXPECT_THAT(call_->Finish(), HasCode(is("Advance") ? OK : CANCELLED));
}

TEST_P(StreamEndsTest, ByDraining) {
  BeginCall();
  server_->SetDraining();
  registry_.PauseAll();
  const bool says_so = sends() || is("Watch");
  EXPECT_THAT(call_->Finish(), HasCode(says_so ? UNAVAILABLE : OK));
}

TEST_P(StreamEndsTest, ByShutdown) {
  BeginCall();
  StopServer();
  // The network may be built within the grace period.
  EXPECT_TRUE(!call_->Finish().ok() || is("Create"));
}

// Many calls that end at random moments while others begin.
TEST_P(StreamEndsTest, UnderChurn) {
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([this] {
      const auto channel = Connect();
      for (int i = 0; i < (kSanitized ? 3 : 10); ++i) {
        const auto call = GetParam().make();
        call->Begin(channel);
        call->context.TryCancel();
        EXPECT_FALSE(call->Finish().ok());
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

INSTANTIATE_TEST_SUITE_P(All, StreamEndsTest, ::testing::ValuesIn(Kinds()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace spiked::testing
