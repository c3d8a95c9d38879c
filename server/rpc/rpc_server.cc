// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/rpc_server.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/vector_target.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "server/rpc/call_observer.h"
#include "server/rpc/library_logs.h"
#include "server/rpc/model_service.h"
#include "server/rpc/network_service.h"
#include "server/rpc/recording_service.h"
#include "server/rpc/server_service.h"
#include "server/rpc/session_service.h"
#include "server/rpc/stimulus_service.h"
#include "server/rpc/upload_stream.h"

namespace spiked {
namespace {

v1::ServerInfo MakeInfo(const RpcServer::Options& options,
                        const RpcServer::ServerFacts& facts) {
  v1::ServerInfo info;
  info.set_version(facts.version);
  info.set_boot_id(facts.boot_id);
  info.set_worker_thread_count(facts.worker_count);
  info.set_max_message_bytes(options.max_receive_bytes);
  info.set_vector_target(VectorTarget());
  return info;
}

// Why these numbers: /server/rpc/README.md, "Connections".
void SetLimits(const RpcServer::Options& options,
               grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(options.max_receive_bytes);
  builder->SetMaxSendMessageSize(-1);
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 100);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder->AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);

  // Only reflection uses threads of its own, one for each open stream.
  grpc::ResourceQuota quota("spiked");
  quota.Resize(static_cast<size_t>(options.buffer_bytes));
  quota.SetMaxThreads(8);
  builder->SetResourceQuota(quota);
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

}  // namespace

struct RpcServer::Services {
  Services(const v1::ServerInfo& info, const Parts& parts)
      : dispatcher(std::make_shared<StreamDispatcher>(parts.clock)),
        executor(std::make_unique<Executor>(1)),
        environment{
            parts.registry,
            parts.statistics,
            parts.clock,
            dispatcher,
            executor.get(),
            std::make_shared<RequestLog>(parts.clock, parts.statistics)},
        sessions(environment),
        networks(environment),
        stimuli(environment),
        recordings(environment),
        uploads(environment),
        server(info, parts.registry) {}

  std::shared_ptr<StreamDispatcher> dispatcher;
  std::unique_ptr<Executor> executor;
  RpcEnvironment environment;
  SessionService sessions;
  ModelService models;
  NetworkService networks;
  StimulusService stimuli;
  RecordingService recordings;
  UploadService uploads;
  ServerService server;
};

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(
    const Options& options, const ServerFacts& facts, const Parts& parts) {
  RouteLibraryLogs();
  RegisterMethods(parts.call_statistics);
  std::unique_ptr<RpcServer> server(new RpcServer(options, facts, parts));
  if (!server->Listen(options)) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options.listen_address,
                     ": the address is in use, or is none of this machine's"));
  }
  return server;
}

RpcServer::RpcServer(const Options& options, const ServerFacts& facts,
                     const Parts& parts)
    : parts_(parts),
      services_(std::make_unique<Services>(MakeInfo(options, facts), parts)) {}

RpcServer::~RpcServer() { Shutdown(std::chrono::milliseconds(0)); }

bool RpcServer::Listen(const Options& options) {
  // Both are for the builder that comes after them, and for the process.
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  grpc::ServerBuilder builder;
  SetLimits(options, &builder);
  builder.AddListeningPort(options.listen_address,
                           grpc::InsecureServerCredentials(), &port_);
  for (grpc::Service* service : std::vector<grpc::Service*>{
           &services_->sessions, &services_->models, &services_->networks,
           &services_->stimuli, &services_->recordings, &services_->uploads,
           &services_->server}) {
    builder.RegisterService(service);
  }
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      observers;
  observers.push_back(
      MakeCallObserverFactory(parts_.call_statistics, parts_.clock));
  builder.experimental().SetInterceptorCreators(std::move(observers));
  server_ = builder.BuildAndStart();
  return server_ != nullptr && port_ != 0;
}

void RpcServer::SetDraining() {
  parts_.registry->Drain();
  server_->GetHealthCheckService()->SetServingStatus(false);
  services_->dispatcher->Drain();
}

void RpcServer::Shutdown(std::chrono::milliseconds grace) {
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + grace);
    server_.reset();
  }
  // Until here calls were still served; none is left.
  services_->executor.reset();
  services_->dispatcher->Stop();
}

}  // namespace spiked
