// SPDX-License-Identifier: Apache-2.0
//
// The part of a session that decides what drives it: start, pace, and whether
// its load fits.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_payload.h"
#include "server/session/session.h"

namespace spiked {
namespace {

const char* PacingName(Pacing pacing) {
  switch (pacing) {
    case Pacing::kRealTime:
      return "REAL_TIME";
    case Pacing::kFreeRun:
      return "FREE_RUN";
    case Pacing::kLockstep:
      return "LOCKSTEP";
  }
  return "";
}

}  // namespace

Outcome Session::Execute(const StartCommand& command) {
  if (current_.state == SessionState::kFailed || advance_.has_value()) {
    return MakeOutcome(NotInState("PAUSED or RUNNING"));
  }
  if (options_.pacing == Pacing::kLockstep) {
    return MakeOutcome(
        Refusal(Reason::kSessionState,
                absl::StrCat("session \"sessions/", id_,
                             "\" is LOCKSTEP; only AdvanceSession moves it")));
  }
  if (command.stop_step != 0 && command.stop_step <= state_.step) {
    return MakeOutcome(
        Refusal(Reason::kSessionState,
                absl::StrCat("stop_step: ", command.stop_step,
                             " is not greater than the session's step (",
                             state_.step, ")")));
  }
  if (current_.state != SessionState::kRunning) {
    const absl::Status admitted = Admit(
        options_, command.admission_policy.value_or(options_.admission_policy));
    if (!admitted.ok()) return MakeOutcome(admitted);
  }
  current_.stop_step = command.stop_step;
  if (current_.state != SessionState::kRunning) {
    const int64_t now = environment_.clock->NowNanos();
    pacer_.Start(now);
    meter_.Start(now, state_.step);
    SetState(SessionState::kRunning);
  }
  return MakeOutcome(absl::OkStatus());
}

Outcome Session::Execute(const UpdateCommand& command) {
  if (current_.state == SessionState::kFailed) {
    return MakeOutcome(NotInState("PAUSED or RUNNING"));
  }
  SessionOptions wanted = options_;
  wanted.pacing = command.pacing.value_or(wanted.pacing);
  wanted.pace = command.pace.value_or(wanted.pace);
  wanted.lateness_policy =
      command.lateness_policy.value_or(wanted.lateness_policy);
  wanted.admission_policy =
      command.admission_policy.value_or(wanted.admission_policy);
  wanted.tick_ms = command.tick_ms.value_or(wanted.tick_ms);
  const char* const paced_only = command.pace.has_value() ? "pace"
                                 : command.lateness_policy.has_value()
                                     ? "lateness_policy"
                                 : command.tick_ms.has_value() ? "tick_ms"
                                                               : nullptr;
  if (wanted.pacing != Pacing::kRealTime && paced_only != nullptr) {
    return MakeOutcome(
        Refusal(Reason::kSessionState,
                absl::StrCat(paced_only, ": session \"sessions/", id_, "\" is ",
                             PacingName(wanted.pacing),
                             "; only REAL_TIME sessions have one")));
  }
  if (current_.state == SessionState::kRunning) {
    // A session that asks for no more than before is not refused.
    const bool asks_for_more =
        options_.pacing != Pacing::kRealTime || wanted.pace > options_.pace;
    const absl::Status admitted =
        Admit(wanted, asks_for_more ? wanted.admission_policy
                                    : AdmissionPolicy::kRunLate);
    if (!admitted.ok()) return MakeOutcome(admitted);
  }
  SetOptions(wanted);
  lifetime_->Change(command.lifetime);
  return MakeOutcome(absl::OkStatus());
}

void Session::SetOptions(const SessionOptions& wanted) {
  const SessionOptions before = options_;
  options_ = wanted;
  current_.options = wanted;
  ++current_.revision;
  if (wanted.pacing == before.pacing && wanted.pace == before.pace &&
      wanted.lateness_policy == before.lateness_policy &&
      wanted.tick_ms == before.tick_ms) {
    return;
  }
  const bool paced = wanted.pacing == Pacing::kRealTime;
  const bool was_paced = before.pacing == Pacing::kRealTime;
  const Pacer old = pacer_;
  // A tick under way ends at the step that it has reached.
  const bool in_tick = open_tick_.has_value();
  open_tick_.reset();
  pacer_ = MakePacer();
  const int64_t now = environment_.clock->NowNanos();
  meter_.SetPace(paced ? wanted.pace : 0);
  meter_.Start(now, state_.step);
  if (current_.state != SessionState::kRunning) return;
  if (!paced) environment_.Leave(this);
  if (wanted.pacing == Pacing::kLockstep) {
    current_.stop_step = 0;
    SetState(SessionState::kPaused);
  } else if (paced && was_paced && !in_tick) {
    const int64_t slipped = pacer_.StartAfter(old, now);
    meter_.AddSlip(slipped);
    environment_.statistics->slipped_nanos.Add(slipped);
  } else {
    pacer_.Start(now);
  }
}

Pacer Session::MakePacer() const {
  const bool paced = options_.pacing == Pacing::kRealTime;
  return Pacer(network().dt_ms, paced ? options_.pace : 1,
               options_.lateness_policy, options_.tick_ms);
}

// ---- Load

absl::Status Session::Admit(const SessionOptions& options,
                            AdmissionPolicy policy) {
  LoadBook* const loads = environment_.loads;
  if (loads == nullptr || options.pacing != Pacing::kRealTime) {
    return absl::OkStatus();
  }
  const double load = ExpectedLoad(options);
  const LoadBook::Verdict verdict =
      loads->Enter(this, load, policy == AdmissionPolicy::kRefuse);
  if (verdict.fits || policy == AdmissionPolicy::kRunLate) {
    return absl::OkStatus();
  }
  return Refusal(
      Reason::kLimitReached,
      absl::StrFormat(
          "session \"sessions/%s\" would take a load of %.3f worker threads; "
          "%.3f of %.3f are free, and its admission_policy is REFUSE",
          id_, load, verdict.free, loads->capacity()));
}

double Session::ExpectedLoad(const SessionOptions& options) const {
  if (options.pacing != Pacing::kRealTime) return 0;
  const double step_nanos = network().dt_ms * 1e6 / options.pace;
  return cost_.nanos_per_step() / step_nanos * current_.built->thread_count;
}

void Session::MeasureLoad(int64_t steps, int64_t begin_nanos,
                          int64_t end_nanos) {
  if (!cost_.Add(steps, begin_nanos, end_nanos)) return;
  if (environment_.loads == nullptr || options_.pacing != Pacing::kRealTime) {
    return;
  }
  environment_.loads->Update(this, ExpectedLoad(options_));
}

}  // namespace spiked
