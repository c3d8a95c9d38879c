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
#include <string>
#include <utility>
#include <vector>

#include "core/network.h"
#include "core/state.h"
#include "core/thread_team.h"
#include "core/validate.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/session/advance.h"
#include "server/session/command.h"
#include "server/session/history_budget.h"
#include "server/session/pacer.h"
#include "server/session/scheduler.h"
#include "server/session/session_meter.h"
#include "server/session/spike_ring.h"
#include "server/statistics/statistics.h"

namespace spiked {

enum class Pacing { kRealTime, kFreeRun, kLockstep };

struct SessionOptions {
  Pacing pacing = Pacing::kRealTime;
  double pace = 1;
  LatenessPolicy lateness_policy = LatenessPolicy::kCatchUp;
  int thread_count = 0;  // 0: ChooseThreadCount decides
};

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
    size_t history_bytes;  // of the spike ring
    std::shared_ptr<HistoryBudget> history_budget = nullptr;  // null: none
  };

  // A session that is being created. `id` is what follows "sessions/".
  Session(std::string id, SessionOptions options, Environment environment);

  // Gives the session its network and the number of threads that are to step
  // it: CREATING becomes PAUSED. Called once.
  void Attach(std::unique_ptr<const Network> network, int64_t memory_bytes,
              int thread_count = 1);

  // The session will get no network: CREATING becomes DELETING, which tells
  // those who watch it.
  void Abandon();

  // Hands a command to the session; `done` tells what became of it.
  void Post(Command command, Done done);

  // The same, on this thread if the session is idle and nothing else is ready:
  // shortens the way for a caller that can spare the time.
  void PostOrRun(Command command, Done done);

  // What a step has taken on average since the session began, or since its last
  // reset; 0 before the first.
  double mean_step_nanos() const;

  const std::string& id() const { return id_; }
  const SessionOptions& options() const { return options_; }
  std::chrono::system_clock::time_point create_time() const {
    return create_time_;
  }
  SessionStatus status() const;
  SessionMetrics metrics() const;

  // Null, zero or empty while the session is being created.
  const Network* network() const { return network_.load(); }
  int64_t memory_bytes() const { return memory_bytes_; }
  int thread_count() const { return thread_count_; }
  const std::vector<PopulationShape>& shapes() const { return shapes_; }
  const PlasticityByName& plasticity() const { return plasticity_; }
  const std::vector<EncoderShape>& encoder_shapes() const {
    return encoder_shapes_;
  }
  const std::shared_ptr<SpikeRing>& spikes() const { return ring_; }

  // Counts the streams that read from the session.
  void AddStream(int change) { stream_count_ += change; }

  Due RunSlice() override;

  // Wakes the session if it still exists; what readers call that made it wait.
  std::function<void()> WakeUp();

  static constexpr size_t kMaxWaitingCommands = 10'000;
  // Of the stimuli that wait or act: each takes memory and time.
  static constexpr int64_t kMaxWaitingStimuli = 1'000'000;
  static constexpr int64_t kMaxStimulatedNeurons = 64'000'000;
  // Values that all probes together may take in one step.
  static constexpr size_t kMaxProbedValues = 200'000;
  // That one ReadSynapsesCommand may read.
  static constexpr int64_t kMaxReadSynapses = 4'000'000;

 private:
  using Envelope = std::pair<Command, Done>;

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
  std::optional<Outcome> Execute(const SnapshotCommand& command, Done& done);
  // Takes the command and `done`, or leaves both alone if the mailbox is full.
  bool Enqueue(Command& command, Done& done);
  // Enqueues; or answers why not, and returns false.
  bool Accept(Command command, Done done);
  // Runs what is waiting, or a part of it if that is much.
  void ExecuteMailbox();
  bool HasMail() const;
  // RESOURCE_EXHAUSTED if the stimuli would be too many.
  absl::Status CheckRoomFor(const std::vector<StimulusSpec>& stimuli) const;
  absl::Status Inject(const std::vector<StimulusSpec>& stimuli,
                      LatePolicy late_policy, Outcome* outcome);
  Outcome MakeOutcome(absl::Status status) const;
  absl::Status NotInState(const char* wanted) const;

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

  const std::string id_;
  const SessionOptions options_;
  const Environment environment_;
  const std::chrono::system_clock::time_point create_time_;

  // Set once by Attach.
  std::unique_ptr<const Network> owned_network_;
  std::atomic<const Network*> network_{nullptr};
  std::atomic<int64_t> memory_bytes_{0};
  std::atomic<int> thread_count_{0};
  std::vector<PopulationShape> shapes_;
  PlasticityByName plasticity_;
  std::vector<EncoderShape> encoder_shapes_;
  std::shared_ptr<SpikeRing> ring_;

  // Touched by the worker only.
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

  std::atomic<int> stream_count_{0};
  mutable Mutex mutex_;
  std::deque<Envelope> mailbox_ ABSL_GUARDED_BY(mutex_);
  SessionStatus published_ ABSL_GUARDED_BY(mutex_);
  SessionMetrics published_metrics_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<DurationHistogram> published_lateness_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_H_
