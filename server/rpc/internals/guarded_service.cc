// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/internals/guarded_service.h"

#include <deque>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "grpc/byte_buffer.h"
#include "grpcpp/impl/rpc_method.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/gate/call_net.h"
#include "server/rpc/gate/request_memory.h"

namespace spiked {
namespace {

using google::protobuf::MethodDescriptor;
using grpc::internal::MethodHandler;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

// Whether clients have reason to send requests of more than 64 KiB, which
// arrive while they are read: networks, parts of them, and stimuli.
bool MayBeLong(const MethodDescriptor& method) {
  static const auto* const kNames = new std::set<std::string>{
      "AdvanceSession", "ChangeNetwork", "CreateSession", "EditNetwork",
      "InjectStimulus"};
  return kNames->contains(method.name());
}

// A method's handler that asks the gate, then reads the request unless the
// client streams, then runs the service's own handler.
class GuardedHandler : public MethodHandler {
 public:
  GuardedHandler(MethodHandler* handler, const MethodDescriptor& method,
                 Gate* gate, RequestReader* requests, TransitBook* transit,
                 SessionRegistry* registry)
      : handler_(handler),
        reads_itself_(method.client_streaming()),
        is_stream_(method.client_streaming() || method.server_streaming()),
        may_be_long_(MayBeLong(method)),
        gate_(gate),
        requests_(requests),
        transit_(transit),
        memory_(method, registry->ledger()) {}

  void RunHandler(const HandlerParameter& call) override {
    auto* context = static_cast<CallContext*>(call.server_context);
    const auto refuse = [context](grpc::Status status) {
      context->refusal = std::move(status);
    };
    RunOrEnd(
        [&] {
          context->connection = CountCall(transit_, *context);
          refuse(gate_->Admit(is_stream_, context));
        },
        refuse);
    if (reads_itself_ || !context->refusal.ok()) return Run(call, nullptr);
    // Wait for the tenant's turn, read, and take memory; then run the handler,
    // which ends a refused call.
    requests_->Read(
        context->caller.tenant, *context, may_be_long_, call.call->call(),
        [this, call, context](grpc_byte_buffer* message) {
          if (message != nullptr) {
            context->connection->CountMessage(
                static_cast<int64_t>(grpc_byte_buffer_length(message)));
          }
          if (message == nullptr) {
            context->refusal = grpc::Status::CANCELLED;
          } else if (!TakeMemory(message, context)) {
            grpc_byte_buffer_destroy(message);
            message = nullptr;
          }
          Run(call, message);
        });
  }

 private:
  // Takes memory for the parsed request until the call is over, as long as gRPC
  // keeps the request. False if there is none: then the call is refused.
  bool TakeMemory(grpc_byte_buffer* message, CallContext* context) const {
    const auto refuse = [context](grpc::Status status) {
      context->refusal = std::move(status);
    };
    RunOrEnd(
        [&] {
          auto memory = memory_.Take(context->caller.tenant, message);
          if (!memory.ok()) return refuse(ToGrpcStatus(memory.status()));
          context->request_memory = *std::move(memory);
        },
        refuse);
    return context->refusal.ok();
  }

  void Run(const HandlerParameter& call, grpc_byte_buffer* message) {
    grpc::Status status;
    void* request = nullptr;
    void* data = nullptr;
    auto* context = static_cast<CallContext*>(call.server_context);
    if (!reads_itself_) {
      RunOrEnd(
          [&] {
            request = handler_->Deserialize(call.call->call(), message, &status,
                                            &data);
          },
          [&](grpc::Status thrown) { context->refusal = std::move(thrown); });
    }
    if (!context->refusal.ok()) status = context->refusal;
    context->handled = status.ok();
    handler_->RunHandler(HandlerParameter(call.call, call.server_context,
                                          request, status, data,
                                          call.call_requester));
  }

  MethodHandler* const handler_;  // the service's own handler
  const bool reads_itself_;
  const bool is_stream_;
  const bool may_be_long_;
  Gate* const gate_;
  RequestReader* const requests_;
  TransitBook* const transit_;
  const RequestMemory memory_;
};

class GuardedService : public grpc::Service {
 public:
  GuardedService(const google::protobuf::ServiceDescriptor& descriptor,
                 grpc::Service* service, Gate* gate, RequestReader* requests,
                 TransitBook* transit, SessionRegistry* registry) {
    for (int i = 0; i < descriptor.method_count(); ++i) {
      const MethodDescriptor& method = *descriptor.method(i);
      // gRPC keeps the pointer, so the string must stay in place.
      const std::string& path = paths_.emplace_back(
          absl::StrCat("/", descriptor.full_name(), "/", method.name()));
      // Declared as a stream of the client, so that gRPC leaves reading the
      // request to GuardedHandler.
      AddMethod(new RpcServiceMethod(path.c_str(), RpcMethod::BIDI_STREAMING,
                                     nullptr));
      MarkMethodCallback(
          i, new GuardedHandler(HandlerOf(service, i), method, gate, requests,
                                transit, registry));
    }
  }

 private:
  // GetHandler is protected: a pointer to the member through this subclass
  // makes it callable for any service.
  static MethodHandler* HandlerOf(grpc::Service* service, int index) {
    return (service->*&GuardedService::GetHandler)(index);
  }

  std::deque<std::string> paths_;
};

}  // namespace

std::unique_ptr<grpc::Service> GuardService(const std::string& full_name,
                                            grpc::Service* service, Gate* gate,
                                            RequestReader* requests,
                                            TransitBook* transit,
                                            SessionRegistry* registry) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          full_name);
  return std::make_unique<GuardedService>(*descriptor, service, gate, requests,
                                          transit, registry);
}

}  // namespace spiked
