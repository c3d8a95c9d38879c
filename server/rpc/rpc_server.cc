// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/rpc_server.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/numbers/vector_target.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "server/base/free_memory.h"
#include "server/base/log_thrown.h"
#include "server/base/periodic.h"
#include "server/rpc/connection/library_logs.h"
#include "server/rpc/connection/tcp_connections.h"
#include "server/rpc/connection/unix_socket.h"
#include "server/rpc/gate/call_observer.h"
#include "server/rpc/gate/gate.h"
#include "server/rpc/internals/first_message.h"
#include "server/rpc/internals/guarded_service.h"
#include "server/rpc/internals/health_service.h"
#include "server/rpc/services/services.h"
#include "server/rpc/transit_guard.h"
#include "server/security/cgroup_memory.h"

namespace spiked {
namespace {

// How often it is looked whether free memory is to be given back.
constexpr int64_t kGiveBackNanos = 50'000'000;
// The part of the memory limit that answers to request ids may take.
constexpr int64_t kLogPart = 16;

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

// The reasons for these numbers are in /server/rpc/README.md, "Connections".
void SetLimits(const RpcServer::Options& options,
               grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(options.max_receive_bytes);
  builder->SetMaxSendMessageSize(-1);
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 100);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  const auto add_time = [&](const char* name, std::chrono::milliseconds time) {
    builder->AddChannelArgument(name, static_cast<int>(time.count()));
  };
  add_time(GRPC_ARG_KEEPALIVE_TIME_MS, options.times.keepalive);
  add_time(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, options.times.keepalive_timeout);
  add_time(GRPC_ARG_MAX_CONNECTION_IDLE_MS, options.times.max_idle);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder->AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);

  // Only reflection uses threads of this quota, one for each open stream.
  grpc::ResourceQuota quota("spiked");
  quota.Resize(static_cast<size_t>(options.buffer_bytes));
  quota.SetMaxThreads(8);
  builder->SetResourceQuota(quota);
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

std::vector<std::string> AddressesOf(const RpcServer::Options& options) {
  std::vector<std::string> addresses = {options.listen_address};
  addresses.insert(addresses.end(), options.more_addresses.begin(),
                   options.more_addresses.end());
  return addresses;
}

// Removes reflection from one server. By default every server of the process
// has it, because the library is linked.
class NoReflectionOption : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>*
                         plugins) override {
    const std::string name =
        grpc::reflection::ProtoServerReflectionPlugin().name();
    std::erase_if(*plugins,
                  [&](const auto& plugin) { return plugin->name() == name; });
  }
};

// Makes `drain` run only once: a second signal would stop the server at once.
std::function<void()> DrainOnce(std::function<void()> drain) {
  auto done = std::make_shared<std::atomic<bool>>(false);
  return [drain = std::move(drain), done] {
    if (drain != nullptr && !done->exchange(true)) drain();
  };
}

}  // namespace

struct RpcServer::Services {
  Services(const v1::ServerInfo& info, const Parts& parts)
      : dispatcher(std::make_shared<StreamDispatcher>(parts.clock)),
        executor(std::make_shared<Executor>(1, LogThrownBy("large requests"))),
        environment{parts.registry,
                    parts.builder,
                    parts.editor,
                    parts.statistics,
                    parts.clock,
                    dispatcher,
                    executor,
                    std::make_shared<RequestLog>(
                        parts.clock, parts.statistics,
                        static_cast<size_t>(
                            parts.registry->limits().memory_bytes / kLogPart)),
                    Caller(),
                    nullptr},
        gate(info.boot_id(), parts.tokens, parts.registry->tenants(),
             parts.registry->ledger().get(), parts.statistics),
        requests(parts.clock, ReceivedBytes, parts.registry->ledger(),
                 info.max_message_bytes()),
        health(parts.clock, &transit),
        check_unfinished(
            parts.clock, RequestReader::kCheckNanos,
            [this] {
              requests.CheckUnfinished();
              health.EndUnfinished();
            },
            LogThrownBy("unfinished requests")) {
    Add("spiked.v1.SessionService", NewSessionService(environment));
    Add("spiked.v1.ModelService", NewModelService());
    Add("spiked.v1.NetworkService", NewNetworkService(environment));
    Add("spiked.v1.StimulusService", NewStimulusService(environment));
    Add("spiked.v1.RecordingService", NewRecordingService(environment));
    Add("spiked.v1.UploadService", NewUploadService(environment));
    Add("spiked.v1.ServerService",
        NewServerService(info, environment, DrainOnce(parts.drain)));
  }

  void Add(const char* name, std::unique_ptr<grpc::Service> service) {
    guarded.push_back(GuardService(name, service.get(), &gate, &requests,
                                   &transit, environment.registry));
    services.push_back(std::move(service));
  }

