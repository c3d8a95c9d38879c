// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVICES_NETWORK_SERVICE_H_
#define SPIKED_SERVER_RPC_SERVICES_NETWORK_SERVICE_H_

#include "server/rpc/call/environment.h"
#include "spiked/v1/change.grpc.pb.h"

namespace spiked {

// NetworkService of proto/spiked/v1/change.proto. Thread-safe.
class NetworkService : public v1::NetworkService::CallbackService {
 public:
  explicit NetworkService(const RpcEnvironment& environment)
      : environment_(environment) {}

  grpc::ServerUnaryReactor* ChangeNetwork(
      grpc::CallbackServerContext* context,
      const v1::ChangeNetworkRequest* request,
      v1::ChangeNetworkResponse* response) override;

  grpc::ServerUnaryReactor* EditNetwork(
      grpc::CallbackServerContext* context,
      const v1::EditNetworkRequest* request,
      v1::EditNetworkResponse* response) override;

 private:
  const RpcEnvironment environment_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_NETWORK_SERVICE_H_
