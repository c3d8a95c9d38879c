// SPDX-License-Identifier: Apache-2.0
//
// The one place that every call of our services passes before its handler.
//
// gRPC 1.51 has none: interceptors cannot keep a handler from running, and
// AuthMetadataProcessor aborts the process on connections without TLS. So a
// service is registered behind another one, which has its methods by the
// descriptor and, for each, a handler that asks the gate first. Generated code
// registers handlers by the same calls.
//
// The request is read after that, by us: gRPC would read it before the handler
// is called, so that anybody could fill the memory that all calls share with
// requests that never end. Of a stranger nothing is read, and of a tenant not
// too many at a time (RequestReader). What was read is parsed if there is
// memory for what it becomes (RequestMemory). A call that is refused goes to
// the service's handler as one whose request could not be read, which cleans up
// after it and ends it as UNIMPLEMENTED without running any code of ours; the
// call observer puts the refusal in that place.
//
// Streams of clients read and parse their messages themselves.

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

// What to register instead of `service`, a callback service of that full name.
// All outlive the server. Requires: the server has CallContexts and the call
// observer.
std::unique_ptr<grpc::Service> GuardService(const std::string& full_name,
                                            grpc::Service* service, Gate* gate,
                                            RequestReader* requests,
                                            SessionRegistry* registry);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_INTERNALS_GUARDED_SERVICE_H_
