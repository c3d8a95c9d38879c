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
#include "server/security/memory_ledger.h"

namespace spiked {

// Takes memory for the parsed requests of a method, and for the specifications
// that handlers convert them to, about as much again. The memory is taken
// before parsing, because a request of a few megabytes may take hundreds of
// times as much when parsed, and then it is too late to refuse it. Thread-safe.
class RequestMemory {
 public:
  RequestMemory(const google::protobuf::MethodDescriptor& method,
                std::shared_ptr<MemoryLedger> ledger);
  // For a method by its full name.
  RequestMemory(const std::string& method,
                std::shared_ptr<MemoryLedger> ledger);

  // Takes the memory of a request; hold it as long as the parsed request
  // exists. It is empty for tiny requests. Error: RESOURCE_EXHAUSTED if the
  // memory is not free.
  absl::StatusOr<MemoryReservation> Take(const std::shared_ptr<Tenant>& tenant,
                                         grpc_byte_buffer* request) const;
  absl::StatusOr<MemoryReservation> Take(const std::shared_ptr<Tenant>& tenant,
                                         grpc::ByteBuffer* request) const;

  // Requests that take no more than this are free: those that pause, delete or
  // ask are answered when all memory is taken.
  static constexpr int64_t kFreeBytes = 4 << 10;
  // Those that take no more than this take what is kept for small amounts.
  static constexpr int64_t kSmallBytes = 256 << 10;

 private:
  absl::StatusOr<MemoryReservation> Take(
      const std::shared_ptr<Tenant>& tenant, int64_t length,
      google::protobuf::io::ZeroCopyInputStream* bytes) const;

  const std::string method_;  // "CreateSession"
  const ParsedSize parsed_size_;
  const std::shared_ptr<MemoryLedger> ledger_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_REQUEST_MEMORY_H_
