// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_UPLOAD_BUILDER_H_
#define SPIKED_SERVER_RPC_STREAMS_UPLOAD_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "grpcpp/support/status.h"
#include "server/session/registry/session_registry.h"
#include "server/session/registry/synapse_upload.h"
#include "spiked/v1/upload.pb.h"

namespace spiked {

// Makes an upload from the messages of its stream. Used by one thread at a
// time.
class UploadBuilder {
 public:
  // The registry outlives the builder.
  UploadBuilder(SessionRegistry* registry, std::shared_ptr<Tenant> tenant)
      : registry_(registry), tenant_(std::move(tenant)) {}

  // Takes the next message and fills in the response; after a commit it has the
  // name of the upload. An error ends the upload.
  grpc::Status Take(const v1::UploadSynapsesRequest& request,
                    v1::UploadSynapsesResponse* response);

  static constexpr int kMaxChunk = 500'000;  // synapses
  static constexpr int64_t kMaxSynapses = 4'200'000'000;

 private:
  grpc::Status Begin(const v1::UploadBegin& begin);
  grpc::Status Add(const v1::SynapseChunk& chunk);
  grpc::Status Commit(const v1::UploadCommit& commit, std::string* name);

  SessionRegistry* const registry_;
  const std::shared_ptr<Tenant> tenant_;
  int64_t sequence_ = 0;  // expected of the next message
  v1::UploadBegin begin_;
  std::shared_ptr<SynapseUpload> upload_;  // null before the message `begin`
  uint64_t crc_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_UPLOAD_BUILDER_H_
