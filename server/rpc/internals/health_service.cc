// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/internals/health_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/io/coded_stream.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_method.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "server/rpc/call/stream_life.h"
#include "server/rpc/internals/first_message.h"

namespace spiked {
namespace {

using grpc::internal::CallbackServerStreamingHandler;
using grpc::internal::CallbackUnaryHandler;
using grpc::internal::MethodHandler;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

// HealthCheckResponse.ServingStatus
enum Status { kServing = 1, kNotServing = 2, kServiceUnknown = 3 };

// HealthCheckResponse: the field 1 is the status.
grpc::ByteBuffer ResponseOf(Status status) {
  const char bytes[] = {0x08, static_cast<char>(status)};
  const grpc::Slice slice(bytes, sizeof(bytes));
  return grpc::ByteBuffer(&slice, 1);
}

// The name of the service in a HealthCheckRequest, which is its field 1; empty
// if the request was not read. Nullopt if it is malformed.
std::optional<std::string> ServiceOf(const grpc::ByteBuffer& request) {
  std::string service;
  if (!request.Valid()) return service;  // not read
  std::vector<grpc::Slice> slices;
  if (!request.Dump(&slices).ok()) return std::nullopt;
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  constexpr uint32_t kServiceTag = 10;
  google::protobuf::io::CodedInputStream input(
      reinterpret_cast<const uint8_t*>(bytes.data()),
      static_cast<int>(bytes.size()));
  while (const uint32_t tag = input.ReadTag()) {
    uint32_t size = 0;
    if (tag != kServiceTag || !input.ReadVarint32(&size) ||
        !input.ReadString(&service, static_cast<int>(size))) {
      return std::nullopt;
    }
  }
  if (!input.ConsumedEntireMessage()) return std::nullopt;
  return service;
}

}  // namespace

// Reads the request, unless too many are being read already; then runs a
// handler of raw messages.
class HealthService::ReadingHandler : public MethodHandler {
 public:
  // `service` outlives this.
  ReadingHandler(std::unique_ptr<MethodHandler> handler, HealthService* service)
      : handler_(std::move(handler)), service_(service) {}

  void RunHandler(const HandlerParameter& call) override {
    grpc_call* const reading = call.call->call();
    const auto connection = CountCall(service_->transit_, *call.server_context);
    if (!Begin(reading)) return Run(call, nullptr);
    ReadFirstMessage(reading, [=, this](grpc_byte_buffer* message) {
      if (message != nullptr) {
        connection->CountMessage(
            static_cast<int64_t>(grpc_byte_buffer_length(message)));
      }
      End(reading);
      Run(call, message);
    });
  }

 private:
  bool Begin(grpc_call* call) {
    MutexLock lock(&service_->mutex_);
    if (service_->reading_.size() >= kMaxReading) return false;
    service_->reading_[call] = service_->clock_->NowNanos();
    return true;
  }
  void End(grpc_call* call) {
    MutexLock lock(&service_->mutex_);
    service_->reading_.erase(call);
  }

  void Run(const HandlerParameter& call, grpc_byte_buffer* message) {
    grpc::Status status;
    void* data = nullptr;
    void* request =
        handler_->Deserialize(call.call->call(), message, &status, &data);
    handler_->RunHandler(HandlerParameter(call.call, call.server_context,
                                          request, status, data,
                                          call.call_requester));
  }

  const std::unique_ptr<MethodHandler> handler_;
  HealthService* const service_;
};

// A stream of the server's serving status.
class HealthService::Watcher
    : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  Watcher(HealthService* service, bool is_known)
      : service_(service), is_known_(is_known) {}

  // Writes the status unless it was written already.
  void Look() {
    do {
      if (!life_.BeginWrite()) return;  // OnWriteDone calls Look again
      const Status status = Now();
      if (status != written_) {
        written_ = status;
        message_ = ResponseOf(status);
        return StartWrite(&message_);
      }
      if (auto end = life_.EndWrite(true)) return Finish(*std::move(end));
    } while (Now() != written_);
  }

