// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STIMULUS_SERVICE_H_
#define SPIKED_SERVER_RPC_STIMULUS_SERVICE_H_

#include "server/rpc/environment.h"
#include "spiked/v1/stimulus.grpc.pb.h"

namespace spiked {

// StimulusService of proto/spiked/v1/stimulus.proto. Thread-safe.
class StimulusService : public v1::StimulusService::CallbackService {
 public:
  explicit StimulusService(const RpcEnvironment& environment)
      : environment_(environment) {}

  grpc::ServerUnaryReactor* InjectStimulus(
      grpc::CallbackServerContext* context,
      const v1::InjectStimulusRequest* request,
      v1::InjectStimulusResponse* response) override;
  grpc::ServerBidiReactor<v1::StreamStimuliRequest, v1::StreamStimuliResponse>*
  StreamStimuli(grpc::CallbackServerContext* context) override;

 private:
  const RpcEnvironment environment_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STIMULUS_SERVICE_H_
