// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_BODY_H_
#define SPIKED_SERVER_SESSION_SESSION_BODY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/session/advance.h"
#include "server/session/command.h"
#include "server/session/network_stepper.h"
#include "server/session/scheduling/pacer.h"
#include "server/session/scheduling/scheduler.h"
#include "server/session/scheduling/step_cost.h"
#include "server/session/session_meter.h"
#include "server/session/session_network.h"
#include "server/session/session_shared.h"

namespace spiked {

// The part of a session that only one thread touches: executes commands, and
// steps the network as commands and the clock say. That thread is the builder's
// until there is a network, then a worker, one at a time. Other threads see
// what is in `shared`.
class SessionBody {
 public:
  // `shared` outlives this.
  SessionBody(SessionShared* shared, const SessionOptions& options);

  // CREATING becomes PAUSED. `wake` lets the session run; other threads call
  // it.
  void Attach(std::shared_ptr<SessionNetwork> built, int64_t memory_bytes,
              NetworkMemory memory, std::function<void()> wake);
  // There will be no network: CREATING, or FAILED, becomes DELETING.
  void Abandon();
  // The same, and the session stays to say so: CREATING becomes FAILED.
  void FailBuilding(std::string why);

  // For Schedulable.
  Schedulable::Due RunSlice();
  bool BeginShortSlice();

  // Begins a command. Returns the result, or nothing if the answer was taken
  // and gets the result later.
  template <typename Command>
  std::optional<ResultOf<Command>> Begin(const Command& command,
                                         AnswerTo<Command>&) {
    return Execute(command);
  }
  // Takes the command; its stimuli are injected, and gone.
  std::optional<AdvanceResult> Begin(AdvanceCommand& command,
                                     AnswerTo<AdvanceCommand>& answer);
  std::optional<Outcome> Begin(const EditCommand& command,
                               AnswerTo<EditCommand>& answer);

  // Tells other threads how the session is.
  void Publish();

  // Limits of the stimuli that wait or act: each takes memory and time.
  static constexpr int64_t kMaxWaitingStimuli = 1'000'000;
  static constexpr int64_t kMaxStimulatedNeurons = 64'000'000;
  // Stimuli of a session that together take less are not reserved.
  static constexpr int64_t kFreeStimulusBytes = int64_t{256} << 10;
  // Values that all probes together may take in one step.
  static constexpr size_t kMaxProbedValues = 200'000;
  // Most synapses that one command reads.
  static constexpr int64_t kMaxReadSynapses = 4'000'000;
  // Limits of the changes that wait for their step.
  static constexpr int64_t kMaxScheduledChanges = 1000;
  static constexpr int64_t kMaxScheduledElements = 16'000'000;

 private:
  // ---- Commands (session_body.cc)

  void ExecuteMailbox();
  // Work for the session has thrown: the session fails, and nothing else.
  void FailInside(const std::string& what);
  // Why a letter whose turn has come is not executed; OK if it is.
  absl::Status CheckLetter(const Letter& letter) const;
  Outcome MakeOutcome(absl::Status status) const;
  absl::Status NotInState(const char* wanted) const;
  Outcome Execute(const PauseCommand& command);
  Outcome Execute(const ResetCommand& command);
  Outcome Execute(const DeleteCommand& command);
  Outcome Execute(const ProbeCommand& command);
  HashResult Execute(const HashCommand& command);

  // ---- Stimuli (session_stimuli.cc)

  InjectResult Execute(const InjectCommand& command);
  // Fills in the result's fields of an InjectCommand.
  absl::Status Inject(const std::vector<StimulusSpec>& stimuli,
                      LatePolicy late_policy, InjectResult* result);
  // RESOURCE_EXHAUSTED if the stimuli would be too many.
  absl::Status CheckRoomFor(const std::vector<StimulusSpec>& stimuli) const;
  // Counts stimuli for the tenant's quota.
  absl::Status TakeStimuli(int64_t count) const;
  absl::StatusOr<MemoryReservation> TakeForStimuli(
      const std::vector<StimulusSpec>& stimuli) const;

  // ---- Readings of the state, and their memory (session_readings.cc)

  ReadSynapsesResult Execute(const ReadSynapsesCommand& command);
  SnapshotResult Execute(const SnapshotCommand& command);
  absl::StatusOr<MemoryReservation> TakeMemory(int64_t bytes,
                                               const char* what) const;

