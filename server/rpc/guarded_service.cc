// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/guarded_service.h"

#include <deque>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/impl/rpc_method.h"
#include "grpcpp/impl/rpc_service_method.h"

namespace spiked {
namespace {

using google::protobuf::MethodDescriptor;
using grpc::internal::MethodHandler;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

RpcMethod::RpcType TypeOf(const MethodDescriptor& method) {
  if (method.client_streaming()) {
    return method.server_streaming() ? RpcMethod::BIDI_STREAMING
                                     : RpcMethod::CLIENT_STREAMING;
  }
  return method.server_streaming() ? RpcMethod::SERVER_STREAMING
                                   : RpcMethod::NORMAL_RPC;
}

// Asks the gate; then the service's own handler.
class GuardedHandler : public MethodHandler {
 public:
  GuardedHandler(MethodHandler* handler, bool is_stream, Gate* gate)
      : handler_(handler), is_stream_(is_stream), gate_(gate) {}

  void RunHandler(const HandlerParameter& call) override {
    auto* context = static_cast<CallContext*>(call.server_context);
    context->refusal = gate_->Admit(is_stream_, context);
    if (context->refusal.ok()) return handler_->RunHandler(call);
    handler_->RunHandler(HandlerParameter(
        call.call, call.server_context, call.request, context->refusal,
        call.internal_data, call.call_requester));
  }

  void* Deserialize(grpc_call* call, grpc_byte_buffer* request,
                    grpc::Status* status, void** handler_data) override {
    return handler_->Deserialize(call, request, status, handler_data);
  }

 private:
  MethodHandler* const handler_;  // the service's
  const bool is_stream_;
  Gate* const gate_;
};

class GuardedService : public grpc::Service {
 public:
  GuardedService(const google::protobuf::ServiceDescriptor& descriptor,
                 grpc::Service* service, Gate* gate) {
    for (int i = 0; i < descriptor.method_count(); ++i) {
      const MethodDescriptor& method = *descriptor.method(i);
      // gRPC keeps the pointer.
      const std::string& path = paths_.emplace_back(
          absl::StrCat("/", descriptor.full_name(), "/", method.name()));
      const bool is_stream =
          method.client_streaming() || method.server_streaming();
      AddMethod(new RpcServiceMethod(path.c_str(), TypeOf(method), nullptr));
      MarkMethodCallback(
          i, new GuardedHandler(HandlerOf(service, i), is_stream, gate));
    }
  }

 private:
  // The handler is there for subclasses, whatever object they ask.
  static MethodHandler* HandlerOf(grpc::Service* service, int index) {
    return (service->*&GuardedService::GetHandler)(index);
  }

  std::deque<std::string> paths_;
};

}  // namespace

std::unique_ptr<grpc::Service> GuardService(const std::string& full_name,
                                            grpc::Service* service,
                                            Gate* gate) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          full_name);
  return std::make_unique<GuardedService>(*descriptor, service, gate);
}

}  // namespace spiked
