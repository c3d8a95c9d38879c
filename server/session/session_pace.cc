// SPDX-License-Identifier: Apache-2.0
//
// SessionBody: what drives it: start, pace, and whether its load fits.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_payload.h"
#include "server/session/session_body.h"

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

Outcome SessionBody::Execute(const StartCommand& command) {
  if (current_.state == SessionState::kFailed || advance_.has_value()) {
    return MakeOutcome(NotInState("PAUSED or RUNNING"));
  }
  if (options_.pacing == Pacing::kLockstep) {
    return MakeOutcome(
        Refusal(Reason::kSessionState,
                absl::StrCat("session \"sessions/", id(),
                             "\" is LOCKSTEP; only AdvanceSession moves it")));
  }
  if (command.stop_step != 0 && command.stop_step <= stepper_.step()) {
    return MakeOutcome(
        Refusal(Reason::kSessionState,
                absl::StrCat("stop_step: ", command.stop_step,
                             " is not greater than the session's step (",
                             stepper_.step(), ")")));
  }
  if (current_.state != SessionState::kRunning) {
    const absl::Status admitted = Admit(
        options_, command.admission_policy.value_or(options_.admission_policy));
    if (!admitted.ok()) return MakeOutcome(admitted);
  }
  current_.stop_step = command.stop_step;
  if (current_.state != SessionState::kRunning) {
    const int64_t now = NowNanos();
    pacer_.Start(now);
    meter_.Start(now, stepper_.step());
    SetState(SessionState::kRunning);
  }
  return MakeOutcome(absl::OkStatus());
}

Outcome SessionBody::Execute(const UpdateCommand& command) {
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
                absl::StrCat(paced_only, ": session \"sessions/", id(),
                             "\" is ", PacingName(wanted.pacing),
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
  shared_.lifetime->Change(command.lifetime);
  return MakeOutcome(absl::OkStatus());
}

void SessionBody::SetOptions(const SessionOptions& wanted) {
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
  const int64_t now = NowNanos();
  meter_.SetPace(paced ? wanted.pace : 0);
  meter_.Start(now, stepper_.step());
  if (current_.state != SessionState::kRunning) return;
  if (!paced) LeaveLoads();
  if (wanted.pacing == Pacing::kLockstep) {
    current_.stop_step = 0;
    SetState(SessionState::kPaused);
  } else if (paced && was_paced && !in_tick) {
    const int64_t slipped = pacer_.StartAfter(old, now);
    meter_.AddSlip(slipped);
    environment().statistics->slipped_nanos.Add(slipped);
  } else {
    pacer_.Start(now);
  }
}

Pacer SessionBody::MakePacer() const {
  return Pacer(network().dt_ms, is_paced() ? options_.pace : 1,
               options_.lateness_policy, options_.tick_ms);
}

// ---- Load

absl::Status SessionBody::Admit(const SessionOptions& options,
                                AdmissionPolicy policy) {
  LoadBook* const loads = environment().loads;
  if (loads == nullptr || options.pacing != Pacing::kRealTime) {
    return absl::OkStatus();
  }
  const double load = ExpectedLoad(options);
  const LoadBook::Verdict verdict = loads->Enter(
      this, load, policy == AdmissionPolicy::kRefuse, stepper_.thread_count());
  if (verdict.fits || policy == AdmissionPolicy::kRunLate) {
    return absl::OkStatus();
  }
  return Refusal(
      Reason::kLimitReached,
      absl::StrFormat(
          "session \"sessions/%s\" would take a load of %.3f worker threads; "
          "%.3f of %.3f are free, and its admission_policy is REFUSE",
          id(), load, verdict.free, loads->capacity()));
}

void SessionBody::LeaveLoads() {
  if (environment().loads != nullptr) environment().loads->Leave(this);
}

bool SessionBody::Fits() {
  const LoadBook* const loads = environment().loads;
  if (loads == nullptr) return true;
  const int64_t revision = loads->revision();
  if (revision != fits_revision_) {
    fits_revision_ = revision;
    fits_ = loads->Look(this).fits;
  }
  return fits_;
}

double SessionBody::ExpectedLoad(const SessionOptions& options) const {
  if (options.pacing != Pacing::kRealTime) return 0;
  const double step_nanos = network().dt_ms * 1e6 / options.pace;
  return cost_.nanos_per_step() / step_nanos * stepper_.thread_count();
}

void SessionBody::MeasureLoad(int64_t steps, int64_t begin_nanos,
                              int64_t end_nanos) {
  if (!cost_.Add(steps, begin_nanos, end_nanos)) return;
  if (environment().loads == nullptr || !is_paced()) return;
  environment().loads->Update(this, ExpectedLoad(options_));
}

}  // namespace spiked
