// SPDX-License-Identifier: Apache-2.0
//
// SessionService::UpdateSession: read the changes and hand them to the session.

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/rpc/call/session_filter.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/services/session_service.h"

namespace spiked {
namespace {

void ReadPace(const v1::UpdateSessionRequest& request, UpdateCommand* command,
              Violations* violations) {
  CheckEnum(request.pacing(), "pacing", violations);
  CheckEnum(request.lateness_policy(), "lateness_policy", violations);
  CheckEnum(request.admission_policy(), "admission_policy", violations);
  if (request.pacing() != v1::PACING_UNSPECIFIED) {
    command->pacing = ToPacing(request.pacing());
  }
  if (request.pace() != 0) {
    command->pace = request.pace();
    CheckPace(request.pace(), "which leaves it as it is", violations);
  }
  if (request.lateness_policy() != v1::LATENESS_POLICY_UNSPECIFIED) {
    command->lateness_policy = ToLatenessPolicy(request.lateness_policy());
  }
  if (request.tick_ms() != 0) {
    command->tick_ms = request.tick_ms();
    CheckTick(request.tick_ms(), "which leaves it as it is", violations);
  }
  command->admission_policy = ToAdmissionPolicy(request.admission_policy());
  // Without a new pacing, the session checks these fields against its own.
  if (command->pacing.value_or(Pacing::kRealTime) == Pacing::kRealTime) return;
  if (command->pace.has_value()) {
    violations->Add("pace", absl::StrCat(request.pace(),
                                         " is given, but only REAL_TIME "
                                         "sessions have a pace"));
  }
  if (command->lateness_policy.has_value()) {
    violations->Add("lateness_policy",
                    "is given, but only REAL_TIME sessions can be late");
  }
  if (command->tick_ms.has_value()) {
    violations->Add("tick_ms", absl::StrCat(request.tick_ms(),
                                            " is given, but only REAL_TIME "
                                            "sessions have ticks"));
  }
}

void ReadLifetime(const v1::UpdateSessionRequest& request,
                  LifetimeChange* change, Violations* violations) {
  if (request.has_labels()) {
    change->labels =
        ToLabels(request.labels().entries(), "labels.entries", violations);
  }
  if (request.has_ttl_s()) {
    CheckSeconds(request.ttl_s(), "ttl_s", violations);
    change->ttl_s = request.ttl_s();
  }
  if (request.has_idle_timeout_s()) {
    CheckSeconds(request.idle_timeout_s(), "idle_timeout_s", violations);
    change->idle_timeout_s = request.idle_timeout_s();
  }
}

}  // namespace

grpc::ServerUnaryReactor* SessionService::UpdateSession(
    grpc::CallbackServerContext* context,
    const v1::UpdateSessionRequest* request, v1::Session* response) {
  Violations violations;
  UpdateCommand command;
  ReadPace(*request, &command, &violations);
  ReadLifetime(*request, &command.lifetime, &violations);
  return Post(environment_.For(context), TargetOf(*request), std::move(command),
              std::move(violations), response);
}

}  // namespace spiked
