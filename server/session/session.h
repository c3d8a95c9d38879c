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

  // What the session does while it is CREATING. Null: not known. Set before
  // others know the session.
  const BuildProgress* building() const { return building_.get(); }
  void SetBuilding(std::shared_ptr<const BuildProgress> building) {
    building_ = std::move(building);
  }

  // Why a session without a network takes no commands.
  absl::Status NotBuilt() const;

  using Built = std::shared_ptr<const SessionNetwork>;

  // Hands a command to the session; `done` tells what became of it. What is
  // valid for one network is made for that one: ABORTED if the session has
  // another when the command's turn comes.
  void Post(Command command, Done done, Built made_for = nullptr);

  // The same, on this thread if the session is idle, nothing else is ready, and
  // the command is an advance that is shorter than the way to a worker.
  void PostOrRun(Command command, Done done, Built made_for = nullptr);

  // What becomes of a session whose network is edited.
  struct EditedNetwork {
    std::shared_ptr<SessionNetwork> built;
    State state;
    double nanos_per_step;  // TimeFirstSteps
    int64_t memory_bytes;
  };
  // Ends what LendCommand began: the session goes on with another network, or,
  // if there is none, as it was. `done` as for Post; the outcome has the step.
  void Return(std::optional<EditedNetwork> edited, Done done);

  const std::string& id() const { return id_; }
  const std::string& key() const { return key_; }
  SessionOptions options() const { return status().options; }
  // Lives as long as whoever uses the session.
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
  // Of the stimuli that wait or act: each takes memory and time.
  static constexpr int64_t kMaxWaitingStimuli = 1'000'000;
  static constexpr int64_t kMaxStimulatedNeurons = 64'000'000;
  // Stimuli of a session that together take less are not reserved.
  static constexpr int64_t kFreeStimulusBytes = int64_t{256} << 10;
  // Values that all probes together may take in one step.
  static constexpr size_t kMaxProbedValues = 200'000;
  // That one ReadSynapsesCommand may read.
  static constexpr int64_t kMaxReadSynapses = 4'000'000;
  // Of the changes that wait for their step.
  static constexpr size_t kMaxScheduledChanges = 1000;
  static constexpr int64_t kMaxScheduledElements = 16'000'000;

 private:
  struct Envelope {
    Command command;
    Done done;
    Built made_for;
  };

  // Commands, on the worker. Each returns the outcome, or nothing if it comes
  // later.
  std::optional<Outcome> Execute(const StartCommand& command, Done& done);
  std::optional<Outcome> Execute(const PauseCommand& command, Done& done);
  std::optional<Outcome> Execute(const ResetCommand& command, Done& done);
  std::optional<Outcome> Execute(const DeleteCommand& command, Done& done);
  std::optional<Outcome> Execute(const AdvanceCommand& command, Done& done);
  std::optional<Outcome> Execute(const InjectCommand& command, Done& done);
  std::optional<Outcome> Execute(const ProbeCommand& command, Done& done);
  std::optional<Outcome> Execute(const HashCommand& command, Done& done);
  std::optional<Outcome> Execute(const ReadSynapsesCommand& command,
                                 Done& done);
  std::optional<Outcome> Execute(const UpdateCommand& command, Done& done);
  std::optional<Outcome> Execute(const ChangeCommand& command, Done& done);
  std::optional<Outcome> Execute(const SnapshotCommand& command, Done& done);
  std::optional<Outcome> Execute(const LendCommand& command, Done& done);
  // Takes the envelope, or leaves it alone if the mailbox is full.
  bool Enqueue(Envelope& envelope);
  // Enqueues; or answers why not, and returns false.
  bool Accept(Envelope envelope);
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
                      LatePolicy late_policy, Outcome* outcome);

  // What commands take of memory (session_memory.cc), on the worker.
  absl::StatusOr<MemoryReservation> TakeMemory(int64_t bytes,
                                               const char* what) const;
  // For stimuli that are about to be injected.
  absl::StatusOr<MemoryReservation> TakeForStimuli(
      const std::vector<StimulusSpec>& stimuli) const;
  static void HoldUntilTheyEnd(MemoryReservation memory,
                               std::vector<Stimulus>* stimuli);
  // What a copy of the state takes, about.
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
  // What a step took in the slice before, and in the quicker of the last two.
  double last_step_nanos_ = 0;
  double recent_step_nanos_ = 0;
  bool short_slice_ = false;              // the next one runs a single command
  std::set<std::string> changed_things_;  // as MemoryOf names them
  int64_t changed_bytes_ = 0;             // which they take
  int64_t overview_revision_ = 0;
  bool lent_ = false;  // the state, which nobody touches then

  std::atomic<int> stream_count_{0};
  mutable Mutex mutex_;
  std::deque<Envelope> mailbox_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::pair<std::optional<EditedNetwork>, Done>> returned_
      ABSL_GUARDED_BY(mutex_);
  SessionStatus published_ ABSL_GUARDED_BY(mutex_);
  SessionMetrics published_metrics_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<DurationHistogram> published_lateness_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_H_
