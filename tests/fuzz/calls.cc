// SPDX-License-Identifier: Apache-2.0

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "server/base/clock.h"
#include "server/rpc/rpc_server.h"
#include "server/session/scheduler.h"
#include "server/session/session_registry.h"
#include "spiked/v1/change.pb.h"
#include "spiked/v1/model.pb.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/server.pb.h"
#include "spiked/v1/session.pb.h"
#include "spiked/v1/stimulus.pb.h"
#include "spiked/v1/upload.pb.h"
#include "tests/fuzz/example.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

// Of a call: one that goes on is cancelled then.
constexpr std::chrono::milliseconds kDeadline{20};
constexpr char kSession[] = "demo";

struct Method {
  std::string path;
  bool client_streaming;
};

// All methods of the contract, in the order of their names.
std::vector<Method> AllMethods() {
  std::vector<Method> methods;
  for (const google::protobuf::FileDescriptor* file :
       {v1::ListModelsRequest::descriptor()->file(),
        v1::StreamSpikesRequest::descriptor()->file(),
        v1::GetServerInfoRequest::descriptor()->file(),
        v1::CreateSessionRequest::descriptor()->file(),
        v1::InjectStimulusRequest::descriptor()->file(),
        v1::ChangeNetworkRequest::descriptor()->file(),
        v1::UploadSynapsesRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        methods.push_back({absl::StrCat("/", file->service(s)->full_name(), "/",
                                        method->name()),
                           method->client_streaming()});
      }
    }
  }
  return methods;
}

// A server with one session, and a connection to it; lives as long as the
// process.
class Server {
 public:
  Server() {
    auto rpc =
        RpcServer::Start({.listen_address = "127.0.0.1:0"},
                         {.version = "1", .boot_id = "1", .worker_count = 1},
                         {.registry = &registry_,
                          .statistics = &statistics_,
                          .call_statistics = &calls_,
                          .clock = &clock_});
    FUZZ_CHECK(rpc.ok());
    rpc_ = *std::move(rpc);
    stub_ = std::make_unique<grpc::GenericStub>(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", rpc_->port()),
                            grpc::InsecureChannelCredentials()));
  }

  // The session is there, and is the only one.
  void Restore() {
    for (const auto& session : registry_.List("", SIZE_MAX)) {
      if (session->id() == kSession) continue;
      Wait([&](Done done) { registry_.Delete(session->id(), done); });
    }
    const auto session = registry_.Find(kSession);
    if (session.ok()) {
      Wait([&](Done done) { (*session)->Post(PauseCommand{}, done); });
      return;
    }
    std::promise<bool> created;
    registry_.Create(kSession, ExampleNetwork(), {},
                     [&](const SessionRegistry::Creation& creation) {
                       created.set_value(creation.status.ok());
                     });
    FUZZ_CHECK(created.get_future().get());
  }

  // Sends messages as they are, reads an answer, if one comes in time, and ends
  // the call.
  grpc::Status Call(const Method& method,
                    const std::vector<absl::string_view>& messages) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    grpc::CompletionQueue queue;
    const auto call = stub_->PrepareCall(&context, method.path, &queue);
    call->StartCall(nullptr);
    bool ok = Next(&queue);
    for (const absl::string_view message : messages) {
      if (!ok) break;
      const grpc::Slice slice(message.data(), message.size());
      call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
      ok = Next(&queue);
    }
    if (ok) {
      call->WritesDone(nullptr);
      Next(&queue);
    }
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    if (Next(&queue)) {
      // A stream would go on; a call has ended.
      context.TryCancel();
      do {
        call->Read(&answer, nullptr);
      } while (Next(&queue));
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    Next(&queue);
    queue.Shutdown();
    return status;
  }

 private:
  static bool Next(grpc::CompletionQueue* queue) {
    void* tag = nullptr;
    bool ok = false;
    FUZZ_CHECK(queue->Next(&tag, &ok));
    return ok;
  }

  template <typename Begin>
  static void Wait(Begin begin) {
    auto ended = std::make_shared<std::promise<void>>();
    begin([ended](const Outcome&) { ended->set_value(); });
    ended->get_future().wait();
  }

  SteadyClock clock_;
  Statistics statistics_;
  CallStatistics calls_;
  Scheduler scheduler_{1, &clock_, &statistics_};
  SessionRegistry registry_{
      SessionLimits{.max_sessions = 10, .memory_bytes = 20'000'000}, &clock_,
      &scheduler_, &statistics_};
  std::unique_ptr<RpcServer> rpc_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

// In a stream, a byte before each message is its length.
std::vector<absl::string_view> Split(absl::string_view bytes) {
  std::vector<absl::string_view> messages;
  while (!bytes.empty()) {
    const size_t length =
        std::min<size_t>(static_cast<uint8_t>(bytes[0]), bytes.size() - 1);
    messages.push_back(bytes.substr(1, length));
    bytes.remove_prefix(1 + length);
  }
  return messages;
}

}  // namespace

void FuzzCalls(absl::string_view bytes) {
  static const auto* const methods = new std::vector<Method>(AllMethods());
  static auto* const server = new Server;
  if (bytes.empty()) return;
  const Method& method =
      (*methods)[static_cast<uint8_t>(bytes[0]) % methods->size()];
  bytes.remove_prefix(1);
  server->Restore();
  server->Call(method, method.client_streaming
                           ? Split(bytes)
                           : std::vector<absl::string_view>{bytes});
  // Whatever that was, the next one is served; on a busy machine too late.
  const grpc::Status status =
      server->Call({"/spiked.v1.ServerService/GetServerInfo", false}, {""});
  FUZZ_CHECK(status.ok() ||
             status.error_code() == grpc::StatusCode::CANCELLED ||
             status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
}

}  // namespace spiked::fuzz
