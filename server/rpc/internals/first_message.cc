// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/internals/first_message.h"

#include <iterator>
#include <memory>
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
                         grpc_call* call, TakeMessage done) {
  std::vector<Readings::iterator> next;
  {
    MutexLock lock(&mutex_);
    Line& line = lines_[tenant];
    const bool waits = line.open.size() >= kMaxAtOnce;
    line.waiting.Push(waits ? context.peer() : "", {call, std::move(done)});
    next = TakeNext(&line);
  }
  for (const auto& reading : next) Begin(tenant, reading);
}

std::vector<RequestReader::Readings::iterator> RequestReader::TakeNext(
    Line* line) {
  std::vector<Readings::iterator> next;
  while (!line->waiting.empty() && line->open.size() < kMaxAtOnce) {
    line->open.push_back(line->waiting.Pop());
    line->open.back().begin_nanos = clock_->NowNanos();
    next.push_back(std::prev(line->open.end()));
  }
  return next;
}

void RequestReader::Begin(const std::string& tenant,
                          Readings::iterator reading) {
  ReadFirstMessage(reading->call,
                   [this, tenant, reading](grpc_byte_buffer* message) {
                     End(tenant, reading, message);
                   });
}

void RequestReader::End(const std::string& tenant, Readings::iterator reading,
                        grpc_byte_buffer* message) {
  std::vector<Readings::iterator> next;
  TakeMessage done;
  {
    MutexLock lock(&mutex_);
    const auto it = lines_.find(tenant);
    Line& line = it->second;
    done = std::move(reading->done);
    line.open.erase(reading);
    next = TakeNext(&line);
    if (line.open.empty()) lines_.erase(it);
  }
  for (const auto& after : next) Begin(tenant, after);
  done(message);
}

void RequestReader::EndSlow() {
  std::vector<grpc_call*> slow;
  {
    MutexLock lock(&mutex_);
    const int64_t now = clock_->NowNanos();
    for (const auto& [tenant, line] : lines_) {
      // Open readings are in the order of their begin; at most one is ended for
      // each that waits.
      size_t wanted = line.waiting.size();
      for (const Reading& reading : line.open) {
        if (wanted == 0 || now - reading.begin_nanos < kSlowNanos) break;
        --wanted;
        grpc_call_ref(reading.call);
        slow.push_back(reading.call);
      }
    }
  }
  for (grpc_call* call : slow) {
    grpc_call_cancel_with_status(
        call, GRPC_STATUS_RESOURCE_EXHAUSTED,
        "the request took too long to arrive while others waited", nullptr);
    grpc_call_unref(call);
  }
}

}  // namespace spiked
