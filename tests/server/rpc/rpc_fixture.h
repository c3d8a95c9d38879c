// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SERVER_RPC_RPC_FIXTURE_H_
#define SPIKED_TESTS_SERVER_RPC_RPC_FIXTURE_H_

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/rpc/rpc_server.h"
#include "spiked/v1/error_details.pb.h"
#include "spiked/v1/model.grpc.pb.h"
#include "spiked/v1/recording.grpc.pb.h"
#include "spiked/v1/server.grpc.pb.h"
#include "spiked/v1/session.grpc.pb.h"
#include "spiked/v1/stimulus.grpc.pb.h"
#include "tests/server/rpc/network_proto.h"
#include "tests/support/network_builder.h"

namespace spiked::testing {

// Matches a grpc::Status by its code.
MATCHER_P(HasCode, code,
          absl::StrCat("has the code ", static_cast<int>(code))) {
  *result_listener << "which says: " << arg.error_message();
  return arg.error_code() == code;
}
inline auto IsOk() { return HasCode(grpc::StatusCode::OK); }

inline constexpr char kBootId[] = "0123456789abcdef0123456789abcdef";

// What a call has beside its request.
using Metadata = std::vector<std::pair<std::string, std::string>>;

// A population "source" whose neurons all spike in every step.
inline v1::Network MakeBusyNetwork(int neurons) {
  NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
  spec.populations = {MakePopulation("source", "spike_source", neurons)};
  spec.inputs = {MakeInput("source", "uniform_noise_current",
                           {{"low", 1.0}, {"high", 2.0}})};
  return ToNetworkProto(spec);
}

// Populations "a" and "b" of ten neurons, which spike at random.
inline v1::Network MakeRandomNetwork() {
  NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
  for (const char* name : {"a", "b"}) {
    spec.populations.push_back(MakePopulation(name, "spike_source", 10));
    spec.inputs.push_back(MakeInput(name, "uniform_noise_current",
                                    {{"low", 0.0}, {"high", 1.25}}));
  }
  return ToNetworkProto(spec);
}

// A population "cells" of Izhikevich neurons that nothing drives.
inline v1::Network MakeQuietNetwork(int neurons = 3) {
  NetworkSpec spec = MakeNetwork(1, Precision::kFloat64);
  spec.populations = {MakePopulation("cells", "izhikevich", neurons)};
  return ToNetworkProto(spec);
}

// The clock of the machine, which a test can put forward.
class SkippingClock : public SteadyClock {
 public:
  int64_t NowNanos() const override {
    return SteadyClock::NowNanos() + skipped_nanos_;
  }
  void WaitUntil(CondVar* condition, Mutex* mutex, int64_t nanos) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    SteadyClock::WaitUntil(condition, mutex, nanos - skipped_nanos_);
  }
  void WaitUntil(Wakeup* wakeup, int64_t nanos) override {
    SteadyClock::WaitUntil(wakeup, nanos - skipped_nanos_);
  }
  // Threads that already wait are not woken.
  void SkipSeconds(int64_t seconds) {
    skipped_nanos_ += seconds * 1'000'000'000;
  }

 private:
  std::atomic<int64_t> skipped_nanos_{0};
};

// A server with all its parts, and clients on a real connection.
class RpcFixture : public ::testing::Test {
 protected:
  // Settings for tests of tenants.
  struct Settings {
    const TokenStore* tokens = nullptr;
    std::function<void()> drain = nullptr;
    std::vector<std::string> more_addresses = {};
    RpcServer::ConnectionTimes times = {};
  };
  RpcFixture() : RpcFixture(Settings()) {}
  explicit RpcFixture(Settings settings) : settings_(std::move(settings)) {
    StartServer();
  }

  // Checks that the server stops soon and that every call has ended once.
  ~RpcFixture() override {
    if (server_ != nullptr) StopServer();
    for (const StreamStatistics& stream : statistics_.streams) {
      EXPECT_EQ(stream.open.Get(), 0);
    }
    for (const MethodStatistics& method : calls_.methods()) {
      int64_t handled = 0;
      for (const Counter& counter : method.handled) handled += counter.Get();
      EXPECT_EQ(handled, method.started.Get()) << method.method;
    }
    scheduler_.Stop();
  }

  void StartServer() {
    auto server = RpcServer::Start(
        {.listen_address = "127.0.0.1:0",
         .more_addresses = settings_.more_addresses,
         .times = settings_.times},
        {.version = "1.2.3", .boot_id = kBootId, .worker_count = 2},
        {.registry = &registry_,
         .builder = &builder_,
         .editor = &editor_,
         .statistics = &statistics_,
         .call_statistics = &calls_,
         .clock = &clock_,
         .tokens = settings_.tokens,
         .drain = settings_.drain});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = Connect();
    sessions_ = v1::SessionService::NewStub(channel_);
    models_ = v1::ModelService::NewStub(channel_);
    stimuli_ = v1::StimulusService::NewStub(channel_);
    recordings_ = v1::RecordingService::NewStub(channel_);
    servers_ = v1::ServerService::NewStub(channel_);
  }

  void StopServer() {
    const auto begin = std::chrono::steady_clock::now();
    server_->Shutdown(std::chrono::milliseconds(500));
    EXPECT_LT(std::chrono::steady_clock::now() - begin,
              std::chrono::seconds(5));
    server_ = nullptr;
  }

  std::string Address() const {
    return absl::StrCat("127.0.0.1:", server_->port());
  }