  std::shared_ptr<StreamDispatcher> dispatcher;
  std::shared_ptr<Executor> executor;
  RpcEnvironment environment;
  Gate gate;
  TransitBook transit;
  RequestReader requests;
  HealthService health;
  Periodic check_unfinished;
  std::vector<std::unique_ptr<grpc::Service>> services;  // with the handlers
  std::vector<std::unique_ptr<grpc::Service>> guarded;   // registered with gRPC
};

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(
    const Options& options, const ServerFacts& facts, const Parts& parts) {
  RouteLibraryLogs();
  RegisterMethods(parts.call_statistics);
  if (options.tls.enabled()) {
    absl::Status status = CheckTlsFiles(options.tls);
    if (!status.ok()) return status;
  }
  for (const std::string& address : AddressesOf(options)) {
    const std::string path = UnixPathOf(address);
    if (path.empty()) continue;
    absl::Status status = PrepareUnixSocket(path);
    if (!status.ok()) return status;
  }
  std::unique_ptr<RpcServer> server(new RpcServer(options, facts, parts));
  {
    HeldLibraryLogs held;
    if (!server->Listen()) {
      const std::string error = held.TakeSystemError();
      return absl::UnavailableError(absl::StrCat(
          "cannot listen on ", absl::StrJoin(AddressesOf(options), ", nor on "),
          ": ",
          error.empty() ? "the address is in use, or is none of this machine's"
                        : error));
    }
  }
  server->GuardTransit();
  return server;
}

RpcServer::RpcServer(const Options& options, const ServerFacts& facts,
                     const Parts& parts)
    : options_(options),
      parts_(parts),
      services_(std::make_unique<Services>(MakeInfo(options, facts), parts)) {}

void RpcServer::GuardTransit() {
  // On a thread of its own, because it takes tens of milliseconds, in which a
  // fast client sends as many megabytes.
  const auto wanted = std::make_shared<std::atomic<bool>>(false);
  auto guard = std::make_shared<TransitGuard>(
      TransitGuard::Limits{options_.process_bytes, options_.transit_bytes},
      TransitGuard::World{
          [memory = ProcessMemory()] { return memory.ResidentBytes(); },
          [ports = std::set<int>(ports_.begin(), ports_.end())] {
            auto connections = TcpConnections();
            std::erase_if(connections, [&](const TcpConnection& connection) {
              return !ports.contains(connection.port);
            });
            return connections;
          },
          EndConnection, [wanted] { *wanted = true; }},
      &services_->transit, parts_.statistics);
  give_back_ = std::make_unique<Periodic>(
      parts_.clock, kGiveBackNanos,
      [wanted] {
        if (wanted->exchange(false)) GiveBackFreeMemory();
      },
      LogThrownBy("giving back free memory"));
  guard_transit_ = std::make_unique<Periodic>(
      parts_.clock, TransitGuard::kPeriodNanos,
      [this, guard = std::move(guard)] {
        guard->Look(parts_.clock->NowNanos());
      },
      LogThrownBy("the guard of requests on their way"));
}

RpcServer::~RpcServer() { Shutdown(std::chrono::milliseconds(0)); }

bool RpcServer::Listen() {
  // Both calls are global to the process, and affect builders that are made
  // afterwards.
  grpc::EnableDefaultHealthCheckService(false);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  grpc::ServerBuilder builder;
  SetLimits(options_, &builder);
  if (parts_.tokens != nullptr) {
    builder.SetOption(std::make_unique<NoReflectionOption>());
  }
  const std::vector<std::string> addresses = AddressesOf(options_);
  ports_.resize(addresses.size());
  for (size_t i = 0; i < addresses.size(); ++i) {
    const bool is_socket = !UnixPathOf(addresses[i]).empty();
    builder.AddListeningPort(
        addresses[i],
        MakeServerCredentials(is_socket ? TlsFiles() : options_.tls),
        &ports_[i]);
  }
  builder.SetContextAllocator(std::make_unique<CallContextAllocator>());
  for (const auto& service : services_->guarded) {
    builder.RegisterService(service.get());
  }
  builder.RegisterService(&services_->health);
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      observers;
  observers.push_back(
      MakeCallObserverFactory(parts_.call_statistics, parts_.clock));
  builder.experimental().SetInterceptorCreators(std::move(observers));
  // The umask gives a socket its permissions from the moment of its creation.
  const mode_t mask = umask(~static_cast<mode_t>(options_.socket_mode) & 0777);
  server_ = builder.BuildAndStart();
  umask(mask);
  return server_ != nullptr &&
         std::find(ports_.begin(), ports_.end(), 0) == ports_.end();
}

std::vector<std::string> RpcServer::addresses() const {
  std::vector<std::string> addresses = AddressesOf(options_);
  for (size_t i = 0; i < addresses.size(); ++i) {
    if (!UnixPathOf(addresses[i]).empty()) continue;
    addresses[i].resize(addresses[i].rfind(':') + 1);
    absl::StrAppend(&addresses[i], ports_[i]);
  }
  return addresses;
}

void RpcServer::RefuseNewSessions() {
  parts_.registry->Drain();
  services_->health.SetServing(false);
}

void RpcServer::SetDraining() {
  RefuseNewSessions();
  services_->dispatcher->Drain();
}

void RpcServer::Shutdown(std::chrono::milliseconds grace) {
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + grace);
    server_.reset();
  }
  // All calls have ended by now, so nothing uses these any more.
  services_->executor->Stop();
  services_->dispatcher->Stop();
}

}  // namespace spiked
