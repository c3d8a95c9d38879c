// SPDX-License-Identifier: Apache-2.0
//
// Runs the gate before the handler of every call of spiked's services.
//
// gRPC 1.51 has no hook for this: interceptors cannot keep a handler from
// running, and AuthMetadataProcessor aborts the process on connections without
// TLS. So each service is registered behind a GuardedService, which has the
// same methods, taken from the descriptor, with handlers that ask the gate
// first. It registers them by the same functions as generated code.
//
// GuardedHandler reads the request, after the gate. gRPC itself would read it
// before the handler is called, so that any client could fill the memory that
// all calls share with requests that never end. Requests without a valid token
// are not read, and those of a tenant only a few at a time (RequestReader). A
// request is parsed if there is memory for the parsed message (RequestMemory).
// A refused call is passed to the service's handler as one whose request could
// not be read: the handler cleans up and ends it as UNIMPLEMENTED without
// running code of the service. The call observer replaces that status by the
// refusal.
//
// Methods with a stream of the client read and parse their messages themselves.

#ifndef SPIKED_SERVER_RPC_INTERNALS_GUARDED_SERVICE_H_
#define SPIKED_SERVER_RPC_INTERNALS_GUARDED_SERVICE_H_

#include <memory>
#include <string>

#include "grpcpp/impl/service_type.h"
#include "server/rpc/gate/gate.h"
#include "server/rpc/internals/first_message.h"
#include "server/rpc/internals/grpc_version.h"
#include "server/session/registry/session_registry.h"

namespace spiked {

// Makes the service to register instead of `service`, a callback service with
// that full name. All pointers outlive the server. Requires: the server uses
// CallContextAllocator and the call observer.
std::unique_ptr<grpc::Service> GuardService(const std::string& full_name,
                                            grpc::Service* service, Gate* gate,
                                            RequestReader* requests,
                                            TransitBook* transit,
                                            SessionRegistry* registry);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_INTERNALS_GUARDED_SERVICE_H_
