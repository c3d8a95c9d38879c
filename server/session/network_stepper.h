// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_NETWORK_STEPPER_H_
#define SPIKED_SERVER_SESSION_NETWORK_STEPPER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "core/change/change.h"
#include "core/network/network.h"
#include "core/network/state.h"
#include "core/network/state_hash.h"
#include "core/network/stimulus.h"
#include "core/network/synapse_readings.h"
#include "core/numbers/thread_team.h"
#include "core/spec/change_spec.h"
#include "core/spec/network_spec.h"
#include "core/spec/violations.h"
#include "server/base/clock.h"
#include "server/session/history/spike_ring.h"
#include "server/session/history/state_probe.h"
#include "server/session/network_overview.h"

namespace spiked {

// A network with its state and the threads that step it: everything that a
// session asks of a network goes through these functions, so that a network
// that is stepped elsewhere could stand behind them. Knows neither time nor
// clients. Used by one thread at a time.
class NetworkStepper {
 public:
  NetworkStepper() = default;  // of no network
  // At step 0. Times a few steps first.
  NetworkStepper(const Network& network, int thread_count, Clock* clock);

  const Network& network() const { return *network_; }
  int thread_count() const { return thread_count_; }
  int64_t step() const { return state_.step; }
  // Counts resets and edits.
  int64_t epoch() const { return epoch_; }
  // The time of a step as the first ones took it; of an edited network, as its
  // own first ones.
  double first_step_nanos() const { return first_step_nanos_; }

  // Takes steps until `end_step`, or until `stop` returns true after one, or
  // until a number is no longer finite. Adds their spikes to `spikes` and
  // samples to the probes. Returns what isn't finite; empty if all is.
  std::string Advance(int64_t end_step, absl::FunctionRef<bool()> stop,
                      SpikeRun* spikes);

  // Back to step 0, without stimuli and changes.
  void Reset();

  // ---- Probes

  void AddProbe(std::shared_ptr<StateProbe> probe);
  void DropClosedProbes();
  void DropProbes() { probes_.clear(); }
  // Whether a probe asks not to step on, because its reader is behind.
  bool AnyProbeBlocks() const;
  // Values that all probes together take in one step.
  size_t sampled_values() const;

  // ---- Stimuli

  // Translates stimuli that are valid for the network; counts those whose start
  // has passed.
  std::vector<Stimulus> Compile(const std::vector<StimulusSpec>& stimuli,
                                int64_t* late_count) const;
  void Inject(std::vector<Stimulus> stimuli);
  // Stimuli that wait or act, and their neurons added up.
  int64_t stimulus_count() const {
    return static_cast<int64_t>(state_.stimuli.size());
  }
  int64_t stimulated_neurons() const { return state_.stimuli.neuron_count(); }

  // ---- Changes

  // Applies changes that are due, then checks others that are valid for the
  // network. Paths of violations begin with "changes".
  Violations Check(const ChangeSpecs& changes, int64_t step);
  // Requires: Check found nothing.
  void Schedule(std::shared_ptr<const ChangeSpecs> changes, int64_t step);
  // Requests for changes that wait for their step, and their numbers added up.
  int64_t scheduled_count() const { return std::ssize(state_.scheduled); }
  int64_t scheduled_elements() const;
  // Grows when MakeOverview would return something else.
  int64_t overview_revision() const { return state_.overview_revision; }
  NetworkOverview MakeOverview() const;

  // ---- Reading and replacing

  uint64_t Hash() const { return HashState(*network_, state_); }
  // The synapses of a projection from some sources, ascending; `count`: how
  // many there are.
  void Read(int projection, absl::Span<const int32_t> sources, int64_t count,
            std::vector<SynapseReading>* synapses) const;
  State Copy() const { return state_; }
  // The size of a copy, about, without copies of changed weights.
  int64_t copy_bytes() const;
  // The state for an edit, after changes that are due. Valid until the next
  // call of another function.
  const State& BeginEdit();
  // Goes on with another network and state, without probes. `team`: for the
  // threads, if they are others; null: it is made here.
  void Replace(const Network& network, int thread_count, State state,
               double first_step_nanos,
               std::unique_ptr<ThreadTeam> team = nullptr);

 private:
  void SetThreads(int thread_count);

  const Network* network_ = nullptr;  // outlives this
  int thread_count_ = 1;
  std::unique_ptr<ThreadTeam> team_;  // null: one thread
  State state_;
  int64_t epoch_ = 0;
  double first_step_nanos_ = 0;
  std::vector<std::shared_ptr<StateProbe>> probes_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_NETWORK_STEPPER_H_
