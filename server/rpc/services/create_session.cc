// SPDX-License-Identifier: Apache-2.0
//
// SessionService::CreateSession: read the request, build the network, answer.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/build/validate.h"
#include "server/rpc/call/request_log.h"
#include "server/rpc/call/session_filter.h"
#include "server/rpc/call/session_message.h"
#include "server/rpc/call/unary_call.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/resolve_uploads.h"
#include "server/rpc/convert/session_name.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/session_service.h"

namespace spiked {
namespace {

struct ParsedRequest {
  std::string id;
  NetworkSpec network;
  SessionOptions options;
  SessionCare care;
  Violations violations;
};

SessionCare ToCare(const v1::CreateSessionRequest& request,
                   Violations* violations) {
  SessionCare care;
  care.lifetime.labels = ToLabels(request.labels(), "labels", violations);
  CheckSeconds(request.ttl_s(), "ttl_s", violations);
  care.lifetime.ttl_s = request.ttl_s();
  CheckSeconds(request.idle_timeout_s(), "idle_timeout_s", violations);
  care.lifetime.idle_timeout_s = request.idle_timeout_s();
  care.return_at_once = request.return_at_once();
  return care;
}

// Reads a request and checks all but the network, which the builder checks. If
// there are violations already, the network is checked here too, so that the
// answer has all violations at once.
ParsedRequest ReadRequest(const v1::CreateSessionRequest& request,
                          const SessionLimits& limits, SynapseUploads* uploads,
                          const Caller& caller) {
  ParsedRequest parsed;
  Violations& violations = parsed.violations;
  parsed.id = request.session_id();
  if (!parsed.id.empty() && !SessionRegistry::IsSessionId(parsed.id)) {
    violations.Add("session_id",
                   absl::StrCat("\"", parsed.id,
                                "\": an id is a lower-case letter, then up to "
                                "62 lower-case letters, digits or '-', not "
                                "ending in '-'"));
  }
  parsed.options = ToOptions(request, limits.max_session_threads, &violations);
  parsed.care = ToCare(request, &violations);
  if (!request.has_network()) {
    violations.Add("network", "is required");
    return parsed;
  }
  if (!CheckCounts(request.network(), "network", &violations)) return parsed;
  parsed.network = ToSpec(request.network(), "network", &violations);
  parsed.care.uploads =
      ResolveUploads(request.network(), "network", caller.tenant->name(),
                     uploads, &parsed.network, &violations);
  if (request.has_seed()) parsed.network.seed = request.seed();
  if (violations.empty()) return parsed;
  const Violations more = ValidateNetwork(parsed.network, "network");
  for (const Violation& violation : more.list()) {
    violations.Add(violation.field, violation.description);
  }
  return parsed;
}

using Call = UnaryCall<v1::Session>;
using Once = OnceCall<v1::Session>;

// Answers the call when the session is built or has failed. `is_kept` means
// that the session stays even if the client has gone away.
void Finish(const RpcEnvironment& environment,
            const SessionBuilder::CreateResult& result, const Once& once,
            bool is_kept) {
  if (!result.violations.empty()) {
    return once.Fail(ToGrpcStatus(result.violations, Reason::kInvalidNetwork));
  }
  if (!result.status.ok()) return once.Fail(ToGrpcStatus(result.status));
  const auto answer = [once, is_kept, session = result.session,
                       registry = environment.registry](v1::Session made) {
    const bool answered = once.Answer(
        [&](v1::Session* response) { *response = std::move(made); });
    // The client has gone away and doesn't know the session's id: delete it.
    if (!answered && !is_kept) {
      registry->Delete(
          session->key(), [](const Outcome&) {}, session->incarnation_id());
    }
  };
  MakeSessionMessage(
      environment,
      {result.session, result.session->status(), /*projections=*/true}, answer,
      [once](grpc::Status status) { once.Fail(std::move(status)); });
}

// Reads the request, then has its network built or fails the call.
void Create(const RpcEnvironment& environment,
            const v1::CreateSessionRequest& request, Violations violations,
            const Once& once) {
  SessionRegistry* registry = environment.registry;
  ParsedRequest parsed = ReadRequest(request, registry->limits(),
                                     registry->uploads(), environment.caller);
  for (const Violation& violation : violations.list()) {
    parsed.violations.Add(violation.field, violation.description);
  }
  // Requests with an id or return_at_once are built even if the client has gone
  // away.
  const bool is_kept = once.is_kept() || parsed.care.return_at_once;
  if (!once.call()->ReleaseRequest(&request) && !is_kept) return;
  if (!parsed.violations.empty()) {
    return once.Fail(ToGrpcStatus(parsed.violations));
  }
  environment.builder->Create(
      KeyFor(environment.caller, parsed.id), std::move(parsed.network),
      parsed.options,
      [environment, once, is_kept](const SessionBuilder::CreateResult& result) {
        Finish(environment, result, once, is_kept);
      },
      is_kept ? nullptr : once.call()->cancelled(), std::move(parsed.care));
}

}  // namespace

grpc::ServerUnaryReactor* SessionService::CreateSession(
    grpc::CallbackServerContext* context,
    const v1::CreateSessionRequest* request, v1::Session* response) {
  auto call = Call::Make(response);
  const RpcEnvironment environment = environment_.For(context);
  environment.Run(request->ByteSizeLong(), call, [environment, call, request] {
    Violations violations;
    // Answer a repeated request from the log.
    CheckRequestId(request->request_id(), &violations);
    const bool has_id = violations.empty() && !request->request_id().empty();
    const auto [once, is_new] =
        Once::Begin(call, environment.requests,
                    RequestKey(environment.caller, "CreateSession"),
                    has_id ? request->request_id() : "", *request);
    if (!is_new) {
      call->ReleaseRequest();
      return;
    }
    // The log waits for the end of a request that it knows.
    RunOrEnd(
        [&, &once = once] {
          Create(environment, *request, std::move(violations), once);
        },
        [&once = once](grpc::Status status) { once.Fail(std::move(status)); });
  });
  return call.get();
}

}  // namespace spiked