 private:
  Status Now() const {
    if (!is_known_) return kServiceUnknown;
    return service_->is_serving_ ? kServing : kNotServing;
  }

  void OnWriteDone(bool ok) override {
    if (auto end = life_.EndWrite(ok)) return Finish(*std::move(end));
    Look();
  }
  void OnCancel() override {
    if (auto end = life_.Cancel()) Finish(*std::move(end));
  }
  void OnDone() override { service_->Forget(this); }

  HealthService* const service_;
  const bool is_known_;
  StreamLife life_;
  std::atomic<int> written_{0};
  grpc::ByteBuffer message_;
};

HealthService::HealthService(const Clock* clock, TransitBook* transit)
    : clock_(clock), transit_(transit) {
  const auto add = [this](int index, const char* path,
                          std::unique_ptr<MethodHandler> handler) {
    // Declared as a stream of the client, so that gRPC leaves reading the
    // request to ReadingHandler.
    AddMethod(new RpcServiceMethod(path, RpcMethod::BIDI_STREAMING, nullptr));
    MarkMethodCallback(index, new ReadingHandler(std::move(handler), this));
  };
  add(0, "/grpc.health.v1.Health/Check",
      std::make_unique<CallbackUnaryHandler<Bytes, Bytes>>(
          [this](grpc::CallbackServerContext* context, const Bytes* request,
                 Bytes* response) {
            return Check(context, request, response);
          }));
  add(1, "/grpc.health.v1.Health/Watch",
      std::make_unique<CallbackServerStreamingHandler<Bytes, Bytes>>(
          [this](grpc::CallbackServerContext*, const Bytes* request) {
            return Watch(request);
          }));
}

grpc::ServerUnaryReactor* HealthService::Check(
    grpc::CallbackServerContext* context, const Bytes* request,
    Bytes* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const std::optional<std::string> service = ServiceOf(*request);
  if (!service.has_value()) {
    reactor->Finish({grpc::INVALID_ARGUMENT, "is no HealthCheckRequest"});
  } else if (!service->empty()) {
    reactor->Finish({grpc::NOT_FOUND, "only the whole server, \"\", is known"});
  } else {
    *response = ResponseOf(is_serving_ ? kServing : kNotServing);
    reactor->Finish(grpc::Status::OK);
  }
  return reactor;
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* HealthService::Watch(
    const Bytes* request) {
  const std::optional<std::string> service = ServiceOf(*request);
  // By the protocol, watching an unknown service is no error: it may be added.
  const bool is_known = service.has_value() && service->empty();
  const auto watcher = std::make_shared<Watcher>(this, is_known);
  {
    MutexLock lock(&mutex_);
    watchers_.insert(watcher);
  }
  watcher->Look();
  return watcher.get();
}

void HealthService::Forget(Watcher* watcher) {
  std::shared_ptr<Watcher> last;  // freed without the lock
  MutexLock lock(&mutex_);
  for (auto it = watchers_.begin(); it != watchers_.end(); ++it) {
    if (it->get() != watcher) continue;
    last = *it;
    watchers_.erase(it);
    return;
  }
}

void HealthService::EndUnfinished() {
  std::vector<grpc_call*> unfinished;
  {
    MutexLock lock(&mutex_);
    const int64_t latest = clock_->NowNanos() - kArrivalNanos;
    for (const auto& [call, begin_nanos] : reading_) {
      if (begin_nanos > latest) continue;
      grpc_call_ref(call);
      unfinished.push_back(call);
    }
  }
  for (grpc_call* call : unfinished) {
    grpc_call_cancel_with_status(call, GRPC_STATUS_RESOURCE_EXHAUSTED,
                                 "the request took too long to arrive",
                                 nullptr);
    grpc_call_unref(call);
  }
}

void HealthService::SetServing(bool is_serving) {
  is_serving_ = is_serving;
  std::set<std::shared_ptr<Watcher>> watchers;
  {
    MutexLock lock(&mutex_);
    watchers = watchers_;
  }
  for (const auto& watcher : watchers) watcher->Look();
}

}  // namespace spiked
