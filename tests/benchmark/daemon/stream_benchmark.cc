// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/stream_benchmark.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "spiked/v1/recording.grpc.pb.h"
#include "spiked/v1/session.grpc.pb.h"
#include "tests/benchmark/daemon/daemon_process.h"

namespace spiked::benchmark {
namespace {

constexpr double kWallS = 1;  // of each run
constexpr char kSession[] = "sessions/stream";

absl::Status ToStatus(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

// Neurons that spike at random, without synapses.
v1::Network MakePoissonNetwork(int64_t neurons, double rate_hz) {
  v1::Network network;
  network.set_dt_ms(1);
  network.set_seed(1);
  auto* population = network.add_populations();
  population->set_name("source");
  population->set_model("poisson_source");
  population->set_size(neurons);
  (*population->mutable_parameters())["rate_hz"].set_constant(rate_hz);
  return network;
}

// A session at full pace on a connection of its own. Deletes it at the end of
// its life.
class Session {
 public:
  explicit Session(const std::string& address)
      : stub_(v1::SessionService::NewStub(Connect(address))) {}
  ~Session() {
    grpc::ClientContext context;
    v1::DeleteSessionRequest request;
    request.set_name(kSession);
    v1::DeleteSessionResponse response;
    stub_->DeleteSession(&context, request, &response);
  }

  absl::Status Create(const v1::Network& network) {
    grpc::ClientContext context;
    v1::CreateSessionRequest request;
    request.set_session_id("stream");
    *request.mutable_network() = network;
    request.set_pacing(v1::FREE_RUN);
    v1::Session response;
    return ToStatus(stub_->CreateSession(&context, request, &response));
  }
  absl::Status Start(int64_t stop_step = 0) {
    grpc::ClientContext context;
    v1::StartSessionRequest request;
    request.set_name(kSession);
    request.set_stop_step(stop_step);
    v1::Session response;
    return ToStatus(stub_->StartSession(&context, request, &response));
  }
  absl::Status Pause() {
    grpc::ClientContext context;
    v1::PauseSessionRequest request;
    request.set_name(kSession);
    v1::Session response;
    return ToStatus(stub_->PauseSession(&context, request, &response));
  }

 private:
  std::unique_ptr<v1::SessionService::Stub> stub_;
};

// A server that sends one message again and again.
class BareService
    : public v1::RecordingService::WithRawCallbackMethod_StreamSpikes<
          v1::RecordingService::Service> {
 public:
  explicit BareService(grpc::ByteBuffer message)
      : message_(std::move(message)) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* StreamSpikes(
      grpc::CallbackServerContext*, const grpc::ByteBuffer*) override {
    class Writer : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
     public:
      explicit Writer(const grpc::ByteBuffer* message) : message_(message) {
        StartWrite(message_);
      }
      void OnWriteDone(bool ok) override {
        if (!ok) return Finish(grpc::Status::CANCELLED);
        StartWrite(message_);
      }
      void OnDone() override { delete this; }

     private:
      const grpc::ByteBuffer* message_;
    };
    return new Writer(&message_);
  }

 private:
  const grpc::ByteBuffer message_;
};

// A client that reads a stream on a thread of its own.
class Client {
 public:
  Client(const std::string& address, v1::SpikeEncoding encoding,
         v1::SlowConsumerPolicy policy)
      : stub_(v1::RecordingService::NewStub(Connect(address))) {
    v1::StreamSpikesRequest request;
    request.set_session(kSession);
    request.set_encoding(encoding);
    request.set_slow_consumer_policy(policy);
    reader_ = stub_->StreamSpikes(&context_, request);
    v1::SpikeBatch first;
    is_open_ = reader_->Read(&first);
    thread_ = std::thread([this] { Read(); });
  }
  ~Client() { Stop(); }

  void Stop() {
    if (!thread_.joinable()) return;
    context_.TryCancel();
    thread_.join();
    reader_->Finish();
  }

  bool is_open() const { return is_open_; }
  int64_t spikes() const { return spikes_; }
  int64_t bytes() const { return bytes_; }
  int64_t end_step() const { return end_step_; }
  bool is_complete() const { return is_complete_; }

  // The message with the most spikes. Requires: stopped.
  const v1::SpikeBatch& largest() const { return largest_; }

 private:
  void Read() {
    v1::SpikeBatch batch;
    int64_t most = 0;
    while (reader_->Read(&batch)) {
      int64_t spikes = 0;
      for (const int32_t count : batch.spike_counts()) spikes += count;
      if (batch.dropped_spike_count() > 0) is_complete_ = false;
      spikes_ += spikes;
      bytes_ += static_cast<int64_t>(batch.ByteSizeLong());
      end_step_ = batch.end_step();
      if (spikes > most) {
        most = spikes;
        largest_ = batch;
      }
    }
  }

