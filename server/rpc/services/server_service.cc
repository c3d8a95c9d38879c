// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/server_service.h"

#include <functional>
#include <memory>
#include <utility>

#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/services.h"

namespace spiked {
namespace {

// Adds the quotas that have a limit.
void AddQuotas(const Tenant::Usage& usage, v1::ServerInfo* info) {
  for (int r = 0; r < kResourceCount; ++r) {
    if (usage.limits[r] <= 0) continue;
    v1::Quota* quota = info->add_quotas();
    quota->set_resource(kResourceNames[r]);
    quota->set_limit(usage.limits[r]);
    quota->set_used(usage.used[r]);
  }
}

}  // namespace

grpc::ServerUnaryReactor* ServerService::GetServerInfo(
    grpc::CallbackServerContext* context, const v1::GetServerInfoRequest*,
    v1::ServerInfo* response) {
  const Caller caller = environment_.For(context).caller;
  const Tenant::Usage usage =
      caller.tenant->usage(environment_.clock->NowNanos());
  // A tenant's numbers are its own: it learns nothing about others.
  const bool own = caller.authenticated && !caller.admin;
  const auto used = [&](Resource resource) {
    return static_cast<int64_t>(usage.used[static_cast<int>(resource)]);
  };
  *response = facts_;
  response->set_draining(registry_->draining());
  response->set_session_count(own ? static_cast<int>(used(Resource::kSessions))
                                  : registry_->session_count());
  response->set_max_session_count(registry_->limits().max_sessions);
  response->set_max_session_thread_count(
      registry_->limits().max_session_threads);
  response->set_memory_bytes(own ? used(Resource::kMemoryBytes)
                                 : registry_->memory_bytes());
  response->set_memory_limit_bytes(registry_->limits().memory_bytes);
  response->set_tenant(caller.tenant->name());
  response->set_admin(caller.admin);
  response->set_memory_tight(registry_->ledger()->guard()->tight());
  AddQuotas(usage, response);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerUnaryReactor* ServerService::DrainServer(
    grpc::CallbackServerContext* context, const v1::DrainServerRequest*,
    v1::DrainServerResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (!environment_.For(context).caller.admin) {
    reactor->Finish(ToGrpcStatus(
        Refusal(Reason::kPermissionDenied,
                "only a token with the role admin may drain the server")));
    return reactor;
  }
  drain_();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

std::unique_ptr<grpc::Service> NewServerService(
    v1::ServerInfo facts, const RpcEnvironment& environment,
    std::function<void()> drain) {
  return std::make_unique<ServerService>(std::move(facts), environment,
                                         std::move(drain));
}

}  // namespace spiked
