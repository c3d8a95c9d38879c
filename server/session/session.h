// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_H_
#define SPIKED_SERVER_SESSION_SESSION_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/build/build_progress.h"
#include "core/build/validate.h"
#include "core/network/network.h"
#include "core/network/state.h"
#include "core/numbers/thread_team.h"
#include "server/base/clock.h"
#include "server/base/memory_reservation.h"
#include "server/base/mutex.h"
#include "server/security/memory_guard.h"
#include "server/security/tenant.h"
#include "server/session/advance.h"
#include "server/session/command.h"
#include "server/session/history/history_budget.h"
#include "server/session/history/spike_ring.h"
#include "server/session/scheduling/load_book.h"
#include "server/session/scheduling/pacer.h"
#include "server/session/scheduling/scheduler.h"
#include "server/session/scheduling/step_cost.h"
#include "server/session/session_lifetime.h"
#include "server/session/session_meter.h"
#include "server/session/session_network.h"
#include "server/session/session_options.h"
#include "server/statistics/statistics.h"

namespace spiked {

// A running instance of one network: the network, its state, a mailbox of
// commands, and what comes out.
//
// Threads: Post, status, metrics and the accessors are called from any thread;
// RunSlice by one scheduler worker at a time. What only the worker touches is
// marked so below.
class Session : public Schedulable,
                public std::enable_shared_from_this<Session> {
 public:
  struct Environment {
    Clock* clock;
    Scheduler* scheduler;
    Statistics* statistics;
    size_t history_bytes;       // of the spike ring
    LoadBook* loads = nullptr;  // null: every load fits
    // Reserves memory for the session; less than 0: gives it back. May be null.
    std::function<absl::Status(int64_t bytes)> reserve_memory = {};
    std::shared_ptr<Tenant> tenant = nullptr;   // null: without quotas
    const MemoryGuard* memory_guard = nullptr;  // null: memory never ends
    std::shared_ptr<HistoryBudget> history_budget = nullptr;  // null: none
    // Reserves memory for what may outlive the session; `what` needs it. May be
    // null.
    std::function<absl::StatusOr<MemoryReservation>(int64_t bytes,
                                                    const std::string& what)>
        take_memory = {};

    void Leave(const void* who) const {
      if (loads != nullptr) loads->Leave(who);
    }
  };

  // A session that is being created, by its key in the registry. The id is what
  // follows "sessions/".
  Session(std::string key, SessionOptions options, Environment environment);

  // Gives the session its network, the number of threads that are to step it
  // and what it was made from: CREATING becomes PAUSED. Called once.
  void Attach(std::unique_ptr<const Network> network, int64_t memory_bytes,
              int thread_count = 1, NetworkSpec spec = {});

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

  // Why a session without a network takes no commands.
  absl::Status NotBuilt() const;

  using Built = std::shared_ptr<const SessionNetwork>;

  // Hands a command to the session; `done` gets its result. A command that is
  // valid for one network is made for that one: ABORTED if the session has
  // another when the command's turn comes.
  template <typename Command>
  void Post(Command command, Callback<Command> done, Built made_for = nullptr) {
    if (Accept(std::make_unique<LetterOf<Command>>(
            std::move(command), std::move(done), std::move(made_for)))) {
      environment_.scheduler->Wake(shared_from_this());
    }
  }

  // The same, on this thread if the session is idle, nothing else is ready, and
  // the advance is shorter than the way to a worker.
  void PostOrRun(AdvanceCommand command, Callback<AdvanceCommand> done,
                 Built made_for = nullptr);

  // The new network and state of a session that is edited.
  struct EditedNetwork {
    std::shared_ptr<SessionNetwork> built;
    State state;
    double nanos_per_step;  // TimeFirstSteps
    int64_t memory_bytes;
  };
  // Ends what LendCommand began: the session goes on with another network, or,
  // if there is none, as it was. `done` as for Post.
  void Return(std::optional<EditedNetwork> edited, Done done);

  const std::string& id() const { return id_; }
  const std::string& key() const { return key_; }
  SessionOptions options() const { return status().options; }
  // Shared, because streams and calls that use the session may outlive it.
  const std::shared_ptr<SessionLifetime>& lifetime() const { return lifetime_; }
  std::chrono::system_clock::time_point create_time() const {
    return create_time_;
  }
  SessionStatus status() const;
  SessionMetrics metrics() const;
  // Whether its load fits; nothing if it doesn't run in real time.
  std::optional<bool> admitted() const;

  // Null or zero while the session is being created.
  Built built() const;
  int64_t memory_bytes() const { return memory_bytes_; }

  // Counts the streams that read from the session.
  void AddStream(int change) {
    stream_count_ += change;
    if (change > 0) {
      lifetime_->BeginUse();
    } else {
      lifetime_->EndUse();
    }
  }

  Due RunSlice() override;
  bool BeginShortSlice() override;

  // Wakes the session if it still exists; what readers call that made it wait.
  std::function<void()> WakeUp();

  static constexpr size_t kMaxWaitingCommands = 10'000;
  // Stimuli that wait or act at the same time: each takes memory and time.
  static constexpr int64_t kMaxWaitingStimuli = 1'000'000;
  static constexpr int64_t kMaxStimulatedNeurons = 64'000'000;
  // Stimuli of a session that together take less are not reserved.
  static constexpr int64_t kFreeStimulusBytes = int64_t{256} << 10;
  // Values that all probes together may take in one step.
  static constexpr size_t kMaxProbedValues = 200'000;
  // Synapses that one ReadSynapsesCommand may read.
  static constexpr int64_t kMaxReadSynapses = 4'000'000;
  // Requests for changes that wait for their step, and their numbers.
  static constexpr size_t kMaxScheduledChanges = 1000;
  static constexpr int64_t kMaxScheduledElements = 16'000'000;

 private:
  // A command that waits, with the callback for its result.
  class Letter {
   public:
    explicit Letter(Built made_for) : made_for_(std::move(made_for)) {}
    virtual ~Letter() = default;
    Letter(const Letter&) = delete;
    Letter& operator=(const Letter&) = delete;

    // Executes the command and answers; false if the answer comes later.
    virtual bool Execute(Session& session) = 0;
    // Answers without executing it.
    virtual void Refuse(Outcome why) = 0;
    // Null: it is another command.
    virtual const AdvanceCommand* advance() const { return nullptr; }

    const Built& made_for() const { return made_for_; }

   private:
    const Built made_for_;
  };

  template <typename Command>
  class LetterOf : public Letter {
   public:
    LetterOf(Command command, Callback<Command> done, Built made_for)
        : Letter(std::move(made_for)),
          command_(std::move(command)),
          done_(std::move(done)) {}

    bool Execute(Session& session) override {
      std::optional<ResultOf<Command>> result = session.Begin(command_, done_);
      if (!result.has_value()) return false;
      // The session must be found as the answer says.
      session.Publish();
      done_(*std::move(result));
      return true;
    }
    void Refuse(Outcome why) override { done_({std::move(why)}); }
    const AdvanceCommand* advance() const override {
      if constexpr (std::is_same_v<Command, AdvanceCommand>) return &command_;
      return nullptr;
    }

   private:
    Command command_;
    Callback<Command> done_;
  };

  // Executes a command on the worker. Returns the result, or nothing if the
  // callback was taken and gets it later.
  template <typename Command>
  std::optional<ResultOf<Command>> Begin(const Command& command,
                                         Callback<Command>&) {
    return Execute(command);
  }
  std::optional<AdvanceResult> Begin(const AdvanceCommand& command,
                                     Callback<AdvanceCommand>& done);
  Outcome Execute(const StartCommand& command);
  Outcome Execute(const PauseCommand& command);
  Outcome Execute(const ResetCommand& command);
  Outcome Execute(const DeleteCommand& command);
  InjectResult Execute(const InjectCommand& command);
  Outcome Execute(const ProbeCommand& command);
  HashResult Execute(const HashCommand& command);
  ReadSynapsesResult Execute(const ReadSynapsesCommand& command);
  Outcome Execute(const UpdateCommand& command);
  ChangeResult Execute(const ChangeCommand& command);
  SnapshotResult Execute(const SnapshotCommand& command);
  LendResult Execute(const LendCommand& command);
  // Takes the letter, or leaves it alone if the mailbox is full.
  bool Enqueue(std::unique_ptr<Letter>& letter);
  // Enqueues; or answers why not, and returns false.
  bool Accept(std::unique_ptr<Letter> letter);
  // Why a letter whose turn has come is not executed; OK if it is.
  absl::Status CheckLetter(const Letter& letter) const;
  // Runs what is waiting, or a part of it if that is much.
  void ExecuteMailbox();
  // Whether an advance can be done at once by who asked for it
  // (short_advance.cc), on the worker.
  bool IsShort(const AdvanceCommand& advance) const;
  bool HasFewStimuli(const std::vector<StimulusSpec>& stimuli) const;
  void NoteStepTime(int64_t steps, int64_t nanos);
  bool HasMail() const;
  // RESOURCE_EXHAUSTED if the stimuli would be too many.
  absl::Status CheckRoomFor(const std::vector<StimulusSpec>& stimuli) const;
  absl::Status Inject(const std::vector<StimulusSpec>& stimuli,
                      LatePolicy late_policy, InjectResult* result);

  // Memory for commands (session_memory.cc), on the worker.
  absl::StatusOr<MemoryReservation> TakeMemory(int64_t bytes,
                                               const char* what) const;
  // For stimuli that are about to be injected.
  absl::StatusOr<MemoryReservation> TakeForStimuli(
      const std::vector<StimulusSpec>& stimuli) const;
  static void HoldUntilTheyEnd(MemoryReservation memory,
                               std::vector<Stimulus>* stimuli);
  // The size of a copy of the state, about.
  int64_t StateBytes() const;

  // RESOURCE_EXHAUSTED if too many changes would wait.
  absl::Status CheckRoomForChanges(const ChangeSpecs& changes) const;
  // Reserves the memory that changes take.
  absl::Status ReserveFor(const ChangeSpecs& changes);
  void ReleaseChanges();
  void UpdateOverview();
  Outcome MakeOutcome(absl::Status status) const;
  absl::Status NotInState(const char* wanted) const;

  // Edits (session_edit.cc), on the worker.
  // Takes the lent state back if it was returned.
  void TakeBack();
  void Replace(EditedNetwork edited);
  std::shared_ptr<SpikeRing> MakeRing(SpikeRing::Position begin);

  // Pace and load (session_pace.cc), on the worker.
  // Changes the options, and goes on from here as they say.
  void SetOptions(const SessionOptions& wanted);
  Pacer MakePacer() const;
  // RESOURCE_EXHAUSTED if the load with these options is refused.
  absl::Status Admit(const SessionOptions& options, AdmissionPolicy policy);
  double ExpectedLoad(const SessionOptions& options) const;
  void MeasureLoad(int64_t steps, int64_t begin_nanos, int64_t end_nanos);

  // Time, on the worker.
  // Runs the tick that is due, or a part of it if its steps take long.
  void RunRealTimeTick();
  void RunFreeSlice();
  void RunAdvanceSlice();
  bool AdvanceIsOver() const;
  void FinishAdvance(absl::Status status);
  // Whether a reader that blocks is so far behind that no step is taken now.
  // Never for paced sessions.
  bool WaitsForReader() const;
  bool AnyProbeBlocks() const;
  // Runs steps up to `end_step` or until `stop` says so after one; publishes
  // their spikes.
  void RunSteps(int64_t end_step, const std::function<bool()>& stop);
  void SetState(SessionState state);
  void Publish();
  Due NextDue() const;
  const Network& network() const { return *current_.built->network; }
  SpikeRing& ring() const { return *current_.built->spikes; }

  const std::string key_;
  const std::string id_;
  const Environment environment_;
  const std::chrono::system_clock::time_point create_time_;
  const std::shared_ptr<SessionLifetime> lifetime_;
  std::shared_ptr<const BuildProgress> building_;

  std::atomic<int64_t> memory_bytes_{0};

  // Touched by the worker only.
  SessionOptions options_;
  State state_;
  std::unique_ptr<ThreadTeam> team_;  // null: one thread
  SessionStatus current_;
  std::optional<OngoingAdvance> advance_;
  std::vector<std::shared_ptr<StateProbe>> probes_;
  SpikeRun run_;  // of the slice
  Pacer pacer_{1, 1, LatenessPolicy::kCatchUp};
  // A tick under way.
  struct OpenTick {
    Pacer::Tick tick;
    int64_t end_step;
  };
  std::optional<OpenTick> open_tick_;
  SessionMeter meter_;
  StepCost cost_;
  // The time of a step in the slice before, and in the quicker of the last two.
  double last_step_nanos_ = 0;
  double recent_step_nanos_ = 0;
  bool short_slice_ = false;              // the next one runs a single command
  std::set<std::string> changed_things_;  // as MemoryOf names them
  int64_t changed_bytes_ = 0;             // which they take
  int64_t overview_revision_ = 0;
  bool lent_ = false;  // the state, which the session leaves alone then

  std::atomic<int> stream_count_{0};
  mutable Mutex mutex_;
  std::deque<std::unique_ptr<Letter>> mailbox_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::pair<std::optional<EditedNetwork>, Done>> returned_
      ABSL_GUARDED_BY(mutex_);
  SessionStatus published_ ABSL_GUARDED_BY(mutex_);
  SessionMetrics published_metrics_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<DurationHistogram> published_lateness_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_H_
