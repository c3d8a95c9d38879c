// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/stimulus_service.h"

#include <memory>
#include <utility>

#include "server/rpc/call/request_check.h"
#include "server/rpc/call/request_log.h"
#include "server/rpc/call/session_lookup.h"
#include "server/rpc/call/unary_call.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/services.h"
#include "server/rpc/streams/stimulus_stream.h"

namespace spiked {
namespace {

using Call = UnaryCall<v1::InjectStimulusResponse>;
using Once = OnceCall<v1::InjectStimulusResponse>;

// Reads the request, then posts the command or fails the call.
void Inject(const RpcEnvironment& environment,
            const v1::InjectStimulusRequest& request, Violations violations,
            const Once& once) {
  RequestCheck check(environment, TargetOf(request), std::move(violations));
  CheckStimulusCount(request.stimuli_size(), 1, check.violations());
  CheckEnum(request.late_policy(), "late_policy", check.violations());
  InjectCommand command;
  if (request.late_policy() == v1::REFUSE_LATE) {
    command.late_policy = LatePolicy::kRefuse;
  }
  if (check.ok()) {
    command.stimuli =
        ReadStimuli(request.stimuli(), check.network(), check.violations());
  }
  // The request is read. Requests with an id go on even if the client is gone.
  if (!once.call()->ReleaseRequest(&request) && !once.is_kept()) return;
  if (!check.ok()) return once.Fail(check.status());

  const auto done = [once, incarnation_id = check.session()->incarnation_id()](
                        const InjectResult& result) {
    if (!result.status.ok()) return once.Fail(ToGrpcStatus(result));
    once.Answer([&](v1::InjectStimulusResponse* response) {
      response->set_applied_step(result.applied_step);
      response->set_late_count(result.late_count);
      response->set_incarnation_id(incarnation_id);
    });
  };
  check.session()->Post(std::move(command), done, check.built());
}

// Answers a repeated request from the log, and injects the stimuli of others.
void InjectOnce(const RpcEnvironment& environment,
                const v1::InjectStimulusRequest& request,
                const std::shared_ptr<Call>& call) {
  Violations violations;
  CheckRequestId(request.request_id(), &violations);
  const bool has_id = violations.empty() && !request.request_id().empty();
  const auto [once, is_new] =
      Once::Begin(call, environment.requests,
                  RequestKey(environment.caller, "InjectStimulus"),
                  has_id ? request.request_id() : "", request);
  if (!is_new) {
    call->ReleaseRequest();
    return;
  }
  // The log waits for the end of a request that it knows.
  RunOrEnd(
      [&, &once = once] {
        Inject(environment, request, std::move(violations), once);
      },
      [&once = once](grpc::Status status) { once.Fail(std::move(status)); });
}

}  // namespace

grpc::ServerUnaryReactor* StimulusService::InjectStimulus(
    grpc::CallbackServerContext* context,
    const v1::InjectStimulusRequest* request,
    v1::InjectStimulusResponse* response) {
  auto call = Call::Make(response);
  const RpcEnvironment environment = environment_.For(context);
  const size_t size =
      SizeOfReading(environment, TargetOf(*request),
                    {request->ByteSizeLong(), request->stimuli_size()});
  environment.Run(size, call, [environment, call, request] {
    InjectOnce(environment, *request, call);
  });
  return call.get();
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>*
StimulusService::StreamStimuli(grpc::CallbackServerContext* context) {
  return StimulusStream::Open(environment_.For(context), &stream_memory_);
}

std::unique_ptr<grpc::Service> NewStimulusService(
    const RpcEnvironment& environment) {
  return std::make_unique<StimulusService>(environment);
}

}  // namespace spiked
