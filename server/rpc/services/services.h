// SPDX-License-Identifier: Apache-2.0
//
// The services of proto/spiked/v1, for RpcServer. Each is made in the file of
// its handlers, so that no other file has to compile the code that gRPC
// generates for it.

#ifndef SPIKED_SERVER_RPC_SERVICES_SERVICES_H_
#define SPIKED_SERVER_RPC_SERVICES_SERVICES_H_

#include <functional>
#include <memory>

#include "grpcpp/impl/service_type.h"
#include "server/rpc/call/environment.h"
#include "spiked/v1/server.pb.h"

namespace spiked {

std::unique_ptr<grpc::Service> NewModelService();
std::unique_ptr<grpc::Service> NewNetworkService(
    const RpcEnvironment& environment);
std::unique_ptr<grpc::Service> NewRecordingService(
    const RpcEnvironment& environment);
// `facts` is the part of the answer that stays the same; `drain` begins to stop
// the server.
std::unique_ptr<grpc::Service> NewServerService(
    v1::ServerInfo facts, const RpcEnvironment& environment,
    std::function<void()> drain);
std::unique_ptr<grpc::Service> NewSessionService(
    const RpcEnvironment& environment);
std::unique_ptr<grpc::Service> NewStimulusService(
    const RpcEnvironment& environment);
std::unique_ptr<grpc::Service> NewUploadService(
    const RpcEnvironment& environment);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_SERVICES_H_
