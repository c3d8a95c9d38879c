// SPDX-License-Identifier: Apache-2.0
//
// SessionService::CreateSession: read the request, build the network, answer.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/validate.h"
#include "server/rpc/convert.h"
#include "server/rpc/session_name.h"
#include "server/rpc/session_service.h"
#include "server/rpc/status_details.h"
#include "server/rpc/unary_call.h"

namespace spiked {
namespace {

struct Creation {
  std::string id;
  NetworkSpec network;
  SessionOptions options;
  Violations violations;
};

// What the registry doesn't check. If anything is wrong already, the network is
// checked here, so that a request gets all its violations at once.
Creation ReadRequest(const v1::CreateSessionRequest& request,
                     const SessionLimits& limits) {
  Creation creation;
  Violations& violations = creation.violations;
  creation.id = request.session_id();
  if (!creation.id.empty() && !SessionRegistry::IsSessionId(creation.id)) {
    violations.Add("session_id",
                   absl::StrCat("\"", creation.id,
                                "\": an id is a lower-case letter, then up to "
                                "62 lower-case letters, digits or '-', not "
                                "ending in '-'"));
  }
  creation.options =
      ToOptions(request, limits.max_session_threads, &violations);
  if (!request.has_network()) {
    violations.Add("network", "is required");
    return creation;
  }
  creation.network = ToSpec(request.network(), "network", &violations);
  if (request.has_seed()) creation.network.seed = request.seed();
  if (violations.empty()) return creation;
  const Violations more = ValidateNetwork(creation.network, "network");
  for (const Violation& violation : more.list()) {
    violations.Add(violation.field, violation.description);
  }
  return creation;
}

using Call = UnaryCall<v1::Session>;

void Finish(const SessionRegistry::Creation& creation, Call* call,
            SessionRegistry* registry) {
  if (!creation.violations.empty()) {
    return call->Fail(ToGrpcStatus(creation.violations, "INVALID_NETWORK"));
  }
  if (!creation.status.ok()) return call->Fail(ToGrpcStatus(creation.status));
  const Session& session = *creation.session;
  const bool answered = call->Answer([&](v1::Session* response) {
    ToProto(session, session.status(), response);
    AddProjections(session, response);
  });
  // Nobody knows of a session whose creator went away.
  if (!answered) registry->Delete(session.key(), [](const Outcome&) {});
}

}  // namespace

grpc::ServerUnaryReactor* SessionService::CreateSession(
    grpc::CallbackServerContext* context,
    const v1::CreateSessionRequest* request, v1::Session* response) {
  auto call = Call::Make(response);
  SessionRegistry* registry = environment_.registry;
  const Caller caller = environment_.For(context).caller;
  environment_.Run(request->ByteSizeLong(), [call, request, registry, caller] {
    Creation creation = ReadRequest(*request, registry->limits());
    if (!call->ReleaseRequest()) return;
    if (!creation.violations.empty()) {
      return call->Fail(ToGrpcStatus(creation.violations));
    }
    registry->Create(
        KeyFor(caller, creation.id), std::move(creation.network),
        creation.options,
        [call, registry](const SessionRegistry::Creation& built) {
          Finish(built, call.get(), registry);
        },
        call->cancelled());
  });
  return call.get();
}

}  // namespace spiked
