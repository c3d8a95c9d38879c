// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/fuzz_server.h"

#include <chrono>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/session/session_key.h"
#include "tests/fuzz/example.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

// The deadline of a call, which cancels calls that don't end.
constexpr std::chrono::milliseconds kDeadline{20};
constexpr char kSession[] = "demo";

bool Next(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  FUZZ_CHECK(queue->Next(&tag, &ok));
  return ok;
}

template <typename Begin>
void Wait(Begin begin) {
  auto ended = std::make_shared<std::promise<void>>();
  begin([ended](const Outcome&) { ended->set_value(); });
  ended->get_future().wait();
}

}  // namespace

FuzzServer::FuzzServer(const TokenStore* tokens) {
  auto rpc =
      RpcServer::Start({.listen_address = "127.0.0.1:0"},
                       {.version = "1", .boot_id = "1", .worker_count = 1},
                       {.registry = &registry_,
                        .builder = &builder_,
                        .editor = &editor_,
                        .statistics = &statistics_,
                        .call_statistics = &calls_,
                        .clock = &clock_,
                        .tokens = tokens});
  FUZZ_CHECK(rpc.ok());
  rpc_ = *std::move(rpc);
  stub_ = std::make_unique<grpc::GenericStub>(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", rpc_->port()),
                          grpc::InsecureChannelCredentials()));
}

void FuzzServer::Restore() {
  for (const auto& session : registry_.List("", SIZE_MAX)) {
    if (!TenantOf(session->key()).empty()) continue;
    const Session::Built built = session->built();
    const bool is_edited = built != nullptr && built->revision > 0;
    if (session->id() == kSession && !is_edited) continue;
    Wait([&](Done done) { registry_.Delete(session->id(), done); });
  }
  const auto session = registry_.Find(kSession);
  if (session.ok()) {
    Wait([&](Done done) { (*session)->Post(PauseCommand{}, done); });
    return;
  }
  std::promise<bool> created;
  builder_.Create(kSession, ExampleNetwork(), {},
                  [&](const SessionBuilder::CreateResult& creation) {
                    created.set_value(creation.status.ok());
                  });
  FUZZ_CHECK(created.get_future().get());
}

grpc::Status FuzzServer::Call(
    const std::string& path, const std::vector<absl::string_view>& messages,
    const std::map<std::string, std::string>& metadata) {
  grpc::ClientContext context;
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  grpc::CompletionQueue queue;
  const auto call = stub_->PrepareCall(&context, path, &queue);
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
    // Ends a stream, which would go on; a unary call has ended.
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

void FuzzServer::CheckServes() {
  const grpc::Status status =
      Call("/spiked.v1.ServerService/GetServerInfo", {""});
  FUZZ_CHECK(status.ok() ||
             status.error_code() == grpc::StatusCode::CANCELLED ||
             status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
}

}  // namespace spiked::fuzz
