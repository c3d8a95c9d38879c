// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_ENVIRONMENT_H_
#define SPIKED_SERVER_RPC_CALL_ENVIRONMENT_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/rpc/call/request_log.h"
#include "server/rpc/call/stream_dispatcher.h"
#include "server/rpc/gate/call_context.h"
#include "server/session/registry/session_builder.h"
#include "server/session/registry/session_editor.h"
#include "server/session/registry/session_registry.h"
#include "server/statistics/statistics.h"

namespace spiked {

// The objects that services and their calls use. Registry, builder, editor,
// statistics and clock outlive every call. The dispatcher is shared, because a
// session's answer may arrive after the RPC server is destroyed.
struct RpcEnvironment {
  SessionRegistry* registry;
  SessionBuilder* builder;
  SessionEditor* editor;
  Statistics* statistics;
  Clock* clock;
  std::shared_ptr<StreamDispatcher> dispatcher;
  Executor* executor;  // outlives every call
  // Shared for the same reason as the dispatcher.
  std::shared_ptr<RequestLog> requests;
  Caller caller;  // of the call that For was given

  // The environment of one call, with its caller.
  RpcEnvironment For(const grpc::CallbackServerContext* context) const {
    RpcEnvironment environment = *this;
    environment.caller = static_cast<const CallContext*>(context)->caller;
    return environment;
  }

  // Runs work whose time is in proportion to `size` in bytes: the size of a
  // request, or SizeOfReading (session_lookup.h). Small work runs now. Large
  // work runs on the executor, where tenants take turns, because gRPC's few
  // threads serve all calls.
  void Run(size_t size, std::function<void()> work) const {
    if (size < kSmallRequestBytes) return work();
    executor->Post(std::move(work),
                   caller.tenant == nullptr ? "" : caller.tenant->name());
  }
  static constexpr size_t kSmallRequestBytes = 64 << 10;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_ENVIRONMENT_H_
