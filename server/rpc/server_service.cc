// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/server_service.h"

namespace spiked {

grpc::ServerUnaryReactor* ServerService::GetServerInfo(
    grpc::CallbackServerContext* context, const v1::GetServerInfoRequest*,
    v1::ServerInfo* response) {
  *response = facts_;
  response->set_draining(registry_->draining());
  response->set_session_count(registry_->session_count());
  response->set_max_session_count(registry_->limits().max_sessions);
  response->set_max_session_thread_count(
      registry_->limits().max_session_threads);
  response->set_memory_bytes(registry_->memory_bytes());
  response->set_memory_limit_bytes(registry_->limits().memory_bytes);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace spiked
