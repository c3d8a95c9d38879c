// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_CALL_OBSERVER_H_
#define SPIKED_SERVER_RPC_GATE_CALL_OBSERVER_H_

#include <memory>

#include "grpcpp/support/server_interceptor.h"
#include "server/base/clock.h"
#include "server/statistics/call_statistics.h"

namespace spiked {

// Registers the methods of all our services, unless that was done.
void RegisterMethods(CallStatistics* statistics);

// Counts calls by method: begun, ended by code, and how long they took. It only
// observes: interceptors of this gRPC cannot refuse a call. But it says why the
// gate has refused one. Requires CallContexts. What is passed outlives the
// factory.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
MakeCallObserverFactory(CallStatistics* statistics, const Clock* clock);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_CALL_OBSERVER_H_
