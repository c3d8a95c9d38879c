// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVICES_SERVER_SERVICE_H_
#define SPIKED_SERVER_RPC_SERVICES_SERVER_SERVICE_H_

#include <functional>
#include <utility>

#include "server/rpc/call/environment.h"
#include "server/session/registry/session_registry.h"
#include "spiked/v1/server.grpc.pb.h"

namespace spiked {

// ServerService of proto/spiked/v1/server.proto. Thread-safe.
class ServerService : public v1::ServerService::CallbackService {
 public:
  // `facts` is the part of the answer that stays the same; `drain` begins to
  // stop the server.
  ServerService(v1::ServerInfo facts, const RpcEnvironment& environment,
                std::function<void()> drain)
      : facts_(std::move(facts)),
        environment_(environment),
        registry_(environment.registry),
        drain_(std::move(drain)) {}

  grpc::ServerUnaryReactor* GetServerInfo(
      grpc::CallbackServerContext* context,
      const v1::GetServerInfoRequest* request,
      v1::ServerInfo* response) override;
  grpc::ServerUnaryReactor* DrainServer(
      grpc::CallbackServerContext* context,
      const v1::DrainServerRequest* request,
      v1::DrainServerResponse* response) override;

 private:
  const v1::ServerInfo facts_;
  const RpcEnvironment environment_;
  const SessionRegistry* const registry_;
  const std::function<void()> drain_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_SERVER_SERVICE_H_
