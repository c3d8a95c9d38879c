// SPDX-License-Identifier: Apache-2.0
//
// The commands of a session and their results, as plain values. All influence
// from outside goes through one queue of these, in order. A new command is a
// struct that names its result, and an Execute of Session.

#ifndef SPIKED_SERVER_SESSION_COMMAND_H_
#define SPIKED_SERVER_SESSION_COMMAND_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/network/synapse_readings.h"
#include "core/spec/change_spec.h"
#include "core/spec/network_spec.h"
#include "core/spec/violations.h"
#include "server/session/history/spike_counter.h"
#include "server/session/session_lifetime.h"
#include "server/session/session_network.h"
#include "server/session/session_options.h"

namespace spiked {

class BuildProgress;
class NetworkMemory;
class StateProbe;
struct NetworkOverview;
struct SpikeRun;
struct State;
struct SynapseReading;

enum class SessionState { kCreating, kPaused, kRunning, kFailed, kDeleting };

// A session at one moment.
struct SessionStatus {
  SessionState state = SessionState::kCreating;
  int64_t step = 0;
  int64_t stop_step = 0;  // 0: none
  int64_t epoch = 0;
  std::string failure;
  int64_t revision = 0;  // counts the changes of all but steps
  SessionOptions options;
  // Null: there is no network yet.
  std::shared_ptr<const SessionNetwork> built;
  std::shared_ptr<const NetworkOverview> overview;
};

// Whether nothing more comes from a network of a session: the session is being
// deleted, or has another one, whose neurons are others.
inline bool IsOver(const SessionStatus& status, int64_t network_revision) {
  return status.state == SessionState::kDeleting ||
         (status.built != nullptr &&
          status.built->revision != network_revision);
}

// The result of a command. Commands that tell more have a result of their own,
// which begins with this.
struct Outcome {
  absl::Status status;
  SessionStatus session;  // after the command
};

struct StartCommand {
  using Result = Outcome;
  int64_t stop_step = 0;                            // 0: none
  std::optional<AdmissionPolicy> admission_policy;  // none: the session's
};

// Changes the options that are given, all or nothing; the step of the result is
// the first for which they hold.
struct UpdateCommand {
  using Result = Outcome;
  std::optional<Pacing> pacing;
  std::optional<double> pace;
  std::optional<LatenessPolicy> lateness_policy;
  std::optional<AdmissionPolicy> admission_policy;
  std::optional<double> tick_ms;
  LifetimeChange lifetime;
};

struct PauseCommand {
  using Result = Outcome;
};

struct ResetCommand {
  using Result = Outcome;
};

struct DeleteCommand {
  using Result = Outcome;
};

struct AdvanceResult : Outcome {
  int64_t first_step = 0;
  int64_t completed_step_count = 0;
  std::shared_ptr<const SpikeRun> spikes;  // null: none, or not asked for
  std::vector<int32_t> spike_counts;       // [bins, groups]
};

struct AdvanceCommand {
  using Result = AdvanceResult;
  std::optional<int64_t> expected_step;
  int64_t step_count = 0;
  std::vector<StimulusSpec> stimuli;  // valid for the network
  bool return_spikes = false;
  // Spikes of groups in bins of so many steps from the first on; 0: none.
  int64_t count_bin_steps = 0;
  std::vector<SpikeGroup> count_groups;
  // When to stop early, by the session's clock.
  int64_t deadline_nanos = std::numeric_limits<int64_t>::max();
  // Becomes true when the answer is not waited for any more. May be null.
  std::shared_ptr<const std::atomic<bool>> cancelled;
};

// How stimuli whose start has passed are treated: they act at the next step, or
// none of the command's is injected (OUT_OF_RANGE).
enum class LatePolicy { kApplyNext, kRefuse };

struct InjectResult : Outcome {
  int64_t applied_step = 0;   // the first at which a stimulus acts
  int64_t late_count = 0;     // stimuli whose start had passed
  int64_t stimulus_room = 0;  // how many more would be taken
};

struct InjectCommand {
  using Result = InjectResult;
  std::vector<StimulusSpec> stimuli;  // valid for the network
  LatePolicy late_policy = LatePolicy::kApplyNext;
};

struct ChangeResult : Outcome {
  int64_t applied_step = 0;
  Violations violations;  // of INVALID_ARGUMENT; paths begin with "changes"
};

// Changes the network, all or nothing, at a step.
struct ChangeCommand {
  using Result = ChangeResult;
  std::optional<int64_t> at_step;              // none: the coming one
  std::shared_ptr<const ChangeSpecs> changes;  // valid for the network
};

// Adds a probe; it is forgotten once it is closed.
struct ProbeCommand {
  using Result = Outcome;
  std::shared_ptr<StateProbe> probe;
};

struct HashResult : Outcome {
  uint64_t state_hash = 0;
};

// Takes the hash of the state, between two steps.
struct HashCommand {
  using Result = HashResult;
};

struct ReadSynapsesResult : Outcome {
  std::shared_ptr<const std::vector<SynapseReading>> synapses;
};

// Reads the synapses of a projection, between two steps.
struct ReadSynapsesCommand {
  using Result = ReadSynapsesResult;
  int projection = 0;
  // In the source population, ascending; empty: all.
  std::vector<int32_t> sources;
};

struct SnapshotResult : Outcome {
  std::shared_ptr<const State> snapshot;
};

// Copies the state, between two steps, for computations that take longer.
struct SnapshotCommand {
  using Result = SnapshotResult;
  // Becomes true when the answer is not waited for any more: then nothing is
  // copied. May be null.
  std::shared_ptr<const std::atomic<bool>> cancelled;
};

// Puts another network in the place of a paused session's. Other commands wait
// until it is there; the result has the session's status after that.
struct EditCommand {
  using Result = Outcome;
  // Called on the session's worker when it is the command's turn. It must have
  // another thread compute the new network and its state, and end with
  // Session::FinishEdit; both arguments may be read until then. `present` is
  // the memory of the session's network.
  std::function<void(const State& state, const NetworkMemory& present)> begin;
  // Cancelled when the session is to be deleted. May be null.
  std::shared_ptr<BuildProgress> progress;
};

template <typename Command>
using ResultOf = typename Command::Result;

// Called once, on a thread of the session's or of the caller; must not block.
template <typename Command>
using Callback = std::function<void(ResultOf<Command>)>;

// The same for commands whose result is an Outcome.
using Done = std::function<void(Outcome)>;

// Where the result of a command goes. The session is in use until the answer is
// destroyed.
template <typename Command>
struct AnswerTo {
  Callback<Command> done;
  SessionUse use;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_COMMAND_H_
