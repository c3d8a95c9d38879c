// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/model_service.h"

#include <memory>

#include "core/build/catalogue.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/services.h"

namespace spiked {
namespace {

template <typename Models>
void AddModels(const Models& models, v1::ModelKind kind,
               const v1::ListModelsRequest& request,
               v1::ListModelsResponse* response) {
  if (request.kind() != v1::MODEL_KIND_UNSPECIFIED && request.kind() != kind) {
    return;
  }
  for (const auto* model : models) {
    ToProto(model->info(), kind, response->add_models());
  }
}

}  // namespace

grpc::ServerUnaryReactor* ModelService::ListModels(
    grpc::CallbackServerContext* context, const v1::ListModelsRequest* request,
    v1::ListModelsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Violations violations;
  CheckEnum(request->kind(), "kind", &violations);
  if (!violations.empty()) {
    reactor->Finish(ToGrpcStatus(violations));
    return reactor;
  }
  AddModels(NeuronModels(), v1::NEURON, *request, response);
  AddModels(SynapseModels(), v1::SYNAPSE, *request, response);
  AddModels(InputModels(), v1::INPUT, *request, response);
  AddModels(EncoderModels(), v1::ENCODER, *request, response);
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

std::unique_ptr<grpc::Service> NewModelService() {
  return std::make_unique<ModelService>();
}

}  // namespace spiked
