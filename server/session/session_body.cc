// SPDX-License-Identifier: Apache-2.0
//
// SessionBody: its network, its mailbox, and the commands that are short.

#include "server/session/session_body.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_payload.h"
#include "server/base/thrown.h"

namespace spiked {
namespace {

// Commands between two looks at the time.
constexpr int kMaxCommandsPerSlice = 64;

const char* StateName(SessionState state) {
  switch (state) {
    case SessionState::kCreating:
      return "CREATING";
    case SessionState::kPaused:
      return "PAUSED";
    case SessionState::kRunning:
      return "RUNNING";
    case SessionState::kFailed:
      return "FAILED";
    case SessionState::kDeleting:
      return "DELETING";
  }
  return "";
}

}  // namespace

SessionBody::SessionBody(SessionShared* shared, const SessionOptions& options)
    : shared_(*shared), options_(options) {
  current_.options = options;
}

void SessionBody::Attach(std::shared_ptr<SessionNetwork> built,
                         int64_t memory_bytes, NetworkMemory memory,
                         std::function<void()> wake) {
  wake_ = std::move(wake);
  built->spikes = MakeRing({});
  stepper_ =
      NetworkStepper(*built->network, built->thread_count, environment().clock);
  current_.built = std::move(built);
  cost_.Estimate(stepper_.first_step_nanos());
  meter_ = SessionMeter(network().dt_ms, network().neuron_count,
                        is_paced() ? options_.pace : 0);
  memory_bytes_ = memory_bytes;
  network_memory_ = std::move(memory);
  pacer_ = MakePacer();
  SetState(SessionState::kPaused);
  Publish();  // lets commands in
}

void SessionBody::Abandon() {
  SetState(SessionState::kDeleting);
  Publish();
}

void SessionBody::FailBuilding(std::string why) {
  current_.failure = std::move(why);
  SetState(SessionState::kFailed);
  Publish();
}

void SessionBody::Publish() {
  UpdateOverview();
  SessionMetrics metrics = meter_.metrics();
  if (current_.built != nullptr) metrics.expected_load = ExpectedLoad(options_);
  shared_.published.Set(current_, metrics, meter_.lateness(), memory_bytes_);
}

// ---- Commands

void SessionBody::ExecuteMailbox() {
  const int max_commands =
      std::exchange(short_slice_, false) ? 1 : kMaxCommandsPerSlice;
  for (int i = 0; i < max_commands && !edit_.has_value(); ++i) {
    const std::unique_ptr<Letter> letter = shared_.mailbox.Take();
    if (letter == nullptr) return;
    if (absl::Status refusal = CheckLetter(*letter); !refusal.ok()) {
      Publish();
      letter->Refuse(MakeOutcome(std::move(refusal)));
    } else if (const auto thrown = ThrownBy([&] { letter->Execute(*this); })) {
      FailInside(*thrown);
      Publish();
      letter->Refuse(MakeOutcome(Refusal(Reason::kInternal, current_.failure)));
    }
  }
}

void SessionBody::FailInside(const std::string& what) {
  current_.failure = absl::StrCat("an error of the server: ", what);
  environment().statistics->sessions_failed.Add();
  if (environment().report_failure != nullptr) {
    environment().report_failure(shared_.key, current_.failure);
  }
  // A session that is being deleted stays so, or its streams would not end.
  if (current_.state == SessionState::kDeleting) return;
  SetState(SessionState::kFailed);
  if (advance_.has_value()) FinishAdvance(absl::OkStatus());
}

absl::Status SessionBody::CheckLetter(const Letter& letter) const {
  if (current_.state == SessionState::kDeleting) {
    return Refusal(Reason::kSessionNotFound,
                   absl::StrCat("session \"sessions/", id(), "\" was deleted"));
  }
  if (letter.made_for() != nullptr && letter.made_for() != current_.built) {
    return Refusal(
        Reason::kNetworkEdited,
        absl::StrCat("the network of session \"sessions/", id(),
                     "\" was edited meanwhile; look at it, and ask again"));
  }
  return absl::OkStatus();
}

Outcome SessionBody::MakeOutcome(absl::Status status) const {
  Outcome outcome;
  outcome.status = std::move(status);
  outcome.session = current_;
  return outcome;
}

absl::Status SessionBody::NotInState(const char* wanted) const {
  std::string text = absl::StrCat(
      "session \"sessions/", id(), "\" is ",
      advance_.has_value() ? "being advanced" : StateName(current_.state));
  if (current_.state == SessionState::kFailed) {
    absl::StrAppend(&text, " (", current_.failure, ")");
  }
  return Refusal(Reason::kSessionState,
                 absl::StrCat(text, "; it must be ", wanted));
}

Outcome SessionBody::Execute(const PauseCommand&) {
  if (current_.state == SessionState::kFailed) {
    return MakeOutcome(NotInState("PAUSED or RUNNING"));
  }
  if (advance_.has_value()) FinishAdvance(absl::OkStatus());
  if (current_.state == SessionState::kRunning) {
    SetState(SessionState::kPaused);
  }
  return MakeOutcome(absl::OkStatus());
}

Outcome SessionBody::Execute(const ResetCommand&) {
  if (advance_.has_value()) FinishAdvance(absl::OkStatus());
  stepper_.Reset();
  ReleaseChanges();
  UpdateOverview();
  meter_ = SessionMeter(network().dt_ms, network().neuron_count,
                        is_paced() ? options_.pace : 0);
  current_.step = 0;
  current_.stop_step = 0;
  current_.failure.clear();
  current_.epoch = stepper_.epoch();
  ring().Reset(current_.epoch);
  SetState(SessionState::kPaused);
  return MakeOutcome(absl::OkStatus());
}

Outcome SessionBody::Execute(const DeleteCommand&) {
  if (advance_.has_value()) FinishAdvance(absl::OkStatus());
  stepper_.DropProbes();
  // The session takes no other command, and is gone soon.
  network_memory_ = {};
  changes_memory_ = {};
  SetState(SessionState::kDeleting);
  return MakeOutcome(absl::OkStatus());
}

Outcome SessionBody::Execute(const ProbeCommand& command) {
  stepper_.DropClosedProbes();
  const size_t values =
      stepper_.sampled_values() + command.probe->values_per_sample();
  if (values > kMaxProbedValues) {
    return MakeOutcome(Refusal(
        Reason::kLimitReached,
        absl::StrCat(values, " values would be recorded of session \"sessions/",
                     id(), "\" in one step; at most ", kMaxProbedValues,
                     " are allowed")));
  }
  stepper_.AddProbe(command.probe);
  return MakeOutcome(absl::OkStatus());
}

HashResult SessionBody::Execute(const HashCommand&) {
  return {MakeOutcome(absl::OkStatus()), stepper_.Hash()};
}

}  // namespace spiked
