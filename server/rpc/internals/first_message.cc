// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/internals/first_message.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace spiked {
namespace {

// The functor that gRPC calls when the message has arrived.
struct Operation : grpc_completion_queue_functor {
  grpc_byte_buffer* message = nullptr;
  TakeMessage done;
};

}  // namespace

void ReadFirstMessage(grpc_call* call, TakeMessage done) {
  auto* operation = new Operation();
  operation->done = std::move(done);
  operation->inlineable = 0;
  operation->functor_run = [](grpc_completion_queue_functor* self, int) {
    const std::unique_ptr<Operation> ended(static_cast<Operation*>(self));
    ended->done(ended->message);
  };
  grpc_op receive = {};
  receive.op = GRPC_OP_RECV_MESSAGE;
  receive.data.recv_message.recv_message = &operation->message;
  const grpc_call_error error =
      grpc_call_start_batch(call, &receive, 1, operation, nullptr);
  if (error != GRPC_CALL_OK) operation->functor_run(operation, 0);
}

void RequestReader::Read(const std::string& tenant,
                         const grpc::ServerContextBase& context,
                         bool may_be_long, grpc_call* call, TakeMessage done) {
  RequestReading reading;
  reading.call = call;
  reading.done = std::move(done);
  reading.connection = context.peer();
  reading.may_be_long = may_be_long;
  RequestTurns::Next next;
  {
    MutexLock lock(&mutex_);
    next = turns_[tenant].Add(std::move(reading), clock_->NowNanos());
  }
  Begin(tenant, next);
}

void RequestReader::Begin(const std::string& tenant,
                          const RequestTurns::Next& next) {
  for (const Reading reading : next) {
    ReadFirstMessage(reading->call,
                     [this, tenant, reading](grpc_byte_buffer* message) {
                       End(tenant, reading, message);
                     });
  }
}

void RequestReader::End(const std::string& tenant, Reading reading,
                        grpc_byte_buffer* message) {
  RequestTurns::Next next;
  TakeMessage done;
  {
    MutexLock lock(&mutex_);
    done = std::move(reading->done);
    next =
        turns_[tenant].Remove(reading, message != nullptr, clock_->NowNanos());
  }
  Begin(tenant, next);
  done(message);
}

void RequestReader::CheckUnfinished() {
  const int64_t now_nanos = clock_->NowNanos();
  std::set<std::string> connections;
  {
    MutexLock lock(&mutex_);
    for (const auto& [tenant, turns] : turns_) {
      turns.ConnectionsToMeasure(now_nanos, &connections);
    }
  }
  RequestTurns::ReceivedBytes received;
  for (const std::string& connection : connections) {
    const std::optional<int64_t> bytes = received_bytes_(connection);
    if (bytes.has_value()) received[connection] = *bytes;
  }

  std::vector<grpc_call*> slow;
  std::map<std::string, RequestTurns::Next> next;
  {
    MutexLock lock(&mutex_);
    for (auto& [tenant, turns] : turns_) {
      RequestTurns::Next of_tenant;
      for (grpc_call* call :
           turns.CheckUnfinished(now_nanos, received, &of_tenant)) {
        grpc_call_ref(call);
        slow.push_back(call);
      }
      if (!of_tenant.empty()) next[tenant] = std::move(of_tenant);
    }
  }
  for (const auto& [tenant, of_tenant] : next) Begin(tenant, of_tenant);
  for (grpc_call* call : slow) {
    grpc_call_cancel_with_status(
        call, GRPC_STATUS_RESOURCE_EXHAUSTED,
        "the request took too long to arrive while others waited", nullptr);
    grpc_call_unref(call);
  }
}

}  // namespace spiked
