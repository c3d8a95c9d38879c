// SPDX-License-Identifier: Apache-2.0
//
// Session: live changes of its network.

#include <memory>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/change/change.h"
#include "core/spec/mix_changes.h"
#include "server/base/status_payload.h"
#include "server/session/session.h"

namespace spiked {

ChangeResult Session::Execute(const ChangeCommand& command) {
  if (current_.state == SessionState::kFailed) {
    return {MakeOutcome(NotInState("PAUSED or RUNNING"))};
  }
  const int64_t step = command.at_step.value_or(state_.step);
  if (step < state_.step) {
    return {MakeOutcome(Refusal(
        Reason::kStepPassed,
        absl::StrCat("at_step: ", step, " has passed; the session is at step ",
                     state_.step)))};
  }
  if (step > state_.step) {
    if (absl::Status status = CheckRoomForChanges(*command.changes);
        !status.ok()) {
      return {MakeOutcome(std::move(status))};
    }
  }
  ApplyDueChanges(network(), state_);
  Violations violations;
  CheckChanges(network(), state_, *command.changes, step, "changes",
               &violations);
  if (!violations.empty()) {
    ChangeResult result{
        MakeOutcome(Refusal(Reason::kInvalidRequest, violations.Text()))};
    result.violations = std::move(violations);
    return result;
  }
  if (absl::Status status = ReserveFor(*command.changes); !status.ok()) {
    return {MakeOutcome(std::move(status))};
  }
  ScheduleChanges(network(), command.changes, step, state_);
  environment_.statistics->network_changes.Add(
      static_cast<int64_t>(command.changes->size()));
  UpdateOverview();
  return {MakeOutcome(absl::OkStatus()), step};
}

absl::Status Session::CheckRoomForChanges(const ChangeSpecs& changes) const {
  int64_t elements = CountElements(changes);
  for (const ScheduledChanges& waiting : state_.scheduled) {
    elements += waiting.element_count;
  }
  if (state_.scheduled.size() < kMaxScheduledChanges &&
      elements <= kMaxScheduledElements) {
    return absl::OkStatus();
  }
  return Refusal(
      Reason::kLimitReached,
      absl::StrCat("too many changes would wait in session \"sessions/", id_,
                   "\"; at most ", kMaxScheduledChanges, " requests with ",
                   kMaxScheduledElements, " numbers are allowed"));
}

absl::Status Session::ReserveFor(const ChangeSpecs& changes) {
  int64_t bytes = 0;
  std::set<std::string> things;
  for (ChangeMemory& memory : MemoryOf(network(), changes)) {
    if (changed_things_.contains(memory.thing)) continue;
    bytes += memory.bytes;
    things.insert(std::move(memory.thing));
  }
  if (bytes == 0) return absl::OkStatus();
  if (environment_.reserve_memory != nullptr) {
    absl::Status status = environment_.reserve_memory(bytes);
    if (!status.ok()) return status;
  }
  changed_things_.merge(things);
  changed_bytes_ += bytes;
  memory_bytes_ += bytes;
  return absl::OkStatus();
}

void Session::ReleaseChanges() {
  if (changed_bytes_ > 0 && environment_.reserve_memory != nullptr) {
    // Memory that is given back is never refused.
    environment_.reserve_memory(-changed_bytes_).IgnoreError();
  }
  memory_bytes_ -= changed_bytes_;
  changed_bytes_ = 0;
  changed_things_.clear();
}

void Session::UpdateOverview() {
  if (current_.built == nullptr ||
      (current_.overview != nullptr &&
       overview_revision_ == state_.overview_revision)) {
    return;
  }
  auto overview = std::make_shared<NetworkOverview>();
  overview->silenced_counts.resize(network().populations.size());
  if (state_.changes != nullptr) {
    for (size_t p = 0; p < overview->silenced_counts.size(); ++p) {
      const auto& silenced = state_.changes->populations[p].silenced;
      if (silenced != nullptr) {
        overview->silenced_counts[p] = silenced->count();
      }
    }
  }
  overview->frozen_projections = state_.frozen_projections;
  if (current_.overview != nullptr) ++current_.revision;
  current_.overview = std::move(overview);
  overview_revision_ = state_.overview_revision;
}

}  // namespace spiked
