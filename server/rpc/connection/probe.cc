// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/probe.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace spiked {
namespace {

// Debian has no generated code for grpc.health.v1, and its two messages are
// simple: the request is empty, the answer {status = 1} has 1 for SERVING.
constexpr char kMethod[] = "/grpc.health.v1.Health/Check";
constexpr char kServingResponse[] = {0x08, 0x01};

std::string Bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel,
                  std::chrono::system_clock::time_point deadline,
                  grpc::ByteBuffer* response) {
  grpc::ClientContext context;
  context.set_deadline(deadline);
  context.set_wait_for_ready(true);
  grpc::CompletionQueue queue;
  grpc::Slice empty;
  auto call = grpc::GenericStub(channel).PrepareUnaryCall(
      &context, kMethod, grpc::ByteBuffer(&empty, 1), &queue);
  grpc::Status status;
  call->StartCall();
  call->Finish(response, &status, nullptr);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  return status;
}

}  // namespace

absl::StatusOr<bool> AskHealth(
    const std::string& address, std::chrono::duration<double> timeout,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials,
    const std::string& server_name) {
  const auto deadline =
      std::chrono::system_clock::now() +
      std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (!server_name.empty()) arguments.SetSslTargetNameOverride(server_name);
  grpc::ByteBuffer response;
  const grpc::Status status =
      Call(grpc::CreateCustomChannel(address, credentials, arguments), deadline,
           &response);
  if (!status.ok()) {
    return absl::UnavailableError(
        absl::StrCat(address, ": ",
                     status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED
                         ? "no answer in time"
                         : status.error_message()));
  }
  return Bytes(response) ==
         std::string(kServingResponse, sizeof(kServingResponse));
}

absl::Status Probe(const std::string& address,
                   std::chrono::duration<double> timeout,
                   const ClientTls& tls) {
  const auto credentials = MakeClientCredentials(tls);
  if (!credentials.ok()) return credentials.status();
  const auto serving =
      AskHealth(address, timeout, *credentials, tls.server_name);
  if (!serving.ok()) return serving.status();
  if (*serving) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(address, " is not serving"));
}

}  // namespace spiked
