// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/network_service.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/change/change.h"
#include "server/rpc/call/request_check.h"
#include "server/rpc/call/unary_call.h"
#include "server/rpc/convert/convert_change.h"
#include "server/rpc/convert/in_range.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/services.h"

namespace spiked {
namespace {

using Call = UnaryCall<v1::ChangeNetworkResponse>;

constexpr int kMaxChanges = 1000;

void CheckRequest(const v1::ChangeNetworkRequest& request,
                  Violations* violations) {
  if (request.changes_size() < 1 || request.changes_size() > kMaxChanges) {
    violations->Add("changes",
                    absl::StrCat(request.changes_size(), " changes; 1 to ",
                                 kMaxChanges, " are allowed"));
  }
  CheckRange(request.at_step(), 0, kMaxStep, "at_step", violations);
}

// Reads the changes and checks them against the session's network. Requires:
// CheckRequest found nothing.
ChangeCommand ToCommand(const v1::ChangeNetworkRequest& request,
                        const Network& network, Violations* violations) {
  ChangeCommand command;
  if (request.has_at_step()) command.at_step = request.at_step();
  auto changes = std::make_shared<const ChangeSpecs>(
      ToSpecs(request.changes(), "changes", violations));
  ValidateChanges(network, *changes, "changes", violations);
  command.changes = std::move(changes);
  return command;
}

// Reads the request, then posts the command or fails the call.
void ChangeNetwork(const RpcEnvironment& environment,
                   const v1::ChangeNetworkRequest& request,
                   const std::shared_ptr<Call>& call) {
  RequestCheck check(environment, TargetOf(request));
  CheckRequest(request, check.violations());
  ChangeCommand command;
  if (check.ok()) {
    command = ToCommand(request, *check.network().network, check.violations());
  }
  if (!call->ReleaseRequest(&request)) return;
  if (!check.ok()) return call->Fail(check.status());

  const auto done = [call, incarnation_id = check.session()->incarnation_id()](
                        const ChangeResult& result) {
    if (!result.status.ok()) return call->Fail(ToGrpcStatus(result));
    call->Answer([&](v1::ChangeNetworkResponse* response) {
      response->set_applied_step(result.applied_step);
      response->set_step(result.session.step);
      response->set_epoch(result.session.epoch);
      response->set_incarnation_id(incarnation_id);
    });
  };
  check.session()->Post(std::move(command), done, check.built());
}

}  // namespace

grpc::ServerUnaryReactor* NetworkService::ChangeNetwork(
    grpc::CallbackServerContext* context,
    const v1::ChangeNetworkRequest* request,
    v1::ChangeNetworkResponse* response) {
  auto call = Call::Make(response);
  // Finding synapses takes long even for a short request, and so does going
  // through all projections, of which there may be many.
  const bool takes_long =
      std::any_of(request->changes().begin(), request->changes().end(),
                  [](const v1::Change& c) {
                    return c.has_set_weights() || c.has_plasticity();
                  });
  const size_t size =
      takes_long ? std::numeric_limits<size_t>::max() : request->ByteSizeLong();
  const RpcEnvironment environment = environment_.For(context);
  environment.Run(size, call, [environment, call, request] {
    spiked::ChangeNetwork(environment, *request, call);
  });
  return call.get();
}

std::unique_ptr<grpc::Service> NewNetworkService(
    const RpcEnvironment& environment) {
  return std::make_unique<NetworkService>(environment);
}

}  // namespace spiked
