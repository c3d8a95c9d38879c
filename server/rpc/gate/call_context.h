// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_CALL_CONTEXT_H_
#define SPIKED_SERVER_RPC_GATE_CALL_CONTEXT_H_

#include <memory>

#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server_context.h"
#include "server/rpc/gate/transit_book.h"
#include "server/security/caller.h"
#include "server/security/memory_ledger.h"

namespace spiked {

// gRPC's context of a call of spiked's services, with the gate's findings from
// before the handler ran.
class CallContext : public grpc::CallbackServerContext {
 public:
  ~CallContext() override {
    if (stream_of != nullptr) stream_of->Release(Resource::kStreams, 1);
  }

  Caller caller;
  // Why the gate refuses the call: unless it is OK, the handler does not run
  // and the call ends with this status.
  grpc::Status refusal;
  // Whether the service's own handler was called, with the request if it is not
  // in a stream.
  bool handled = false;
  // The memory of the parsed request.
  MemoryReservation request_memory;
  // What a stream may have waiting for its client.
  MemoryReservation stream_memory;
  // What the connection's calls have taken of its bytes.
  std::shared_ptr<ConnectionUse> connection;
  // The tenant whose quota of streams this call counts for until it is over;
  // null if the call is no stream.
  std::shared_ptr<Tenant> stream_of;
};

// Makes gRPC use CallContexts; for ServerBuilder::SetContextAllocator. It also
// makes the contexts for calls of methods that don't exist, because gRPC 1.51
// would otherwise allocate those itself and yet release them here.
class CallContextAllocator : public grpc::ContextAllocator {
 public:
  grpc::CallbackServerContext* NewCallbackServerContext() override {
    return new CallContext();
  }
  grpc::GenericCallbackServerContext* NewGenericCallbackServerContext()
      override {
    return new grpc::GenericCallbackServerContext();
  }
  // Releases contexts of either kind.
  void Release(grpc::CallbackServerContext* context) override {
    delete context;
  }
  void Release(grpc::GenericCallbackServerContext* context) override {
    delete context;
  }
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_CALL_CONTEXT_H_