  // Makes a new connection.
  std::shared_ptr<grpc::Channel> Connect() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    return grpc::CreateCustomChannel(
        Address(), grpc::InsecureChannelCredentials(), arguments);
  }

  // Calls a method of a stub with a deadline that a test never reaches.
  template <typename Stub, typename Request, typename Response>
  static grpc::Status Call(Stub& stub,
                           grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                        const Request&,
                                                        Response*),
                           const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    return (stub.*method)(&context, request, response);
  }
  // Calls any method with one message and waits for its end; ignores the first
  // answer.
  grpc::Status CallRaw(const std::string& path, const std::string& request,
                       const Metadata& metadata = {}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    grpc::CompletionQueue queue;
    const auto wait = [&queue] {
      void* tag;
      bool ok = false;
      queue.Next(&tag, &ok);
      return ok;
    };
    auto call = grpc::GenericStub(channel_).PrepareCall(&context, path, &queue);
    call->StartCall(nullptr);
    wait();
    grpc::Slice slice(request);
    call->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
    wait();
    grpc::ByteBuffer response;
    call->Read(&response, nullptr);
    if (wait()) context.TryCancel();  // a stream that has begun
    grpc::Status status;
    call->Finish(&status, nullptr);
    wait();
    return status;
  }
  using SessionStub = v1::SessionService::Stub;

  grpc::Status Create(const v1::CreateSessionRequest& request,
                      v1::Session* session) {
    return Call(*sessions_, &SessionStub::CreateSession, request, session);
  }
  v1::Session Create(const std::string& id, const v1::Network& network,
                     v1::Pacing pacing = v1::LOCKSTEP) {
    v1::CreateSessionRequest request;
    request.set_session_id(id);
    *request.mutable_network() = network;
    request.set_pacing(pacing);
    v1::Session session;
    EXPECT_THAT(Create(request, &session), IsOk());
    return session;
  }

  grpc::Status Get(const std::string& name, v1::Session* session) {
    v1::GetSessionRequest request;
    request.set_name(name);
    return Call(*sessions_, &SessionStub::GetSession, request, session);
  }
  v1::Session Get(const std::string& name) {
    v1::Session session;
    EXPECT_THAT(Get(name, &session), IsOk());
    return session;
  }

  grpc::Status Start(const std::string& name, int64_t stop_step = 0,
                     v1::Session* session = nullptr) {
    v1::StartSessionRequest request;
    request.set_name(name);
    request.set_stop_step(stop_step);
    v1::Session unused;
    return Call(*sessions_, &SessionStub::StartSession, request,
                session == nullptr ? &unused : session);
  }
  grpc::Status Pause(const std::string& name, v1::Session* session = nullptr) {
    v1::PauseSessionRequest request;
    request.set_name(name);
    v1::Session unused;
    return Call(*sessions_, &SessionStub::PauseSession, request,
                session == nullptr ? &unused : session);
  }
  grpc::Status Reset(const std::string& name, v1::Session* session = nullptr) {
    v1::ResetSessionRequest request;
    request.set_name(name);
    v1::Session unused;
    return Call(*sessions_, &SessionStub::ResetSession, request,
                session == nullptr ? &unused : session);
  }
  grpc::Status Delete(const std::string& name) {
    v1::DeleteSessionRequest request;
    request.set_name(name);
    v1::DeleteSessionResponse response;
    return Call(*sessions_, &SessionStub::DeleteSession, request, &response);
  }
  grpc::Status Advance(const v1::AdvanceSessionRequest& request,
                       v1::AdvanceSessionResponse* response) {
    return Call(*sessions_, &SessionStub::AdvanceSession, request, response);
  }
  v1::AdvanceSessionResponse Advance(const std::string& name,
                                     int64_t step_count,
                                     bool return_spikes = false) {
    v1::AdvanceSessionRequest request;
    request.set_name(name);
    request.set_step_count(step_count);
    request.set_return_spikes(return_spikes);
    v1::AdvanceSessionResponse response;
    EXPECT_THAT(Advance(request, &response), IsOk());
    return response;
  }

  // Makes a spike for one neuron of a population, as soon as possible.
  static v1::Stimulus MakeSpike(const std::string& population, int neuron = 0) {
    v1::Stimulus stimulus;
    stimulus.set_population(population);
    stimulus.add_neuron_indices(neuron);
    stimulus.mutable_spikes();
    return stimulus;
  }

  // Waits until a predicate is true, up to 20 s; returns whether it is.
  static bool Eventually(const std::function<bool()>& predicate) {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!predicate()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static v1::ErrorInfo ErrorInfoOf(const grpc::Status& status) {
    v1::Status details;
    v1::ErrorInfo info;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    if (details.details_size() > 0) {
      EXPECT_TRUE(info.ParseFromString(details.details(0).value()));
    }
    return info;
  }

  int64_t OpenStreams(StreamKind kind) {
    return statistics_.stream(kind).open.Get();
  }
  int64_t Handled(const std::string& path, grpc::StatusCode code) {
    return calls_.Find(path)->handled[code].Get();
  }

  const Settings settings_;
  SkippingClock clock_;
  Statistics statistics_;
  CallStatistics calls_;
  Scheduler scheduler_{2, &clock_, &statistics_};
  SessionRegistry registry_{SessionLimits{.max_sessions = 20,
                                          .history_bytes = 4 << 20,
                                          .max_session_threads = 3},
                            &clock_, &scheduler_, &statistics_};
  SessionBuilder builder_{&registry_};
  SessionEditor editor_{&registry_, &builder_};
  std::unique_ptr<RpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::SessionService::Stub> sessions_;
  std::unique_ptr<v1::ModelService::Stub> models_;
  std::unique_ptr<v1::StimulusService::Stub> stimuli_;
  std::unique_ptr<v1::RecordingService::Stub> recordings_;
  std::unique_ptr<v1::ServerService::Stub> servers_;
};

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SERVER_RPC_RPC_FIXTURE_H_
