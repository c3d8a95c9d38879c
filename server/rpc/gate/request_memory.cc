// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/gate/request_memory.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/zero_copy_stream.h"
#include "grpc/byte_buffer.h"
#include "grpc/byte_buffer_reader.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "server/base/megabytes.h"

namespace spiked {
namespace {

// What a request takes: first the parsed message beside its bytes, then beside
// the specification that it is converted to.
int64_t Needed(int64_t length, int64_t parsed) {
  return parsed + std::max(length, parsed);
}

// Reads the bytes of a gRPC message in place.
class MessageBytes : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit MessageBytes(grpc_byte_buffer* message)
      : is_open_(grpc_byte_buffer_reader_init(&reader_, message) != 0) {}
  ~MessageBytes() override {
    if (is_open_) grpc_byte_buffer_reader_destroy(&reader_);
  }
  MessageBytes(const MessageBytes&) = delete;
  MessageBytes& operator=(const MessageBytes&) = delete;

  bool Next(const void** data, int* size) override {
    if (left_ == 0) {
      if (!is_open_ || grpc_byte_buffer_reader_peek(&reader_, &slice_) == 0) {
        return false;
      }
      left_ = static_cast<int>(GRPC_SLICE_LENGTH(*slice_));
    }
    *data = GRPC_SLICE_END_PTR(*slice_) - left_;
    *size = left_;
    count_ += left_;
    left_ = 0;
    return true;
  }
  void BackUp(int count) override {
    left_ += count;
    count_ -= count;
  }
  bool Skip(int count) override {
    const void* unused = nullptr;
    int size = 0;
    while (count > 0) {
      if (!Next(&unused, &size)) return false;
      if (size > count) BackUp(size - count);
      count -= size;
    }
    return true;
  }
  int64_t ByteCount() const override { return count_; }

 private:
  grpc_byte_buffer_reader reader_ = {};
  const bool is_open_;
  grpc_slice* slice_ = nullptr;  // the current slice
  int left_ = 0;                 // its bytes not yet read
  int64_t count_ = 0;
};

}  // namespace

RequestMemory::RequestMemory(const google::protobuf::MethodDescriptor& method,
                             std::shared_ptr<MemoryLedger> ledger)
    : method_(method.name()),
      parsed_size_(*method.input_type()),
      ledger_(std::move(ledger)) {}

RequestMemory::RequestMemory(const std::string& method,
                             std::shared_ptr<MemoryLedger> ledger)
    : RequestMemory(
          *google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
              method),
          std::move(ledger)) {}

absl::StatusOr<MemoryReservation> RequestMemory::Take(
    const std::shared_ptr<Tenant>& tenant, grpc_byte_buffer* request) const {
  MessageBytes bytes(request);
  return Take(tenant, static_cast<int64_t>(grpc_byte_buffer_length(request)),
              &bytes);
}

absl::StatusOr<MemoryReservation> RequestMemory::Take(
    const std::shared_ptr<Tenant>& tenant, grpc::ByteBuffer* request) const {
  grpc::ProtoBufferReader bytes(request);
  if (!bytes.status().ok()) return MemoryReservation();
  return Take(tenant, static_cast<int64_t>(request->Length()), &bytes);
}

absl::StatusOr<MemoryReservation> RequestMemory::Take(
    const std::shared_ptr<Tenant>& tenant, int64_t length,
    google::protobuf::io::ZeroCopyInputStream* bytes) const {
  const int64_t needed = Needed(length, parsed_size_.Of(bytes));
  if (needed <= kFreeBytes) return MemoryReservation();
  const std::string what =
      absl::StrCat("to read the request of ", method_, " (",
                   Megabytes(static_cast<double>(length)), ")");
  return needed <= kSmallBytes ? ledger_->ReserveSmall(tenant, needed, what)
                               : ledger_->Reserve(tenant, needed, what);
}

}  // namespace spiked
