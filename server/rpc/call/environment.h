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
#include "server/session/registry/session_registry.h"
#include "server/statistics/statistics.h"

namespace spiked {

// What the services and their calls work with. Registry, statistics and clock
// outlive every call; the dispatcher is shared, because an answer of a session
// may come after the RPC server is gone.
struct RpcEnvironment {
  SessionRegistry* registry;
  Statistics* statistics;
  Clock* clock;
  std::shared_ptr<StreamDispatcher> dispatcher;
  Executor* executor;  // lives as long as a call
  // Shared, because of answers that come late.
  std::shared_ptr<RequestLog> requests;
  Caller caller;  // of the call that this is for

  // What one call works with: on behalf of its caller.
  RpcEnvironment For(const grpc::CallbackServerContext* context) const {
    RpcEnvironment environment = *this;
    environment.caller = static_cast<const CallContext*>(context)->caller;
    return environment;
  }

  // Runs work whose time is in proportion to a size, that of a request or what
  // SizeOfReading says (session_lookup.h): now, or if it is large, on a thread
  // of its own, because gRPC's threads are few and serve everybody. There the
  // tenants take turns.
  void Run(size_t size, std::function<void()> work) const {
    if (size < kSmallRequestBytes) return work();
    executor->Post(std::move(work),
                   caller.tenant == nullptr ? "" : caller.tenant->name());
  }
  static constexpr size_t kSmallRequestBytes = 64 << 10;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_ENVIRONMENT_H_
