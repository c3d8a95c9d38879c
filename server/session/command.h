// SPDX-License-Identifier: Apache-2.0
//
// What can be asked of a session, as plain values. All influence from outside
// goes through one queue of these, in order.

#ifndef SPIKED_SERVER_SESSION_COMMAND_H_
#define SPIKED_SERVER_SESSION_COMMAND_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "core/network/state.h"
#include "core/spec/change_spec.h"
#include "core/spec/network_spec.h"
#include "core/spec/violations.h"
#include "server/session/history/spike_counter.h"
#include "server/session/history/spike_ring.h"
#include "server/session/history/state_probe.h"
#include "server/session/network_overview.h"
#include "server/session/session_lifetime.h"
#include "server/session/session_network.h"
#include "server/session/session_options.h"

namespace spiked {

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

struct StartCommand {
  int64_t stop_step = 0;                            // 0: none
  std::optional<AdmissionPolicy> admission_policy;  // none: the session's
};

// Changes what is given, all or nothing; the outcome's step is the first that
// it acts on.
struct UpdateCommand {
  std::optional<Pacing> pacing;
  std::optional<double> pace;
  std::optional<LatenessPolicy> lateness_policy;
  std::optional<AdmissionPolicy> admission_policy;
  std::optional<double> tick_ms;
  LifetimeChange lifetime;
};
struct PauseCommand {};
struct ResetCommand {};
struct DeleteCommand {};

struct AdvanceCommand {
  std::optional<int64_t> expected_step;
  int64_t step_count = 0;
  std::vector<StimulusSpec> stimuli;  // valid for the network
  bool return_spikes = false;
  // Spikes of groups in bins of so many steps from the first on; 0: none.
  int64_t count_bin_steps = 0;
  std::vector<SpikeGroup> count_groups;
  // When to stop early, by the session's clock.
  int64_t deadline_nanos = std::numeric_limits<int64_t>::max();
  // Becomes true when nobody waits for the answer any more. May be null.
  std::shared_ptr<const std::atomic<bool>> cancelled;
};

// What becomes of stimuli whose start has passed: they act at the next step, or
// none of the command's is injected (OUT_OF_RANGE).
enum class LatePolicy { kApplyNext, kRefuse };

struct InjectCommand {
  std::vector<StimulusSpec> stimuli;  // valid for the network
  LatePolicy late_policy = LatePolicy::kApplyNext;
};

// Changes the network, all or nothing, at a step.
struct ChangeCommand {
  std::optional<int64_t> at_step;              // the coming one
  std::shared_ptr<const ChangeSpecs> changes;  // valid for the network
};

// Adds a probe; it is forgotten once it is closed.
struct ProbeCommand {
  std::shared_ptr<StateProbe> probe;
};

// Takes the hash of the state, between two steps.
struct HashCommand {};

// Reads the synapses of a projection, between two steps.
struct ReadSynapsesCommand {
  int projection = 0;
  std::vector<int32_t> sources;  // in the source population, ascending
};

// Copies the state, between two steps, for what takes longer to compute.
struct SnapshotCommand {};

// Lends the state of a paused session, so that it can be brought into another
// network; other commands wait until it is returned (Session::Return).
struct LendCommand {};

using Command =
    std::variant<StartCommand, PauseCommand, ResetCommand, DeleteCommand,
                 AdvanceCommand, InjectCommand, ProbeCommand, HashCommand,
                 ReadSynapsesCommand, SnapshotCommand, UpdateCommand,
                 ChangeCommand, LendCommand>;

// What became of a command.
struct Outcome {
  absl::Status status;
  SessionStatus session;  // after the command

  // AdvanceCommand.
  int64_t first_step = 0;
  int64_t completed_step_count = 0;
  std::shared_ptr<const SpikeRun> spikes;  // null: none, or not asked for
  std::vector<int32_t> spike_counts;       // [bins, groups]

  // InjectCommand, ChangeCommand, and of Session::Return.
  int64_t applied_step = 0;
  int64_t late_count = 0;
  int64_t stimulus_room = 0;  // how many more would be taken

  // ChangeCommand.
  Violations violations;  // of INVALID_ARGUMENT; paths begin with "changes"

  // HashCommand.
  uint64_t state_hash = 0;

  // ReadSynapsesCommand.
  std::shared_ptr<const std::vector<SynapseReading>> synapses;

  // SnapshotCommand.
  std::shared_ptr<const State> snapshot;

  // LendCommand: until it is returned.
  const State* lent = nullptr;
};

// Called once, on a thread of the session's or of the caller; must not block.
using Done = std::function<void(Outcome)>;

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_COMMAND_H_
