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
#include "server/rpc/gate/call_net.h"
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
  // Shared for the same reason; the server stops it when all calls have ended.
  std::shared_ptr<Executor> executor;
  std::shared_ptr<RequestLog> requests;  // likewise
  // Of the call that For was given: who calls, over which connection.
  Caller caller;
  std::shared_ptr<ConnectionUse> connection;

  // The environment of one call, with its caller.
  RpcEnvironment For(const grpc::CallbackServerContext* context) const {
    RpcEnvironment environment = *this;
    const auto* call = static_cast<const CallContext*>(context);
    environment.caller = call->caller;
    environment.connection = call->connection;
    return environment;
  }

  // Runs work whose time is in proportion to `size` in bytes: the size of a
  // request or of an answer, SizeOfReading (session_lookup.h) or SizeOf
  // (session_message.h). Small work runs now. Large work runs on the executor,
  // where tenants take turns, because gRPC's few threads serve all calls. If
  // the work throws, `end` gets the status with which to end the call.
  using EndCall = std::function<void(grpc::Status)>;
  void Run(size_t size, std::function<void()> work, EndCall end) const {
    if (size < kSmallRequestBytes) {
      RunOrEnd(work, end);
      return;
    }
    executor->Post(
        [work = std::move(work), end = std::move(end)] { RunOrEnd(work, end); },
        caller.tenant == nullptr ? "" : caller.tenant->name());
  }
  // The same, for a call that has Fail(grpc::Status).
  template <typename Call>
  void Run(size_t size, const std::shared_ptr<Call>& call,
           std::function<void()> work) const {
    Run(size, std::move(work),
        [call](grpc::Status status) { call->Fail(std::move(status)); });
  }
  static constexpr size_t kSmallRequestBytes = 64 << 10;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_ENVIRONMENT_H_
