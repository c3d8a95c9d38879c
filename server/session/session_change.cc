// SPDX-License-Identifier: Apache-2.0
//
// SessionBody: live changes of the network.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/change/change.h"
#include "core/spec/mix_changes.h"
#include "server/base/status_payload.h"
#include "server/session/session_body.h"

namespace spiked {

ChangeResult SessionBody::Execute(const ChangeCommand& command) {
  if (current_.state == SessionState::kFailed) {
    return {MakeOutcome(NotInState("PAUSED or RUNNING"))};
  }
  const int64_t now = stepper_.step();
  const int64_t step = command.at_step.value_or(now);
  if (step < now) {
    return {MakeOutcome(
        Refusal(Reason::kStepPassed,
                absl::StrCat("at_step: ", step,
                             " has passed; the session is at step ", now)))};
  }
  if (step > now) {
    if (absl::Status status = CheckRoomForChanges(*command.changes);
        !status.ok()) {
      return {MakeOutcome(std::move(status))};
    }
  }
  Violations violations = stepper_.Check(*command.changes, step);
  if (!violations.empty()) {
    ChangeResult result{
        MakeOutcome(Refusal(Reason::kInvalidRequest, violations.Text()))};
    result.violations = std::move(violations);
    return result;
  }
  if (absl::Status status = ReserveFor(*command.changes); !status.ok()) {
    return {MakeOutcome(std::move(status))};
  }
  stepper_.Schedule(command.changes, step);
  environment().statistics->network_changes.Add(
      static_cast<int64_t>(command.changes->size()));
  UpdateOverview();
  return {MakeOutcome(absl::OkStatus()), step};
}

absl::Status SessionBody::CheckRoomForChanges(
    const ChangeSpecs& changes) const {
  if (stepper_.scheduled_count() < kMaxScheduledChanges &&
      stepper_.scheduled_elements() + CountElements(changes) <=
          kMaxScheduledElements) {
    return absl::OkStatus();
  }
  return Refusal(
      Reason::kLimitReached,
      absl::StrCat("too many changes would wait in session \"sessions/", id(),
                   "\"; at most ", kMaxScheduledChanges, " requests with ",
                   kMaxScheduledElements, " numbers are allowed"));
}

absl::Status SessionBody::ReserveFor(const ChangeSpecs& changes) {
  int64_t bytes = 0;
  std::set<std::string> things;
  for (ChangeMemory& memory : MemoryOf(network(), changes)) {
    if (changed_things_.contains(memory.thing)) continue;
    bytes += memory.bytes;
    things.insert(std::move(memory.thing));
  }
  if (bytes == 0) return absl::OkStatus();
  if (environment().ledger != nullptr) {
    auto memory =
        environment().ledger->Reserve({.tenant = environment().tenant,
                                       .what = "the changes need about",
                                       .bytes = static_cast<double>(bytes)});
    if (!memory.ok()) return memory.status();
    changes_memory_.Add(*std::move(memory));
  }
  changed_things_.merge(things);
  changed_bytes_ += bytes;
  memory_bytes_ += bytes;
  return absl::OkStatus();
}

void SessionBody::ReleaseChanges() {
  changes_memory_ = {};
  memory_bytes_ -= changed_bytes_;
  changed_bytes_ = 0;
  changed_things_.clear();
}

void SessionBody::UpdateOverview() {
  if (current_.built == nullptr ||
      (current_.overview != nullptr &&
       overview_revision_ == stepper_.overview_revision())) {
    return;
  }
  if (current_.overview != nullptr) ++current_.revision;
  current_.overview =
      std::make_shared<NetworkOverview>(stepper_.MakeOverview());
  overview_revision_ = stepper_.overview_revision();
}

}  // namespace spiked
