// SPDX-License-Identifier: Apache-2.0
//
// SessionBody: slices, and the steps in them.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_payload.h"
#include "server/base/thrown.h"
#include "server/session/session_body.h"

namespace spiked {
namespace {

// A slice of steps: short, because others may be waiting behind it.
constexpr int64_t kSliceNanos = 500'000;
// A slice of work without a schedule should end in so much time; by it, the
// sessions of one tenant take turns.
constexpr int64_t kSliceDeadlineNanos = 20'000'000;
// A session that waits for a reader is woken by it, and looks by itself whether
// its caller has gone away.
constexpr int64_t kWaitNanos = 20'000'000;

}  // namespace

Schedulable::Due SessionBody::RunSlice() {
  if (edit_.has_value()) EndEdit();
  ExecuteMailbox();
  if (edit_.has_value()) return {};
  if (const auto thrown = ThrownBy([&] { RunDueSteps(); })) FailInside(*thrown);
  Publish();
  return NextDue();
}

void SessionBody::RunDueSteps() {
  stepper_.DropClosedProbes();
  if (advance_.has_value()) {
    RunAdvanceSlice();
  } else if (current_.state == SessionState::kRunning) {
    if (options_.pacing == Pacing::kFreeRun) {
      if (!WaitsForReader()) RunFreeSlice();
    } else if (open_tick_.has_value() || NowNanos() >= pacer_.due_nanos()) {
      RunRealTimeTick();
    }
  }
}

Schedulable::Due SessionBody::NextDue() {
  const bool is_running = current_.state == SessionState::kRunning;
  const bool has_mail = !shared_.mailbox.empty();
  if (is_running && is_paced()) {
    const bool goes_on = has_mail || open_tick_.has_value();
    return {.idle = false,
            .due_nanos = goes_on ? NowNanos() : pacer_.due_nanos(),
            .deadline_nanos = open_tick_.has_value() ? pacer_.due_nanos()
                                                     : pacer_.deadline_nanos(),
            .urgency = Fits() ? Urgency::kOnTime : Urgency::kLate,
            .load = ExpectedLoad(options_) / stepper_.thread_count(),
            .period_nanos = std::llround(pacer_.period_nanos())};
  }
  if (!has_mail && !advance_.has_value() && !is_running) return {};
  const int64_t now = NowNanos();
  const int64_t due = !has_mail && WaitsForReader() ? now + kWaitNanos : now;
  return {.idle = false,
          .due_nanos = due,
          .deadline_nanos = due + kSliceDeadlineNanos};
}

void SessionBody::RunRealTimeTick() {
  Statistics& statistics = *environment().statistics;
  const int64_t begin = NowNanos();
  if (!open_tick_.has_value()) {
    open_tick_ = OpenTick{pacer_.Begin(begin),
                          stepper_.step() + pacer_.steps_per_tick()};
  }
  const auto [tick, end_step] = *open_tick_;
  RunSteps(end_step, [&] { return NowNanos() >= begin + kSliceNanos; });
  if (current_.state == SessionState::kRunning && stepper_.step() < end_step) {
    return;  // others may have an earlier deadline
  }
  open_tick_.reset();
  const int64_t end = NowNanos();
  // The next tick is due when the period of this one ends.
  const bool overran = end > pacer_.due_nanos();
  meter_.AddTick(end, tick.lateness_nanos, tick.slipped_nanos, overran);
  statistics.tick_lateness.Add(tick.lateness_nanos);
  statistics.slipped_nanos.Add(tick.slipped_nanos);
  if (overran) statistics.overruns.Add();
}

void SessionBody::RunFreeSlice() {
  const int64_t end = NowNanos() + kSliceNanos;
  RunSteps(std::numeric_limits<int64_t>::max(),
           [&] { return stepper_.AnyProbeBlocks() || NowNanos() >= end; });
}

bool SessionBody::WaitsForReader() const {
  return ring().blocked() || stepper_.AnyProbeBlocks();
}

// ---- Advances

std::optional<AdvanceResult> SessionBody::Begin(
    AdvanceCommand& command, AnswerTo<AdvanceCommand>& answer) {
  if (current_.state != SessionState::kPaused || advance_.has_value()) {
    return AdvanceResult{MakeOutcome(NotInState("PAUSED"))};
  }
  const int64_t step = stepper_.step();
  if (command.expected_step.has_value() && *command.expected_step != step) {
    return AdvanceResult{MakeOutcome(
        Refusal(Reason::kStepMismatch,
                absl::StrCat("expected_step: ", *command.expected_step,
                             " is not the session's step (", step, ")")))};
  }
  InjectResult injected;
  if (absl::Status status =
          Inject(command.stimuli, LatePolicy::kApplyNext, &injected);
      !status.ok()) {
    return AdvanceResult{MakeOutcome(std::move(status))};
  }
  command.stimuli = {};  // or they would stay as long as the advance
  advance_.emplace(std::move(command), std::move(answer), step);
  return std::nullopt;
}

bool SessionBody::AdvanceIsOver() const {
  const AdvanceCommand& command = advance_->command();
  const bool abandoned = command.cancelled != nullptr && *command.cancelled;
  return current_.state == SessionState::kFailed ||
         stepper_.step() == advance_->end_step() || advance_->full() ||
         abandoned || NowNanos() >= command.deadline_nanos;
}

void SessionBody::RunAdvanceSlice() {
  if (!WaitsForReader()) {
    const int64_t end = NowNanos() + kSliceNanos;
    RunSteps(advance_->end_step(),
             [&] { return stepper_.AnyProbeBlocks() || NowNanos() >= end; });
  }
  if (AdvanceIsOver()) FinishAdvance(absl::OkStatus());
}

void SessionBody::FinishAdvance(absl::Status status) {
  OngoingAdvance advance = std::move(*advance_);
  advance_.reset();
  if (current_.state == SessionState::kFailed) status = NotInState("PAUSED");
  AdvanceResult result{MakeOutcome(std::move(status))};
  advance.Tell(stepper_.step(), &result);
  Publish();
  advance.Finish(std::move(result));
}

// ---- Steps

void SessionBody::RunSteps(int64_t end_step, absl::FunctionRef<bool()> stop) {
  if (current_.state == SessionState::kRunning && current_.stop_step > 0) {
    end_step = std::min(end_step, current_.stop_step);
  }
  const int64_t begin_step = stepper_.step();
  const int64_t begin_nanos = NowNanos();
  run_.Clear();
  std::string failure = stepper_.Advance(end_step, stop, &run_);
  const int64_t step = stepper_.step();
  CountSteps(step - begin_step, begin_nanos, NowNanos());
  if (advance_.has_value()) advance_->Add(run_, step);
  ring().Append(run_, step);
  SettleSteps(std::move(failure));
}

void SessionBody::CountSteps(int64_t steps, int64_t begin_nanos,
                             int64_t end_nanos) {
  const int64_t nanos = end_nanos - begin_nanos;
  const int64_t spikes = std::ssize(run_.neurons);
  meter_.AddSteps(stepper_.step(), spikes, begin_nanos, end_nanos);
  MeasureLoad(steps, begin_nanos, end_nanos);
  NoteStepTime(steps, nanos);

  PacingStatistics& statistics =
      environment().statistics->by_pacing[static_cast<int>(options_.pacing)];
  statistics.steps.Add(steps);
  statistics.spikes.Add(spikes);
  statistics.model_nanos.Add(
      std::llround(static_cast<double>(steps) * network().dt_ms * 1e6));
  statistics.tick_compute.Add(nanos);
}

void SessionBody::SettleSteps(std::string failure) {
  current_.step = stepper_.step();
  current_.failure = std::move(failure);
  if (!current_.failure.empty()) {
    environment().statistics->sessions_failed.Add();
    SetState(SessionState::kFailed);
  } else if (current_.state == SessionState::kRunning &&
             current_.stop_step > 0 && current_.step >= current_.stop_step) {
    SetState(SessionState::kPaused);
  }
}

void SessionBody::SetState(SessionState state) {
  open_tick_.reset();  // if there is one, it ends here
  if (state != SessionState::kRunning) LeaveLoads();
  current_.state = state;
  ++current_.revision;
}

}  // namespace spiked
