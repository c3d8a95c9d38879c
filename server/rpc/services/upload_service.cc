// SPDX-License-Identifier: Apache-2.0
//
// UploadService of proto/spiked/v1/upload.proto.

#include <memory>

#include "server/rpc/services/services.h"
#include "server/rpc/streams/upload_stream.h"
#include "spiked/v1/upload.grpc.pb.h"

namespace spiked {
namespace {

// Thread-safe.
class UploadService
    : public v1::UploadService::WithRawCallbackMethod_UploadSynapses<
          v1::UploadService::Service> {
 public:
  explicit UploadService(const RpcEnvironment& environment)
      : environment_(environment),
        memory_("spiked.v1.UploadService.UploadSynapses",
                environment.registry->ledger()) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* UploadSynapses(
      grpc::CallbackServerContext* context) override {
    return UploadStream::Open(environment_.For(context), &memory_);
  }

 private:
  const RpcEnvironment environment_;
  const RequestMemory memory_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewUploadService(
    const RpcEnvironment& environment) {
  return std::make_unique<UploadService>(environment);
}

}  // namespace spiked
