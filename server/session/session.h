// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_H_
#define SPIKED_SERVER_SESSION_SESSION_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/spec/network_spec.h"
#include "server/session/command.h"
#include "server/session/make_letter.h"
#include "server/session/scheduling/scheduler.h"
#include "server/session/session_lifetime.h"
#include "server/session/session_meter.h"
#include "server/session/session_network.h"
#include "server/session/session_options.h"

namespace spiked {

class BuildProgress;
class NetworkMemory;
class SessionBody;
struct EditedNetwork;
struct Network;
struct SessionEnvironment;
struct SessionShared;

// A running instance of one network, as all threads see it: a mailbox for
// commands, and what the session last published. Thread-safe, but for the
// functions of a session that is being created. The work is done by its
// SessionBody, on one worker at a time.
class Session : public Schedulable,
                public std::enable_shared_from_this<Session> {
 public:
  using Environment = SessionEnvironment;
  using EditedNetwork = spiked::EditedNetwork;
  using Built = std::shared_ptr<const SessionNetwork>;

  // A session that is being created, by its key in the registry. The id is what
  // follows "sessions/".
  Session(std::string key, const SessionOptions& options,
          Environment environment);
  ~Session() override;

  // ---- A session that is being created, on the builder's thread

  // Gives the session its network, the number of threads that are to step it,
  // what it was made from and its memory: CREATING becomes PAUSED. Called once.
  void Attach(std::unique_ptr<const Network> network, int64_t memory_bytes,
              int thread_count, NetworkSpec spec, NetworkMemory memory);
  // The same without a specification and a reservation of memory.
  void Attach(std::unique_ptr<const Network> network, int64_t memory_bytes,
              int thread_count = 1);
  // The session will get no network: CREATING, or FAILED, becomes DELETING,
  // which tells those who watch it.
  void Abandon();
  // The session will get no network and stays to say so: CREATING becomes
  // FAILED.
  void FailBuilding(std::string why);
  // How far the session is while it is CREATING. Null: not known. Set before
  // others know the session.
  const BuildProgress* building() const { return building_.get(); }
  void SetBuilding(std::shared_ptr<const BuildProgress> building) {
    building_ = std::move(building);
  }

  // ---- Commands

  // Hands a command to the session; `done` gets its result. A command that is
  // valid for one network is made for that one: ABORTED if the session has
  // another when the command's turn comes.
  template <typename Command>
  void Post(Command command, Callback<Command> done, Built made_for = nullptr) {
    Deliver(
        MakeLetter(std::move(command),
                   AnswerTo<Command>{std::move(done), SessionUse(lifetime())},
                   std::move(made_for)));
  }

  // The same, on this thread if the session is idle, nothing else is ready, and
  // the advance is shorter than the way to a worker.
  void PostOrRun(AdvanceCommand command, Callback<AdvanceCommand> done,
                 Built made_for = nullptr);

  // Ends an EditCommand that has begun: the session goes on with another
  // network, or, if there is none, as it was; then the command is answered.
  void FinishEdit(absl::StatusOr<EditedNetwork> edited);

  // Wakes the session if it still exists; what readers call that made it wait.
  std::function<void()> WakeUp();

  // ---- What there is to see

  const std::string& id() const;
  const std::string& key() const;
  // Tells it from other sessions with the same key, before and after it.
  const std::string& incarnation_id() const { return incarnation_id_; }
  std::chrono::system_clock::time_point create_time() const {
    return create_time_;
  }
  const std::shared_ptr<SessionLifetime>& lifetime() const;
  SessionStatus status() const;
  SessionOptions options() const { return status().options; }
  SessionMetrics metrics() const;
  // Null or zero while the session is being created.
  Built built() const;
  int64_t memory_bytes() const;
  // Whether its load fits; nothing if it doesn't run in real time.
  std::optional<bool> admitted() const;
  // Why a session without a network takes no commands.
  absl::Status NotBuilt() const;

  // ---- For the scheduler: one worker at a time

  Due RunSlice() override;
  bool BeginShortSlice() override;

 private:
  // Puts the letter into the mailbox; or answers why not, and returns false.
  bool Accept(std::unique_ptr<Letter> letter);
  // Takes memory for what the letter holds.
  absl::Status ReserveFor(Letter& letter) const;
  // Accepts the letter, and wakes the session.
  void Deliver(std::unique_ptr<Letter> letter);

  // Behind pointers, so that code which uses sessions doesn't see their parts.
  const std::unique_ptr<SessionShared> shared_;
  const std::string incarnation_id_;
  const std::chrono::system_clock::time_point create_time_;
  std::shared_ptr<const BuildProgress> building_;
  const std::unique_ptr<SessionBody> body_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_H_
