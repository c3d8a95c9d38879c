// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/health_call.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"
#include "grpcpp/support/slice.h"

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

}  // namespace

std::shared_ptr<grpc::Channel> MakeHealthChannel(
    const std::string& address,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials,
    const std::string& server_name) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (!server_name.empty()) arguments.SetSslTargetNameOverride(server_name);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

HealthCall::HealthCall(const std::shared_ptr<grpc::Channel>& channel,
                       std::chrono::system_clock::time_point deadline,
                       Unconnected unconnected, grpc::CompletionQueue* queue)
    : stub_(channel) {
  context_.set_deadline(deadline);
  context_.set_wait_for_ready(unconnected == Unconnected::kWait);
  grpc::Slice empty;
  reader_ = stub_.PrepareUnaryCall(&context_, kMethod,
                                   grpc::ByteBuffer(&empty, 1), queue);
  reader_->StartCall();
  reader_->Finish(&response_, &status_, this);
}

absl::StatusOr<bool> HealthCall::Answer(const std::string& address) const {
  if (!status_.ok()) {
    return absl::UnavailableError(
        absl::StrCat(address, ": ",
                     status_.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED
                         ? "no answer in time"
                         : status_.error_message()));
  }
  return Bytes(response_) ==
         std::string(kServingResponse, sizeof(kServingResponse));
}

}  // namespace spiked
