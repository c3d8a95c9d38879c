// SPDX-License-Identifier: Apache-2.0
//
// Messages of bidirectional streams, as bytes. The server parses them itself,
// because gRPC would parse them without checking how much memory they take.

#ifndef SPIKED_SERVER_RPC_INTERNALS_RAW_MESSAGES_H_
#define SPIKED_SERVER_RPC_INTERNALS_RAW_MESSAGES_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/gate/request_memory.h"
#include "server/rpc/gate/transit_book.h"
#include "server/rpc/internals/grpc_version.h"

namespace spiked {

// The latest request that a stream has read.
template <typename Request>
class RawRequest {
 public:
  // Frees the current request and returns the buffer for the next one.
  grpc::ByteBuffer* ForNext() {
    request_ = Request();  // Clear would keep its memory
    memory_ = MemoryReservation();
    return &bytes_;
  }

  // Takes memory for the parsed request; call it before Parse. Error:
  // RESOURCE_EXHAUSTED if it is not free.
  absl::Status TakeMemory(const RequestMemory& memory,
                          const std::shared_ptr<Tenant>& tenant,
                          ConnectionUse* connection) {
    connection->CountMessage(static_cast<int64_t>(bytes_.Length()));
    auto taken = memory.Take(tenant, &bytes_);
    if (!taken.ok()) return taken.status();
    memory_ = *std::move(taken);
    return absl::OkStatus();
  }

  // Parses the bytes; false if they are not a Request.
  bool Parse() {
    return grpc::SerializationTraits<Request>::Deserialize(&bytes_, &request_)
        .ok();
  }

  // To free parts that have been read, and aren't needed any more.
  Request* mutable_message() { return &request_; }
  const Request& operator*() const { return request_; }
  const Request* operator->() const { return &request_; }

 private:
  grpc::ByteBuffer bytes_;
  MemoryReservation memory_;  // of the parsed request
  Request request_;
};

// Serializes a message for sending.
template <typename Message>
grpc::ByteBuffer ToBytes(const Message& message) {
  grpc::ByteBuffer bytes;
  bool is_own = false;
  grpc::SerializationTraits<Message>::Serialize(message, &bytes, &is_own);
  return bytes;
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_INTERNALS_RAW_MESSAGES_H_
