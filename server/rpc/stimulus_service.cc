// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/stimulus_service.h"

#include <memory>
#include <utility>

#include "server/rpc/enums.h"
#include "server/rpc/session_lookup.h"
#include "server/rpc/session_name.h"
#include "server/rpc/status_details.h"
#include "server/rpc/stimulus_stream.h"
#include "server/rpc/unary_call.h"

namespace spiked {
namespace {

using Call = UnaryCall<v1::InjectStimulusResponse>;

// Reads the request; posts the command, or fails the call.
void Inject(const RpcEnvironment& environment,
            const v1::InjectStimulusRequest& request,
            const std::shared_ptr<Call>& call) {
  Violations violations;
  const std::string id =
      ParseSessionName(request.session(), "session", &violations);
  CheckStimulusCount(request.stimuli_size(), 1, &violations);
  CheckEnum(request.late_policy(), "late_policy", &violations);
  absl::StatusOr<std::shared_ptr<Session>> session;
  InjectCommand command;
  if (request.late_policy() == v1::REFUSE_LATE) {
    command.late_policy = LatePolicy::kRefuse;
  }
  if (violations.empty()) {
    session = FindBuilt(*environment.registry, id);
    if (session.ok()) {
      command.stimuli = ReadStimuli(request.stimuli(), **session, &violations);
    }
  }
  if (!call->ReleaseRequest()) return;
  if (!violations.empty()) return call->Fail(ToGrpcStatus(violations));
  if (!session.ok()) return call->Fail(ToGrpcStatus(session.status()));

  (*session)->Post(std::move(command), [call](const Outcome& outcome) {
    if (!outcome.status.ok()) return call->Fail(ToGrpcStatus(outcome));
    call->Answer([&](v1::InjectStimulusResponse* response) {
      response->set_applied_step(outcome.applied_step);
      response->set_late_count(outcome.late_count);
    });
  });
}

}  // namespace

grpc::ServerUnaryReactor* StimulusService::InjectStimulus(
    grpc::CallbackServerContext*, const v1::InjectStimulusRequest* request,
    v1::InjectStimulusResponse* response) {
  auto call = Call::Make(response);
  environment_.Run(request->ByteSizeLong(), [this, call, request] {
    Inject(environment_, *request, call);
  });
  return call.get();
}

grpc::ServerBidiReactor<v1::StreamStimuliRequest, v1::StreamStimuliResponse>*
StimulusService::StreamStimuli(grpc::CallbackServerContext*) {
  return StimulusStream::Open(environment_);
}

}  // namespace spiked
