// SPDX-License-Identifier: Apache-2.0

#include "server/session/session.h"

#include "absl/strings/str_cat.h"
#include "server/base/random_id.h"
#include "server/base/status_payload.h"
#include "server/session/session_body.h"

namespace spiked {

Session::Session(std::string key, const SessionOptions& options,
                 Environment environment)
    : Schedulable(environment.share),
      shared_(std::make_unique<SessionShared>(std::move(key), options,
                                              std::move(environment))),
      incarnation_id_(RandomId()),
      create_time_(std::chrono::system_clock::now()),
      body_(std::make_unique<SessionBody>(shared_.get(), options)) {}

Session::~Session() = default;

void Session::Attach(std::unique_ptr<const Network> network,
                     int64_t memory_bytes, int thread_count, NetworkSpec spec,
                     NetworkMemory memory) {
  body_->Attach(std::make_shared<SessionNetwork>(std::move(network),
                                                 std::move(spec), thread_count),
                memory_bytes, std::move(memory), WakeUp());
}

void Session::Attach(std::unique_ptr<const Network> network,
                     int64_t memory_bytes, int thread_count) {
  Attach(std::move(network), memory_bytes, thread_count, {}, {});
}

void Session::Abandon() { body_->Abandon(); }

void Session::FailBuilding(std::string why) {
  body_->FailBuilding(std::move(why));
}

// ---- Commands

void Session::PostOrRun(AdvanceCommand command, Callback<AdvanceCommand> done,
                        Built made_for) {
  if (Accept(MakeLetter(
          std::move(command),
          AnswerTo<AdvanceCommand>{std::move(done), SessionUse(lifetime())},
          std::move(made_for)))) {
    shared_->environment.scheduler->RunOrWake(shared_from_this());
  }
}

void Session::Deliver(std::unique_ptr<Letter> letter) {
  if (Accept(std::move(letter))) {
    shared_->environment.scheduler->Wake(shared_from_this());
  }
}

bool Session::Accept(std::unique_ptr<Letter> letter) {
  if (built() == nullptr) {
    letter->Refuse({NotBuilt(), status()});
    return false;
  }
  if (letter->kind() == Letter::Kind::kDeletion) shared_->edits.Cancel();
  absl::Status taken = ReserveFor(*letter);
  if (taken.ok()) taken = shared_->mailbox.Put(letter);
  if (taken.ok()) return true;
  letter->Refuse({std::move(taken), status()});
  return false;
}

absl::Status Session::ReserveFor(Letter& letter) const {
  const SessionEnvironment& environment = shared_->environment;
  if (environment.ledger == nullptr ||
      !shared_->mailbox.IsToBeReserved(letter)) {
    return absl::OkStatus();
  }
  auto memory =
      environment.ledger->Reserve(environment.tenant, letter.bytes(),
                                  "the command that waits for its session");
  if (!memory.ok()) return memory.status();
  letter.Hold(*std::move(memory));
  return absl::OkStatus();
}

void Session::FinishEdit(absl::StatusOr<EditedNetwork> edited) {
  shared_->edits.Finish(std::move(edited));
  shared_->environment.scheduler->Wake(shared_from_this());
}

std::function<void()> Session::WakeUp() {
  return [scheduler = shared_->environment.scheduler, weak = weak_from_this()] {
    if (const auto self = weak.lock()) scheduler->Wake(self);
  };
}

Schedulable::Due Session::RunSlice() { return body_->RunSlice(); }

bool Session::BeginShortSlice() { return body_->BeginShortSlice(); }

// ---- What there is to see

const std::string& Session::id() const { return shared_->id; }

const std::string& Session::key() const { return shared_->key; }

const std::shared_ptr<SessionLifetime>& Session::lifetime() const {
  return shared_->lifetime;
}

SessionStatus Session::status() const { return shared_->published.status(); }

Session::Built Session::built() const { return shared_->published.built(); }

int64_t Session::memory_bytes() const {
  return shared_->published.memory_bytes();
}

SessionMetrics Session::metrics() const {
  SessionMetrics metrics = shared_->published.metrics();
  metrics.stream_count = lifetime()->stream_count();
  if (shared_->environment.loads != nullptr) {
    metrics.free_load = shared_->environment.loads->Look(body_.get()).free;
  }
  return metrics;
}

std::optional<bool> Session::admitted() const {
  const SessionStatus now = status();
  if (now.state != SessionState::kRunning ||
      now.options.pacing != Pacing::kRealTime) {
    return std::nullopt;
  }
  return shared_->environment.loads == nullptr ||
         shared_->environment.loads->Look(body_.get()).fits;
}

absl::Status Session::NotBuilt() const {
  const SessionStatus now = status();
  if (now.state != SessionState::kFailed) {
    return Refusal(Reason::kSessionState,
                   absl::StrCat("session \"sessions/", id(),
                                "\" is CREATING; wait until it is built"));
  }
  return Refusal(Reason::kSessionState,
                 absl::StrCat("session \"sessions/", id(),
                              "\" could not be built and can only be deleted: ",
                              now.failure));
}

}  // namespace spiked
