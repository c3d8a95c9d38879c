// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/session_service.h"

#include <memory>
#include <utility>
#include <vector>

#include "server/rpc/call/request_check.h"
#include "server/rpc/call/session_filter.h"
#include "server/rpc/call/session_message.h"
#include "server/rpc/call/unary_call.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/in_range.h"
#include "server/rpc/convert/page_token.h"
#include "server/rpc/convert/session_name.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/services.h"
#include "server/rpc/streams/watch_stream.h"

namespace spiked {
namespace {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

ServerUnaryReactor* Finish(CallbackServerContext* context,
                           grpc::Status status) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(std::move(status));
  return reactor;
}

absl::StatusOr<std::shared_ptr<Session>> Find(const RpcEnvironment& environment,
                                              const SessionTarget& target,
                                              Violations* violations) {
  const std::string key = ParseTarget(environment.caller, target, violations);
  if (!violations->empty()) return Refusal(Reason::kInvalidRequest, "");
  return environment.registry->Find(key, target.incarnation_id);
}

using Sessions = std::vector<std::shared_ptr<Session>>;

// An estimate of the size of a page with these sessions, in bytes.
size_t SizeOfPage(const Sessions& sessions) {
  size_t bytes = 0;
  for (const auto& session : sessions) {
    bytes += SizeOf({session, session->status()});
  }
  return bytes;
}

// Looking at a session that may not match takes as long as this many bytes.
constexpr size_t kBytesPerListed = 64;

// Makes a page of the first sessions: at least one, if there is one, and at
// most `max_count`, until it has kMaxPageBytes.
v1::ListSessionsResponse MakePage(const Sessions& sessions, size_t max_count,
                                  const std::string& fingerprint) {
  v1::ListSessionsResponse page;
  size_t bytes = 0;
  for (size_t i = 0; i < sessions.size(); ++i) {
    if (i == max_count || bytes >= kMaxPageBytes) {
      page.set_next_page_token(
          MakePageToken(sessions[i - 1]->id(), fingerprint));
      break;
    }
    v1::Session* session = page.add_sessions();
    ToProto(*sessions[i], sessions[i]->status(), session);
    bytes += session->ByteSizeLong();
  }
  return page;
}

// The error of Find: the violations if there are any, else the status.
grpc::Status ErrorOf(const absl::Status& status, const Violations& violations) {
  return violations.empty() ? ToGrpcStatus(status) : ToGrpcStatus(violations);
}

}  // namespace

ServerUnaryReactor* SessionService::GetSession(
    CallbackServerContext* context, const v1::GetSessionRequest* request,
    v1::Session* response) {
  auto call = UnaryCall<v1::Session>::Make(response);
  const RpcEnvironment environment = environment_.For(context);
  Violations violations;
  const auto session = Find(environment, TargetOf(*request), &violations);
  if (!call->ReleaseRequest()) return call.get();
  if (session.ok()) {
    AnswerWithSession(environment, call,
                      {*session, (*session)->status(), /*projections=*/true});
  } else {
    call->Fail(ErrorOf(session.status(), violations));
  }
  return call.get();
}

ServerUnaryReactor* SessionService::ListSessions(
    CallbackServerContext* context, const v1::ListSessionsRequest* request,
    v1::ListSessionsResponse* response) {
  auto call = UnaryCall<v1::ListSessionsResponse>::Make(response);
  Violations violations;
  const size_t size = ParsePageSize(request->page_size(), &violations);
  const SessionFilter filter = ToFilter(*request, &violations);
  const std::string fingerprint = filter.Fingerprint();
  const std::string after =
      ParsePageToken(request->page_token(), &violations, fingerprint);
  if (!call->ReleaseRequest()) return call.get();
  if (!violations.empty()) {
    call->Fail(ToGrpcStatus(violations));
    return call.get();
  }
  const RpcEnvironment environment = environment_.For(context);
  const auto list = [environment, call, filter, after, size, fingerprint] {
    // One more than asked for tells whether there is a next page.
    auto sessions =
        ListMatching(*environment.registry, environment.caller.tenant->name(),
                     filter, after, size + 1);
    const size_t bytes = SizeOfPage(sessions);
    environment.Run(
        bytes, call, [call, size, fingerprint, sessions = std::move(sessions)] {
          v1::ListSessionsResponse page = MakePage(sessions, size, fingerprint);
          call->Answer([&](v1::ListSessionsResponse* response) {
            *response = std::move(page);
          });
        });
  };
  const auto count = static_cast<size_t>(environment.registry->session_count());
  environment.Run(kBytesPerListed * count, call, list);
  return call.get();
}

