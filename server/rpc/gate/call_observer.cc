// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/gate/call_observer.h"

#include <string>

#include "google/protobuf/descriptor.h"
#include "server/rpc/gate/call_context.h"
#include "server/rpc/gate/call_net.h"
#include "spiked/v1/change.pb.h"
#include "spiked/v1/model.pb.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/server.pb.h"
#include "spiked/v1/session.pb.h"
#include "spiked/v1/stimulus.pb.h"
#include "spiked/v1/upload.pb.h"

namespace spiked {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerInterceptorFactoryInterface;
using grpc::experimental::ServerRpcInfo;

const char* TypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) {
    return method.server_streaming() ? "bidi_stream" : "client_stream";
  }
  return method.server_streaming() ? "server_stream" : "unary";
}

// Observes one call.
class CallObserver : public Interceptor {
 public:
  // `statistics` is null for methods that are not of spiked's services.
  CallObserver(MethodStatistics* statistics,
               const grpc::ServerContextBase* context, const Clock* clock)
      : statistics_(statistics),
        context_(context),
        clock_(clock),
        counts_bytes_(statistics != nullptr &&
                      statistics->type != "server_stream"),
        begin_(clock->NowNanos()) {
    if (statistics_ != nullptr) statistics_->started.Add();
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    if (statistics_ != nullptr &&
        methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      const auto* call = static_cast<const CallContext*>(context_);
      if (call->connection != nullptr) call->connection->CountSent();
      if (counts_bytes_) {
        CountBytes(methods->GetSerializedSendMessage()->Length());
      }
    }
    if (statistics_ != nullptr &&
        methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_STATUS)) {
      // Methods with statistics have CallContexts; see guarded_service.h.
      const grpc::Status refusal = RefusalOf(methods->GetSendStatus());
      if (!refusal.ok()) methods->ModifySendStatus(refusal);
      CountEnd(refusal.ok() ? methods->GetSendStatus().error_code()
                            : refusal.error_code());
    }
    methods->Proceed();
  }

 private:
  // The status that replaces one that is being sent; OK: none. gRPC catches
  // what a handler throws and ends the call as UNIMPLEMENTED, which a handler
  // of ours never says.
  grpc::Status RefusalOf(const grpc::Status& sent) const {
    const auto* call = static_cast<const CallContext*>(context_);
    if (call->refusal.ok() && call->handled &&
        sent.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
      return StatusOfThrown(statistics_->method + " ended early");
    }
    return call->refusal;
  }

  // Counts the bytes of answers for the tenant's quota. Server streams count
  // their own bytes, and wait for the quota; answers don't wait, but make
  // streams wait longer.
  void CountBytes(size_t bytes) {
    Tenant* tenant =
        static_cast<const CallContext*>(context_)->caller.tenant.get();
    if (tenant == nullptr) return;
    tenant->CountStreamBytes(static_cast<int64_t>(bytes), clock_->NowNanos());
  }

  void CountEnd(int code) {
    const bool known = code >= 0 && code < MethodStatistics::kCodeCount;
    statistics_->handled[known ? code : grpc::StatusCode::UNKNOWN].Add();
    statistics_->latency.Add(clock_->NowNanos() - begin_);
  }

  MethodStatistics* const statistics_;
  const grpc::ServerContextBase* const context_;
  const Clock* const clock_;
  const bool counts_bytes_;
  const int64_t begin_;
};

class CallObserverFactory : public ServerInterceptorFactoryInterface {
 public:
  CallObserverFactory(CallStatistics* statistics, const Clock* clock)
      : statistics_(statistics), clock_(clock) {}

  Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    return new CallObserver(statistics_->Find(info->method()),
                            info->server_context(), clock_);
  }

 private:
  CallStatistics* const statistics_;
  const Clock* const clock_;
};

}  // namespace

void RegisterMethods(CallStatistics* statistics) {
  if (!statistics->methods().empty()) return;
  for (const auto* file :
       {v1::Session::descriptor()->file(), v1::Model::descriptor()->file(),
        v1::Change::descriptor()->file(),
        v1::StreamStimuliRequest::descriptor()->file(),
        v1::SpikeBatch::descriptor()->file(),
        v1::ServerInfo::descriptor()->file(),
        v1::UploadBegin::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      const auto* service = file->service(i);
      for (int k = 0; k < service->method_count(); ++k) {
        const auto& method = *service->method(k);
        statistics->Register(service->full_name(), method.name(),
                             TypeOf(method));
      }
    }
  }
}

std::unique_ptr<ServerInterceptorFactoryInterface> MakeCallObserverFactory(
    CallStatistics* statistics, const Clock* clock) {
  return std::make_unique<CallObserverFactory>(statistics, clock);
}

}  // namespace spiked
