// SPDX-License-Identifier: Apache-2.0
//
// SessionService::AdvanceSession: read the request, advance, answer.

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/ceil_div.h"
#include "server/base/status_payload.h"
#include "server/rpc/call/request_check.h"
#include "server/rpc/call/session_lookup.h"
#include "server/rpc/call/stream_dispatcher.h"
#include "server/rpc/call/unary_call.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/in_range.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/session_service.h"
#include "server/rpc/streams/spike_encoder.h"

namespace spiked {
namespace {

using Call = UnaryCall<v1::AdvanceSessionResponse>;

constexpr int64_t kMaxCounts = 1'000'000;

// The time on the clock at which 80 % of the call's remaining time are over.
// The rest is for the answer, which tells the client how far the session came.
int64_t DeadlineNanos(const grpc::CallbackServerContext& context,
                      const Clock& clock) {
  using std::chrono::system_clock;
  const auto deadline = context.deadline();
  if (deadline == system_clock::time_point::max()) {
    return std::numeric_limits<int64_t>::max();
  }
  const std::chrono::duration<double, std::nano> left =
      deadline - system_clock::now();
  const double years = 1e18;
  return clock.NowNanos() +
         static_cast<int64_t>(std::min(0.8 * left.count(), years));
}

void CheckRequest(const v1::AdvanceSessionRequest& request,
                  Violations* violations) {
  CheckRange(request.expected_step(), 0, kMaxStep, "expected_step", violations);
  CheckRange(request.step_count(), 0, kMaxStepCount, "step_count", violations);
  CheckStimulusCount(request.stimuli_size(), 0, violations);
  CheckEnum(request.spike_encoding(), "spike_encoding", violations);
  CheckRange(request.count_bin_steps(), 0, kAnyInt64, "count_bin_steps",
             violations);
  if (request.count_by_column() && request.count_bin_steps() == 0) {
    violations->Add("count_by_column", "only with count_bin_steps");
  }
}

// The groups of neurons whose spikes are counted; none without count_bin_steps.
std::vector<SpikeGroup> CountGroups(const v1::AdvanceSessionRequest& request,
                                    const std::vector<PopulationShape>& shapes,
                                    Violations* violations) {
  const int64_t bin = request.count_bin_steps();
  if (bin == 0) return {};
  std::vector<SpikeGroup> groups =
      MakeSpikeGroups(shapes, std::vector<bool>(shapes.size(), true),
                      request.count_by_column());
  const int64_t bins = CeilDiv(request.step_count(), bin);
  if (bins > kMaxCounts / std::max<int64_t>(1, std::ssize(groups))) {
    violations->Add(
        "count_bin_steps",
        absl::StrCat(bins, " bins of ", groups.size(), " groups; at most ",
                     kMaxCounts, " counts are allowed"));
  }
  return groups;
}

AdvanceCommand ToCommand(const v1::AdvanceSessionRequest& request) {
  AdvanceCommand command;
  if (request.has_expected_step()) {
    command.expected_step = request.expected_step();
  }
  command.step_count = request.step_count();
  command.return_spikes = request.return_spikes();
  command.count_bin_steps = request.count_bin_steps();
  return command;
}

void ToProto(const AdvanceResult& result, v1::SpikeEncoding encoding,
             v1::SpikeBatch* batch) {
  batch->set_epoch(result.session.epoch);
  batch->set_first_step(result.first_step);
  batch->set_end_step(result.first_step + result.completed_step_count);
  batch->set_session_step(result.session.step);
  if (result.spikes == nullptr) return;
  EncodeSpikes(result.first_step, result.spikes->steps, result.spikes->neurons,
               encoding, batch);
}

// Reads the request, then posts the command or fails the call.
void Advance(const RpcEnvironment& environment,
             const v1::AdvanceSessionRequest& request, int64_t deadline_nanos,
             const std::shared_ptr<Call>& call) {
  RequestCheck check(environment, TargetOf(request));
  CheckRequest(request, check.violations());
  AdvanceCommand command = ToCommand(request);
  const bool return_spikes = request.return_spikes();
  const v1::SpikeEncoding encoding = request.spike_encoding();
  if (check.ok()) {
    command.stimuli =
        ReadStimuli(request.stimuli(), check.network(), check.violations());
    command.count_groups =
        CountGroups(request, check.network().shapes, check.violations());
  }
  if (!call->ReleaseRequest(&request)) return;
  if (!check.ok()) return call->Fail(check.status());
  if (environment.dispatcher->draining()) {
    return call->Fail(ToGrpcStatus(
        Refusal(Reason::kServerStopping,
                "the server is stopping: sessions take no more steps")));
  }

  command.deadline_nanos = deadline_nanos;
  command.cancelled = call->cancelled();
  auto done = [call, return_spikes, encoding,
               incarnation_id = check.session()->incarnation_id()](
                  const AdvanceResult& result) {
    if (!result.status.ok()) return call->Fail(ToGrpcStatus(result));
    call->Answer([&](v1::AdvanceSessionResponse* response) {
      response->set_completed_step_count(result.completed_step_count);
      response->set_step(result.session.step);
      response->set_incarnation_id(incarnation_id);
      if (return_spikes) {
        ToProto(result, encoding, response->mutable_spikes());
      }
      response->mutable_spike_counts()->Add(result.spike_counts.begin(),
                                            result.spike_counts.end());
    });
  };
  check.session()->PostOrRun(std::move(command), std::move(done),
                             check.built());
  // If the server began to stop meanwhile, the session may have been paused
  // before the command came, which would then go on to the end of the grace.
  if (environment.dispatcher->draining()) {
    check.session()->Post(PauseCommand{}, [](const Outcome&) {});
  }
}

}  // namespace

grpc::ServerUnaryReactor* SessionService::AdvanceSession(
    grpc::CallbackServerContext* context,
    const v1::AdvanceSessionRequest* request,
    v1::AdvanceSessionResponse* response) {
  auto call = Call::Make(response);
  const int64_t deadline = DeadlineNanos(*context, *environment_.clock);
  const RpcEnvironment environment = environment_.For(context);
  const size_t size =
      SizeOfReading(environment, TargetOf(*request),
                    {request->ByteSizeLong(), request->stimuli_size(),
                     request->count_by_column()});
  environment.Run(size, call, [environment, call, request, deadline] {
    Advance(environment, *request, deadline, call);
  });
  return call.get();
}

}  // namespace spiked
