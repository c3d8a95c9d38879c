// SPDX-License-Identifier: Apache-2.0

#include "server/session/network_stepper.h"

#include <algorithm>
#include <utility>

#include "core/build/compile.h"
#include "core/step.h"
#include "server/session/session_network.h"

namespace spiked {
namespace {

// Steps between two checks that all numbers are finite.
constexpr int64_t kStepsPerCheck = 64;
// The bytes of a network's state beside variables and synapses: inputs and
// spikes.
constexpr int64_t kBytesPerNeuron = 64;

}  // namespace

NetworkStepper::NetworkStepper(const Network& network, int thread_count,
                               Clock* clock)
    : network_(&network) {
  SetThreads(thread_count);
  first_step_nanos_ = TimeFirstSteps(network, team_.get(), clock);
  state_ = MakeState(network);
}

void NetworkStepper::SetThreads(int thread_count) {
  if (thread_count == thread_count_) return;
  thread_count_ = thread_count;
  team_ =
      thread_count > 1 ? std::make_unique<ThreadTeam>(thread_count) : nullptr;
}

std::string NetworkStepper::Advance(int64_t end_step,
                                    absl::FunctionRef<bool()> stop,
                                    SpikeRun* spikes) {
  while (state_.step < end_step) {
    Step(*network_, state_, team_.get());
    const size_t before = spikes->neurons.size();
    AppendLastSpikes(*network_, state_, &spikes->neurons);
    if (spikes->neurons.size() > before) {
      spikes->steps.push_back(
          {state_.step - 1,
           static_cast<int32_t>(spikes->neurons.size() - before)});
    }
    for (const auto& probe : probes_) {
      probe->Sample(*network_, state_, epoch_);
    }
    if (state_.step % kStepsPerCheck == 0) {
      std::string failure = FindNonFinite(*network_, state_);
      if (!failure.empty()) return failure;
    }
    if (stop()) break;
  }
  return "";
}

void NetworkStepper::Reset() {
  state_ = MakeState(*network_);
  ++epoch_;
}

void NetworkStepper::AddProbe(std::shared_ptr<StateProbe> probe) {
  probes_.push_back(std::move(probe));
}

void NetworkStepper::DropClosedProbes() {
  std::erase_if(probes_, [](const auto& probe) { return probe->closed(); });
}

bool NetworkStepper::AnyProbeBlocks() const {
  return std::any_of(probes_.begin(), probes_.end(),
                     [](const auto& probe) { return probe->blocked(); });
}

size_t NetworkStepper::sampled_values() const {
  size_t values = 0;
  for (const auto& probe : probes_) values += probe->values_per_sample();
  return values;
}

std::vector<Stimulus> NetworkStepper::Compile(
    const std::vector<StimulusSpec>& stimuli, int64_t* late_count) const {
  std::vector<Stimulus> compiled;
  for (const StimulusSpec& spec : stimuli) {
    for (Stimulus& stimulus :
         CompileStimulus(*network_, spec, state_.step, late_count)) {
      compiled.push_back(std::move(stimulus));
    }
  }
  return compiled;
}

void NetworkStepper::Inject(std::vector<Stimulus> stimuli) {
  for (Stimulus& stimulus : stimuli) state_.stimuli.Add(std::move(stimulus));
}

Violations NetworkStepper::Check(const ChangeSpecs& changes, int64_t step) {
  ApplyDueChanges(*network_, state_);
  Violations violations;
  CheckChanges(*network_, state_, changes, step, "changes", &violations);
  return violations;
}

void NetworkStepper::Schedule(std::shared_ptr<const ChangeSpecs> changes,
                              int64_t step) {
  ScheduleChanges(*network_, std::move(changes), step, state_);
}

int64_t NetworkStepper::scheduled_elements() const {
  int64_t elements = 0;
  for (const ScheduledChanges& waiting : state_.scheduled) {
    elements += waiting.element_count;
  }
  return elements;
}

NetworkOverview NetworkStepper::MakeOverview() const {
  NetworkOverview overview;
  overview.silenced_counts.resize(network_->populations.size());
  if (state_.changes != nullptr) {
    for (size_t p = 0; p < overview.silenced_counts.size(); ++p) {
      const auto& silenced = state_.changes->populations[p].silenced;
      if (silenced != nullptr) overview.silenced_counts[p] = silenced->count();
    }
  }
  overview.frozen_projections = state_.frozen_projections;
  return overview;
}

void NetworkStepper::Read(int projection, absl::Span<const int32_t> sources,
                          int64_t count,
                          std::vector<SynapseReading>* synapses) const {
  ReadSynapses(*network_, state_, projection, sources, count, synapses);
}

int64_t NetworkStepper::copy_bytes() const {
  int64_t bytes = static_cast<int64_t>(state_.variables.bytes()) +
                  kBytesPerNeuron * network_->neuron_count;
  for (const SynapseGroup& group : network_->groups) bytes += group.state_bytes;
  return bytes;
}

const State& NetworkStepper::BeginEdit() {
  ApplyDueChanges(*network_, state_);
  return state_;
}

void NetworkStepper::Replace(const Network& network, int thread_count,
                             State state, double first_step_nanos,
                             std::unique_ptr<ThreadTeam> team) {
  DropProbes();
  network_ = &network;
  if (team != nullptr && thread_count != thread_count_) {
    thread_count_ = thread_count;
    team_ = std::move(team);
  }
  SetThreads(thread_count);
  state_ = std::move(state);
  first_step_nanos_ = first_step_nanos;
  ++epoch_;
}

}  // namespace spiked
