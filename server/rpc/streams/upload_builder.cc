// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/upload_builder.h"

#include <zlib.h>

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/rpc/convert/in_range.h"
#include "server/rpc/convert/status_details.h"

namespace spiked {
namespace {

using google::protobuf::RepeatedField;

// Numbers in messages are little-endian, as in memory.
static_assert(std::endian::native == std::endian::little);

template <typename T>
void AddToCrc(const RepeatedField<T>& list, uint64_t* crc) {
  if (list.empty()) return;  // a null pointer would reset zlib's sum
  *crc = crc32_z(*crc, reinterpret_cast<const Bytef*>(list.data()),
                 static_cast<size_t>(list.size()) * sizeof(T));
}

void CheckSize(int size, const char* field, int wanted,
               Violations* violations) {
  if (size == wanted) return;
  violations->Add(absl::StrCat("chunk.", field),
                  absl::StrCat("has ", size, " numbers instead of ", wanted));
}

// Checks that indices are in [0, limit); a `limit` of 0 means 2^31.
void CheckIndices(const RepeatedField<int32_t>& indices, const char* field,
                  int64_t limit, Violations* violations) {
  if (limit == 0) limit = int64_t{1} << 31;
  for (int i = 0; i < indices.size() && !violations->full(); ++i) {
    CheckIndex(indices[i], limit, field, i, violations);
  }
}

void CheckNumbers(const RepeatedField<double>& numbers, const char* field,
                  bool positive, Violations* violations) {
  for (int i = 0; i < numbers.size() && !violations->full(); ++i) {
    if (std::isfinite(numbers[i]) && (!positive || numbers[i] > 0)) continue;
    violations->Add(
        absl::StrCat("chunk.", field, "[", i, "]"),
        absl::StrCat(numbers[i], positive ? " is not finite and greater than 0"
                                          : " is not finite"));
  }
}

template <typename T>
void Append(const RepeatedField<T>& list, std::vector<T>* all) {
  all->insert(all->end(), list.begin(), list.end());
}

grpc::Status Wrong(const std::string& field, const std::string& description) {
  Violations violations;
  violations.Add(field, description);
  return ToGrpcStatus(violations);
}

grpc::Status Lost(const std::string& text) {
  return ToGrpcStatus(Refusal(Reason::kMessagesLost, text));
}

}  // namespace

grpc::Status UploadBuilder::Take(const v1::UploadSynapsesRequest& request,
                                 v1::UploadSynapsesResponse* response) {
  if (request.sequence() != sequence_) {
    return Wrong("sequence",
                 absl::StrCat(request.sequence(), " instead of ", sequence_,
                              "; messages were lost or repeated"));
  }
  ++sequence_;
  response->Clear();
  response->set_sequence(request.sequence());
  grpc::Status status;
  if (request.has_begin() != (request.sequence() == 0)) {
    status = Wrong("begin", "is required in the first message, and only there");
  } else if (request.has_begin()) {
    status = Begin(request.begin());
  } else if (request.has_chunk()) {
    status = Add(request.chunk());
  } else if (request.has_commit()) {
    status = Commit(request.commit(), response->mutable_upload());
  } else {
    status = Wrong("part", "one of begin, chunk and commit is required");
  }
  if (status.ok() && upload_ != nullptr) {
    response->set_synapse_count(std::ssize(upload_->sources));
  }
  return status;
}

grpc::Status UploadBuilder::Begin(const v1::UploadBegin& begin) {
  Violations violations;
  const int64_t count = begin.synapse_count();
  CheckRange(count, 1, kMaxSynapses, "begin.synapse_count", &violations);
  CheckRange(begin.source_size(), 0, kMaxPopulationSize, "begin.source_size",
             &violations);
  CheckRange(begin.target_size(), 0, kMaxPopulationSize, "begin.target_size",
             &violations);
  if (!violations.empty()) return ToGrpcStatus(violations);
  auto memory = registry_->ledger()->Reserve(
      tenant_,
      SynapseUpload::Bytes(count, begin.has_weights(), begin.has_delays()),
      absl::StrCat("begin.synapse_count: an upload of ", count, " synapses"));
  if (!memory.ok()) return ToGrpcStatus(memory.status());
  begin_ = begin;
  upload_ = std::make_shared<SynapseUpload>();
  upload_->memory = *std::move(memory);
  const auto size = static_cast<size_t>(count);
  upload_->sources.reserve(size);
  upload_->targets.reserve(size);
  if (begin.has_weights()) upload_->weights.reserve(size);
  if (begin.has_delays()) upload_->delays_ms.reserve(size);
  return grpc::Status::OK;
}

grpc::Status UploadBuilder::Add(const v1::SynapseChunk& chunk) {
  Violations violations;
  const int count = chunk.source_indices_size();
  const int64_t left = begin_.synapse_count() - std::ssize(upload_->sources);
  if (count < 1 || count > kMaxChunk) {
    violations.Add("chunk.source_indices",
                   absl::StrCat("has ", count, " numbers; 1 to ", kMaxChunk,
                                " are allowed"));
  } else if (count > left) {
    violations.Add("chunk.source_indices",
                   absl::StrCat("has ", count, " numbers, but only ", left,
                                " of begin.synapse_count (",
                                begin_.synapse_count(), ") are left"));
  }
  CheckSize(chunk.target_indices_size(), "target_indices", count, &violations);
  CheckSize(chunk.weights_size(), "weights", begin_.has_weights() ? count : 0,
            &violations);
  CheckSize(chunk.delays_ms_size(), "delays_ms",
            begin_.has_delays() ? count : 0, &violations);
  CheckIndices(chunk.source_indices(), "chunk.source_indices",
               begin_.source_size(), &violations);
  CheckIndices(chunk.target_indices(), "chunk.target_indices",
               begin_.target_size(), &violations);
  CheckNumbers(chunk.weights(), "weights", false, &violations);
  CheckNumbers(chunk.delays_ms(), "delays_ms", true, &violations);
  if (!violations.empty()) return ToGrpcStatus(violations);

  AddToCrc(chunk.source_indices(), &crc_);
  AddToCrc(chunk.target_indices(), &crc_);
  AddToCrc(chunk.weights(), &crc_);
  AddToCrc(chunk.delays_ms(), &crc_);
  Append(chunk.source_indices(), &upload_->sources);
  Append(chunk.target_indices(), &upload_->targets);
  Append(chunk.weights(), &upload_->weights);
  Append(chunk.delays_ms(), &upload_->delays_ms);
  return grpc::Status::OK;
}

grpc::Status UploadBuilder::Commit(const v1::UploadCommit& commit,
                                   std::string* name) {
  const int64_t count = std::ssize(upload_->sources);
  if (count != begin_.synapse_count() || count != commit.synapse_count()) {
    return Lost(absl::StrCat(
        "commit.synapse_count: ", count, " synapses came; begin says ",
        begin_.synapse_count(), ", commit ", commit.synapse_count()));
  }
  if (commit.crc32() != static_cast<int64_t>(crc_)) {
    return Lost(absl::StrCat("commit.crc32: ", commit.crc32(),
                             " is not that of what came, ", crc_));
  }
  auto added = registry_->uploads()->Add(tenant_->name(), upload_);
  if (!added.ok()) return ToGrpcStatus(added.status());
  *name = *std::move(added);
  return grpc::Status::OK;
}

}  // namespace spiked
