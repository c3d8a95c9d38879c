// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_HEALTH_CALL_H_
#define SPIKED_SERVER_RPC_CONNECTION_HEALTH_CALL_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

namespace spiked {

// Makes a channel with a connection of its own, to "host:port" or "unix:/path".
// `server_name` is expected in the certificate; empty: the address's.
std::shared_ptr<grpc::Channel> MakeHealthChannel(
    const std::string& address,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials,
    const std::string& server_name = "");

// A call of the health service (grpc.health.v1). Its end is an event of the
// queue, whose tag is the call; the call must stay in place until then.
class HealthCall {
 public:
  // kWait: waits for a connection. kFail: fails at once if there is none.
  enum class Unconnected { kWait, kFail };
  HealthCall(const std::shared_ptr<grpc::Channel>& channel,
             std::chrono::system_clock::time_point deadline,
             Unconnected unconnected, grpc::CompletionQueue* queue);

  void Cancel() { context_.TryCancel(); }

  // After the end: true if the server serves, false if it answers otherwise.
  // Error: UNAVAILABLE, names `address`.
  absl::StatusOr<bool> Answer(const std::string& address) const;

 private:
  grpc::ClientContext context_;
  grpc::GenericStub stub_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;
  grpc::ByteBuffer response_;
  grpc::Status status_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_HEALTH_CALL_H_