  grpc::ClientContext context_;
  std::unique_ptr<v1::RecordingService::Stub> stub_;
  std::unique_ptr<grpc::ClientReader<v1::SpikeBatch>> reader_;
  bool is_open_ = false;
  std::atomic<int64_t> spikes_{0};
  std::atomic<int64_t> bytes_{0};
  std::atomic<int64_t> end_step_{0};
  std::atomic<bool> is_complete_{true};
  v1::SpikeBatch largest_;
  std::thread thread_;
};

struct Throughput {
  double spikes_per_s = 0;  // to the slowest client
  v1::SpikeBatch message;   // the largest message received
};

// Measures what `count` clients receive between calls of `begin` and `end`.
absl::StatusOr<Throughput> Measure(const std::string& address, int count,
                                   v1::SpikeEncoding encoding,
                                   const std::function<absl::Status()>& begin,
                                   const std::function<absl::Status()>& end) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<Client>(address, encoding, v1::BLOCK));
    if (!clients.back()->is_open()) {
      return absl::UnavailableError("a stream was refused");
    }
  }
  if (auto status = begin(); !status.ok()) return status;
  // Wait until all streams flow.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  std::vector<int64_t> before;
  const double begin_s = Now();
  for (const auto& client : clients) before.push_back(client->spikes());
  std::this_thread::sleep_for(std::chrono::duration<double>(kWallS));
  const double wall_s = Now() - begin_s;
  Throughput result;
  for (int i = 0; i < count; ++i) {
    const double speed =
        static_cast<double>(clients[i]->spikes() - before[i]) / wall_s;
    result.spikes_per_s = i == 0 ? speed : std::min(result.spikes_per_s, speed);
    if (!clients[i]->is_complete()) {
      return absl::DataLossError("spikes were lost");
    }
  }
  if (auto status = end(); !status.ok()) return status;
  for (const auto& client : clients) client->Stop();
  result.message = clients.front()->largest();
  return result;
}

absl::Status RunClients(const std::string& daemon, int count,
                        v1::SpikeEncoding encoding, double bar,
                        const RunOptions& options,
                        std::vector<Measurement>* results) {
  Session session(daemon);
  // 50,000 neurons at 200 Hz: 10,000 spikes a step of 1 ms.
  if (auto status = session.Create(MakePoissonNetwork(50'000, 200));
      !status.ok()) {
    return status;
  }
  Measurement m;
  m.benchmark = absl::StrCat(
      "stream_", count, encoding == v1::FIXED32_BYTES ? "_fixed32" : "_delta");
  m.unit = "M spikes/s to each";
  m.bar = Bar{bar, /*at_least=*/true};
  m.neurons = 50'000;
  for (int run = 0; run < options.runs; ++run) {
    const auto ours = Measure(
        daemon, count, encoding, [&] { return session.Start(); },
        [&] { return session.Pause(); });
    if (!ours.ok()) return ours.status();
    m.figure.runs.push_back(ours->spikes_per_s / 1e6);
    if (!options.bare) continue;

    // The bare server, with the largest message of the session.
    std::string bytes = ours->message.SerializeAsString();
    const grpc::Slice slice(bytes);
    BareService service(grpc::ByteBuffer(&slice, 1));
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&service);
    const auto server = builder.BuildAndStart();
    const auto nothing = [] { return absl::OkStatus(); };
    const auto bare = Measure(absl::StrCat("127.0.0.1:", port), count, encoding,
                              nothing, nothing);
    server->Shutdown(std::chrono::system_clock::now());
    if (!bare.ok()) return bare.status();
    m.bare.runs.push_back(bare->spikes_per_s / 1e6);
  }
  Print(m, std::cout);
  results->push_back(m);
  return absl::OkStatus();
}

}  // namespace

absl::Status RunStreamThroughput(const RunOptions& options,
                                 std::vector<Measurement>* results) {
  const auto daemon = DaemonProcess::Start(options.daemon_path);
  if (!daemon.ok()) return daemon.status();
  for (const auto encoding : {v1::DELTA_VARINT, v1::FIXED32_BYTES}) {
    for (const auto& [count, bar] : {std::pair{1, 50.0}, {10, 5.0}}) {
      const absl::Status status = RunClients((*daemon)->address(), count,
                                             encoding, bar, options, results);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::Status RunStreamBytes(const RunOptions& options,
                            std::vector<Measurement>* results) {
  const auto daemon = DaemonProcess::Start(options.daemon_path);
  if (!daemon.ok()) return daemon.status();
  Session session((*daemon)->address());
  constexpr int64_t kNeurons = 100'000;
  constexpr int64_t kSteps = 1000;
  if (auto status = session.Create(MakePoissonNetwork(kNeurons, 10));
      !status.ok()) {
    return status;
  }
  Client client((*daemon)->address(), v1::DELTA_VARINT, v1::BLOCK);
  if (auto status = session.Start(kSteps); !status.ok()) return status;
  while (client.end_step() < kSteps) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  Measurement m;
  m.benchmark = "stream_bytes";
  m.unit = "bytes/spike";
  m.bar = Bar{2};
  m.neurons = kNeurons;
  m.model_s = 1;
  m.spikes = client.spikes();
  m.figure.runs = {static_cast<double>(client.bytes()) /
                   static_cast<double>(client.spikes())};
  Print(m, std::cout);
  results->push_back(m);
  return absl::OkStatus();
}

}  // namespace spiked::benchmark
