// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVER_SERVICE_H_
#define SPIKED_SERVER_RPC_SERVER_SERVICE_H_

#include <string>
#include <utility>

#include "server/session/session_registry.h"
#include "spiked/v1/server.grpc.pb.h"

namespace spiked {

// ServerService of proto/spiked/v1/server.proto. Thread-safe.
class ServerService : public v1::ServerService::CallbackService {
 public:
  // `facts` is the part of the answer that stays the same.
  ServerService(v1::ServerInfo facts, const SessionRegistry* registry)
      : facts_(std::move(facts)), registry_(registry) {}

  grpc::ServerUnaryReactor* GetServerInfo(
      grpc::CallbackServerContext* context,
      const v1::GetServerInfoRequest* request,
      v1::ServerInfo* response) override;

 private:
  const v1::ServerInfo facts_;
  const SessionRegistry* const registry_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVER_SERVICE_H_
