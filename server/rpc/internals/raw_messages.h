// SPDX-License-Identifier: Apache-2.0
//
// Messages of bidirectional streams, which we parse ourselves: gRPC would parse
// them without a look at what they become.

#ifndef SPIKED_SERVER_RPC_INTERNALS_RAW_MESSAGES_H_
#define SPIKED_SERVER_RPC_INTERNALS_RAW_MESSAGES_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/gate/request_memory.h"
#include "server/rpc/internals/grpc_version.h"

namespace spiked {

// The request that a stream has read last.
template <typename Request>
class RawRequest {
 public:
  // Where to read the next one; gives up this one.
  grpc::ByteBuffer* ForNext() {
    request_ = Request();  // Clear would keep what it has
    memory_ = MemoryReservation();
    return &bytes_;
  }

  // Before Parse. RESOURCE_EXHAUSTED if there is no memory for it.
  absl::Status TakeMemory(const RequestMemory& memory,
                          const std::shared_ptr<Tenant>& tenant) {
    auto taken = memory.Take(tenant, &bytes_);
    if (!taken.ok()) return taken.status();
    memory_ = *std::move(taken);
    return absl::OkStatus();
  }

  // False if the bytes are no such request.
  bool Parse() {
    return grpc::SerializationTraits<Request>::Deserialize(&bytes_, &request_)
        .ok();
  }

  const Request& operator*() const { return request_; }
  const Request* operator->() const { return &request_; }

 private:
  grpc::ByteBuffer bytes_;
  MemoryReservation memory_;  // of the parsed request
  Request request_;
};

// A message as it is sent.
template <typename Message>
grpc::ByteBuffer ToBytes(const Message& message) {
  grpc::ByteBuffer bytes;
  bool is_own = false;
  grpc::SerializationTraits<Message>::Serialize(message, &bytes, &is_own);
  return bytes;
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_INTERNALS_RAW_MESSAGES_H_
