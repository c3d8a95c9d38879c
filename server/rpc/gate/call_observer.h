// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_CALL_OBSERVER_H_
#define SPIKED_SERVER_RPC_GATE_CALL_OBSERVER_H_

#include <memory>

#include "grpcpp/support/server_interceptor.h"
#include "server/base/clock.h"
#include "server/statistics/call_statistics.h"

namespace spiked {

// Registers the methods of all of spiked's services, unless they are registered
// already.
void RegisterMethods(CallStatistics* statistics);

// Makes interceptors that count calls by method: calls begun, calls ended by
// status code, and their duration. They also set the status of calls that the
// gate has refused, because interceptors of this gRPC can't refuse calls
// themselves. Requires CallContexts. The pointers passed outlive the factory.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
MakeCallObserverFactory(CallStatistics* statistics, const Clock* clock);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_CALL_OBSERVER_H_
