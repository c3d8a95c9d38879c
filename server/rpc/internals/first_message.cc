// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/internals/first_message.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace spiked {
namespace {

constexpr char kOnItsWay[] = "for a request on its way";

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

std::shared_ptr<ConnectionUse> CountCall(TransitBook* transit,
                                         const grpc::ServerContextBase& call) {
  auto use = transit->Find(call.peer());
  size_t bytes = 0;
  for (const auto& [key, value] : call.client_metadata()) {
    bytes += key.size() + value.size();
  }
  use->CountCall(static_cast<int64_t>(bytes));
  return use;
}

RequestTurns* RequestReader::TurnsOf(const std::string& tenant) {
  RequestTurns::Memory* const memory = this;
  return &turns_.try_emplace(tenant, memory).first->second;
}

bool RequestReader::IsFree(const RequestReading& reading, int others) {
  if (others == 0 && !is_kept_memory_taken_) return true;
  // Given back at once: most requests arrive before they need it.
  return ledger_->Reserve(reading.tenant, (1 + others) * max_bytes_, kOnItsWay)
      .ok();
}

bool RequestReader::Take(RequestReading* reading) {
  auto memory = ledger_->Reserve(reading->tenant, max_bytes_, kOnItsWay);
  if (memory.ok()) {
    reading->memory = *std::move(memory);
    return true;
  }
  if (is_kept_memory_taken_) return false;
  return reading->has_kept_memory = is_kept_memory_taken_ = true;
}

void RequestReader::Read(const std::shared_ptr<Tenant>& tenant,
                         const grpc::ServerContextBase& context,
                         bool may_be_long, grpc_call* call, TakeMessage done) {
  RequestReading reading;
  reading.call = call;
  reading.done = std::move(done);
  reading.tenant = tenant;
  reading.connection = context.peer();
  reading.may_be_long = may_be_long;
  RequestTurns::Next next;
  {
    MutexLock lock(&mutex_);
    next = TurnsOf(tenant->name())->Add(std::move(reading), clock_->NowNanos());
  }
  Begin(tenant->name(), next);
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
    if (reading->has_kept_memory) is_kept_memory_taken_ = false;
    next = TurnsOf(tenant)->Remove(reading, message != nullptr,
                                   clock_->NowNanos());
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

  std::vector<RequestTurns::Ended> all_ended;
  std::map<std::string, RequestTurns::Next> next;
  {
    MutexLock lock(&mutex_);
    for (auto& [tenant, turns] : turns_) {
      RequestTurns::Next of_tenant;
      for (const RequestTurns::Ended& ended :
           turns.CheckUnfinished(now_nanos, received, &of_tenant)) {
        grpc_call_ref(ended.call);
        all_ended.push_back(ended);
      }
      if (!of_tenant.empty()) next[tenant] = std::move(of_tenant);
    }
  }
  for (const auto& [tenant, of_tenant] : next) Begin(tenant, of_tenant);
  for (const RequestTurns::Ended& ended : all_ended) {
    grpc_call_cancel_with_status(
        ended.call, GRPC_STATUS_RESOURCE_EXHAUSTED,
        ended.lacks_memory
            ? "the request takes long to arrive, and the server or the tenant "
              "has no memory left for a long one"
            : "the request took too long to arrive while others waited",
        nullptr);
    grpc_call_unref(ended.call);
  }
}

}  // namespace spiked
