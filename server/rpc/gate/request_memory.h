// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_REQUEST_MEMORY_H_
#define SPIKED_SERVER_RPC_GATE_REQUEST_MEMORY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "grpc/grpc.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/rpc/gate/parsed_size.h"
#include "server/session/registry/session_registry.h"

namespace spiked {

// The memory that the requests of a method take once they are parsed, and what
// handlers make of them, about as much again. It is taken before, because a
// request of a few megabytes may say what takes hundreds of times as much, and
// nobody could refuse it afterwards. Thread-safe.
class RequestMemory {
 public:
  // `registry` outlives this.
  RequestMemory(const google::protobuf::MethodDescriptor& method,
                SessionRegistry* registry);
  // Of a method by its full name.
  RequestMemory(const std::string& method, SessionRegistry* registry);

  // To be held as long as the parsed request is there. What takes little for
  // its length is free, as it always was: it can't do harm that its length
  // couldn't do. RESOURCE_EXHAUSTED if the memory isn't there.
  absl::StatusOr<MemoryReservation> Take(const std::shared_ptr<Tenant>& tenant,
                                         grpc_byte_buffer* request) const;
  absl::StatusOr<MemoryReservation> Take(const std::shared_ptr<Tenant>& tenant,
                                         grpc::ByteBuffer* request) const;

  // Free is, of a parsed request, so many times the length, and what a small
  // one takes.
  static constexpr int64_t kFreeFactor = 4;
  static constexpr int64_t kFreeBytes = 64 << 10;

 private:
  absl::StatusOr<MemoryReservation> Take(
      const std::shared_ptr<Tenant>& tenant, int64_t length,
      google::protobuf::io::ZeroCopyInputStream* bytes) const;

  const std::string method_;  // "CreateSession"
  const ParsedSize parsed_size_;
  SessionRegistry* const registry_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_REQUEST_MEMORY_H_
