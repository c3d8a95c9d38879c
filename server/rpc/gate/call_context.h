// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_CALL_CONTEXT_H_
#define SPIKED_SERVER_RPC_GATE_CALL_CONTEXT_H_

#include <memory>

#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server_context.h"
#include "server/base/memory_reservation.h"
#include "server/security/caller.h"

namespace spiked {

// gRPC's context of a call of our services, with what the gate found out before
// the handler ran.
class CallContext : public grpc::CallbackServerContext {
 public:
  ~CallContext() override {
    if (stream_of != nullptr) stream_of->Release(Resource::kStreams, 1);
  }

  Caller caller;
  // Not OK: the handler does not run, and the call ends with this.
  grpc::Status refusal;
  // Of the parsed request.
  MemoryReservation request_memory;
  // Has this stream on its account until the call is over.
  std::shared_ptr<Tenant> stream_of;
};

// Makes gRPC use them; for ServerBuilder::SetContextAllocator. Calls of methods
// that don't exist need contexts, too: left to itself, gRPC 1.51 would make
// them of its own and give them back here.
class CallContextAllocator : public grpc::ContextAllocator {
 public:
  grpc::CallbackServerContext* NewCallbackServerContext() override {
    return new CallContext();
  }
  grpc::GenericCallbackServerContext* NewGenericCallbackServerContext()
      override {
    return new grpc::GenericCallbackServerContext();
  }
  // Either of the two.
  void Release(grpc::CallbackServerContext* context) override {
    delete context;
  }
  void Release(grpc::GenericCallbackServerContext* context) override {
    delete context;
  }
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_CALL_CONTEXT_H_