  // ---- Live changes (session_change.cc)

  ChangeResult Execute(const ChangeCommand& command);
  // RESOURCE_EXHAUSTED if too many changes would wait.
  absl::Status CheckRoomForChanges(const ChangeSpecs& changes) const;
  // Reserves the memory that changes take.
  absl::Status ReserveFor(const ChangeSpecs& changes);
  void ReleaseChanges();
  void UpdateOverview();

  // ---- Edits (session_edit.cc)

  // Ends the edit if its result has come.
  void EndEdit();
  void Replace(EditedNetwork edited);
  std::shared_ptr<SpikeRing> MakeRing(SpikeRing::Position begin) const;

  // ---- Pace and load (session_pace.cc)

  Outcome Execute(const StartCommand& command);
  Outcome Execute(const UpdateCommand& command);
  // Changes the options, and goes on from here as they say.
  void SetOptions(const SessionOptions& wanted);
  bool is_paced() const { return options_.pacing == Pacing::kRealTime; }
  Pacer MakePacer() const;
  // RESOURCE_EXHAUSTED if the load with these options is refused.
  absl::Status Admit(const SessionOptions& options, AdmissionPolicy policy);
  void LeaveLoads();
  // Whether the load of the running session fits.
  bool Fits();
  double ExpectedLoad(const SessionOptions& options) const;
  void MeasureLoad(int64_t steps, int64_t begin_nanos, int64_t end_nanos);

  // ---- Steps (session_steps.cc)

  void RunDueSteps();
  Schedulable::Due NextDue();
  // Runs the tick that is due, or a part of it if its steps take long.
  void RunRealTimeTick();
  void RunFreeSlice();
  void RunAdvanceSlice();
  bool AdvanceIsOver() const;
  void FinishAdvance(absl::Status status);
  // Whether a reader that blocks is so far behind that no step is taken now.
  // Never for paced sessions.
  bool WaitsForReader() const;
  // Runs steps up to `end_step` or until `stop` says so after one; passes their
  // spikes on.
  void RunSteps(int64_t end_step, absl::FunctionRef<bool()> stop);
  // Adds steps that took the time [begin_nanos, end_nanos) up.
  void CountSteps(int64_t steps, int64_t begin_nanos, int64_t end_nanos);
  // The state of the session after steps.
  void SettleSteps(std::string failure);
  void SetState(SessionState state);

  // ---- Short advances (short_advance.cc)

  // Whether an advance can be done at once by the thread that asks for it.
  bool IsShort(const AdvanceCommand& advance) const;
  bool HasFewStimuli(const std::vector<StimulusSpec>& stimuli) const;
  void NoteStepTime(int64_t steps, int64_t nanos);

  const SessionEnvironment& environment() const { return shared_.environment; }
  const std::string& id() const { return shared_.id; }
  int64_t NowNanos() const { return environment().clock->NowNanos(); }
  const Network& network() const { return stepper_.network(); }
  SpikeRing& ring() const { return *current_.built->spikes; }

  SessionShared& shared_;
  std::function<void()> wake_;
  SessionOptions options_;
  SessionStatus current_;  // the next to be published
  NetworkStepper stepper_;

  // Commands under way.
  std::optional<OngoingAdvance> advance_;
  std::optional<AnswerTo<EditCommand>> edit_;  // meanwhile there are no steps

  // Time.
  struct OpenTick {
    Pacer::Tick tick;
    int64_t end_step;
  };
  Pacer pacer_{1, 1, LatenessPolicy::kCatchUp};
  std::optional<OpenTick> open_tick_;  // a tick under way
  bool short_slice_ = false;           // the next one runs a single command
  SpikeRun run_;                       // of the slice
  SessionMeter meter_;
  StepCost cost_;
  bool fits_ = true;  // as the book of loads says at this revision
  int64_t fits_revision_ = -1;
  // The time of a step in the slice before, and in the quicker of the last two.
  double last_step_nanos_ = 0;
  double recent_step_nanos_ = 0;

  // Memory.
  int64_t memory_bytes_ = 0;  // of the network, with changes
  NetworkMemory network_memory_;
  std::set<std::string> changed_things_;  // as MemoryOf names them
  MemoryReservation changes_memory_;      // of these, if there is a ledger
  int64_t changed_bytes_ = 0;
  int64_t overview_revision_ = 0;  // of the overview in current_
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_BODY_H_
