// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVICES_STIMULUS_SERVICE_H_
#define SPIKED_SERVER_RPC_SERVICES_STIMULUS_SERVICE_H_

#include "server/rpc/call/environment.h"
#include "server/rpc/gate/request_memory.h"
#include "spiked/v1/stimulus.grpc.pb.h"

namespace spiked {

// StimulusService of proto/spiked/v1/stimulus.proto. Thread-safe.
class StimulusService
    : public v1::StimulusService::WithCallbackMethod_InjectStimulus<
          v1::StimulusService::WithRawCallbackMethod_StreamStimuli<
              v1::StimulusService::Service>> {
 public:
  explicit StimulusService(const RpcEnvironment& environment)
      : environment_(environment),
        stream_memory_("spiked.v1.StimulusService.StreamStimuli",
                       environment.registry->ledger()) {}

  grpc::ServerUnaryReactor* InjectStimulus(
      grpc::CallbackServerContext* context,
      const v1::InjectStimulusRequest* request,
      v1::InjectStimulusResponse* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamStimuli(
      grpc::CallbackServerContext* context) override;

 private:
  const RpcEnvironment environment_;
  const RequestMemory stream_memory_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_STIMULUS_SERVICE_H_
