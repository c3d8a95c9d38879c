// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVICES_MODEL_SERVICE_H_
#define SPIKED_SERVER_RPC_SERVICES_MODEL_SERVICE_H_

#include "spiked/v1/model.grpc.pb.h"

namespace spiked {

// ModelService of proto/spiked/v1/model.proto. Thread-safe.
class ModelService : public v1::ModelService::CallbackService {
 public:
  grpc::ServerUnaryReactor* ListModels(
      grpc::CallbackServerContext* context,
      const v1::ListModelsRequest* request,
      v1::ListModelsResponse* response) override;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_MODEL_SERVICE_H_