ServerUnaryReactor* SessionService::GetSessionMetrics(
    CallbackServerContext* context, const v1::GetSessionMetricsRequest* request,
    v1::SessionMetrics* response) {
  Violations violations;
  const auto session =
      Find(environment_.For(context), TargetOf(*request), &violations);
  if (!session.ok()) {
    return Finish(context, ErrorOf(session.status(), violations));
  }
  ToProto((*session)->metrics(), response);
  response->set_admission(AdmissionOf(**session));
  response->set_incarnation_id((*session)->incarnation_id());
  return Finish(context, grpc::Status::OK);
}

ServerUnaryReactor* SessionService::DeleteSession(
    CallbackServerContext* context, const v1::DeleteSessionRequest* request,
    v1::DeleteSessionResponse* response) {
  auto call = UnaryCall<v1::DeleteSessionResponse>::Make(response);
  const SessionTarget target = TargetOf(*request);
  call->ReleaseRequest();
  Violations violations;
  const std::string key =
      ParseTarget(environment_.For(context).caller, target, &violations);
  if (!violations.empty()) {
    call->Fail(ToGrpcStatus(violations));
  } else {
    environment_.registry->Delete(
        key,
        [call](const Outcome& outcome) {
          if (!outcome.status.ok()) return call->Fail(ToGrpcStatus(outcome));
          call->Answer([](v1::DeleteSessionResponse*) {});
        },
        target.incarnation_id);
  }
  return call.get();
}

ServerUnaryReactor* SessionService::StartSession(
    CallbackServerContext* context, const v1::StartSessionRequest* request,
    v1::Session* response) {
  Violations violations;
  CheckRange(request->stop_step(), 0, kMaxStep, "stop_step", &violations);
  CheckEnum(request->admission_policy(), "admission_policy", &violations);
  return Post(environment_.For(context), TargetOf(*request),
              StartCommand{request->stop_step(),
                           ToAdmissionPolicy(request->admission_policy())},
              std::move(violations), response);
}

ServerUnaryReactor* SessionService::PauseSession(
    CallbackServerContext* context, const v1::PauseSessionRequest* request,
    v1::Session* response) {
  return Post(environment_.For(context), TargetOf(*request), PauseCommand{}, {},
              response);
}

ServerUnaryReactor* SessionService::ResetSession(
    CallbackServerContext* context, const v1::ResetSessionRequest* request,
    v1::Session* response) {
  return Post(environment_.For(context), TargetOf(*request), ResetCommand{}, {},
              response);
}

ServerUnaryReactor* SessionService::PostTo(
    const RpcEnvironment& environment, const SessionTarget& target,
    const std::function<void(Session&, Done)>& post, Violations violations,
    v1::Session* response) {
  auto call = UnaryCall<v1::Session>::Make(response);
  call->ReleaseRequest();
  const RequestCheck check(environment, target, std::move(violations));
  if (!check.ok()) {
    call->Fail(check.status());
    return call.get();
  }
  const auto answer = [environment, call,
                       session = check.session()](const Outcome& outcome) {
    if (!outcome.status.ok()) return call->Fail(ToGrpcStatus(outcome));
    AnswerWithSession(environment, call, {session, outcome.session});
  };
  post(*check.session(), answer);
  return call.get();
}

grpc::ServerWriteReactor<v1::WatchSessionResponse>*
SessionService::WatchSession(CallbackServerContext* context,
                             const v1::WatchSessionRequest* request) {
  const RpcEnvironment environment = environment_.For(context);
  Violations violations;
  auto session = Find(environment, TargetOf(*request), &violations);
  if (!session.ok()) {
    return RefuseStream<v1::WatchSessionResponse>(
        ErrorOf(session.status(), violations));
  }
  auto stream = std::make_shared<WatchStream>(environment, *std::move(session));
  auto* reactor = stream->Open();
  stream->Begin();
  return reactor;
}

std::unique_ptr<grpc::Service> NewSessionService(
    const RpcEnvironment& environment) {
  return std::make_unique<SessionService>(environment);
}

}  // namespace spiked
