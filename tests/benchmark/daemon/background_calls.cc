// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/background_calls.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/benchmark/daemon/daemon_client.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {
namespace {

// Between two calls whose times are measured.
constexpr std::chrono::milliseconds kPause{3};

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

RawCall MakeCall(const std::string& method,
                 const google::protobuf::Message& request,
                 grpc::StatusCode expected) {
  return {absl::StrCat("/spiked.v1.", method), request.SerializeAsString(),
          expected};
}

RawCall HealthCall() { return {"/grpc.health.v1.Health/Check", ""}; }

struct CallLoops::Client {
  Client(const std::shared_ptr<grpc::Channel>& channel, Loop of)
      : stub(channel), loop(std::move(of)) {}

  const RawCall& call() const { return loop[next % loop.size()]; }

  void Start(grpc::CompletionQueue* queue) {
    reader.reset();  // lies in the memory of the call, as the context does
    context = std::make_unique<grpc::ClientContext>();
    reader = stub.PrepareUnaryCall(context.get(), call().method,
                                   ToBuffer(call().request), queue);
    reader->StartCall();
    reader->Finish(&response, &status, this);
  }

  grpc::GenericStub stub;
  const Loop loop;
  size_t next = 0;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer response;
  grpc::Status status;
};

CallLoops::CallLoops(const std::string& address, const std::string& token,
                     const std::vector<Loop>& loops) {
  std::shared_ptr<grpc::Channel> channel;
  for (const Loop& loop : loops) {
    if (clients_.size() % kLoopsPerConnection == 0) {
      channel = Connect(address, token);
    }
    clients_.push_back(std::make_unique<Client>(channel, loop));
  }
  thread_ = std::thread([this] { Run(); });
}

CallLoops::~CallLoops() {
  stopped_ = true;
  thread_.join();
}

void CallLoops::Run() {
  for (const auto& client : clients_) client->Start(&queue_);
  size_t running = clients_.size();
  void* tag = nullptr;
  bool ok = false;
  while (running > 0 && queue_.Next(&tag, &ok)) {
    auto* const client = static_cast<Client*>(tag);
    ++answered_;
    if (client->status.error_code() != client->call().expected) ++unexpected_;
    ++client->next;
    // A loop that has begun is finished: it may delete what it created.
    if (stopped_ && client->next % client->loop.size() == 0) {
      --running;
    } else {
      client->Start(&queue_);
    }
  }
  queue_.Shutdown();
  while (queue_.Next(&tag, &ok)) {
  }
}

TimedCalls::TimedCalls(const std::string& address, const std::string& token,
                       RawCall call)
    : call_(std::move(call)),
      stub_(Connect(address, token)),
      thread_([this] { Run(); }) {}

TimedCalls::~TimedCalls() {
  stopped_ = true;
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<std::vector<double>> TimedCalls::Stop() {
  stopped_ = true;
  thread_.join();
  if (!error_.empty()) return absl::UnavailableError(error_);
  std::sort(times_ms_.begin(), times_ms_.end());
  return std::move(times_ms_);
}

void TimedCalls::Run() {
  grpc::CompletionQueue queue;
  // The first call makes the connection.
  for (bool is_first = true; !stopped_; is_first = false) {
    grpc::ClientContext context;
    const double begin = Now();
    const auto reader = stub_.PrepareUnaryCall(&context, call_.method,
                                               ToBuffer(call_.request), &queue);
    grpc::ByteBuffer response;
    grpc::Status status;
    reader->StartCall();
    reader->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    if (status.error_code() != call_.expected) {
      error_ = absl::StrCat(call_.method, ": ", status.error_message());
      break;
    }
    if (!is_first) times_ms_.push_back((Now() - begin) * 1000);
    std::this_thread::sleep_for(kPause);
  }
  queue.Shutdown();
}

}  // namespace spiked::benchmark
