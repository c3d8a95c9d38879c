// SPDX-License-Identifier: Apache-2.0
//
// Session: what commands take of memory beyond the network, reserved before it
// is taken, and given back when the last who holds it lets go.

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "core/build/compile.h"
#include "server/base/status_payload.h"
#include "server/session/session.h"

namespace spiked {
namespace {

// A stimulus that waits, with what the queue adds to it; and a neuron with its
// amplitude, in lists that grow by doubling.
constexpr int64_t kBytesPerStimulus = 128;
constexpr int64_t kBytesPerAmplitude = 8;
constexpr int64_t kBytesPerEncodedNeuron = 24;

// A network's state beside variables and synapses: inputs and spikes.
constexpr int64_t kBytesPerNeuron = 64;

// The size of a stimulus once it is compiled, at most.
int64_t BytesOf(const Network& network, const StimulusSpec& spec) {
  const int64_t count = CountCompiled(network, spec);
  const int64_t neurons = CountStimulated(network, spec);
  const int64_t bytes = kBytesPerStimulus * count;
  if (std::holds_alternative<EncoderValuesSpec>(spec.kind)) {
    return bytes + kBytesPerEncodedNeuron * neurons;
  }
  constexpr auto kIndex = static_cast<int64_t>(sizeof(int32_t));
  if (std::holds_alternative<RateStimulusSpec>(spec.kind)) {
    return bytes + (kIndex + kBytesPerAmplitude) * neurons;
  }
  if (const auto* current = std::get_if<CurrentStimulusSpec>(&spec.kind)) {
    return bytes + kIndex * neurons +
           kBytesPerAmplitude * std::ssize(current->amplitudes);
  }
  // All spikes of a train share their neurons.
  return bytes + kIndex * neurons / std::max<int64_t>(1, count);
}

}  // namespace

absl::StatusOr<MemoryReservation> Session::TakeMemory(int64_t bytes,
                                                      const char* what) const {
  if (environment_.take_memory == nullptr) return MemoryReservation();
  return environment_.take_memory(bytes, what);
}

absl::StatusOr<MemoryReservation> Session::TakeForStimuli(
    const std::vector<StimulusSpec>& stimuli) const {
  int64_t bytes = 0;
  for (const StimulusSpec& spec : stimuli) bytes += BytesOf(network(), spec);
  // The size of the stimuli that are there already, at most: nothing is
  // reserved as long as all of them together are small.
  const int64_t before =
      kBytesPerStimulus * static_cast<int64_t>(state_.stimuli.size()) +
      kBytesPerEncodedNeuron * state_.stimuli.neuron_count();
  if (before + bytes <= kFreeStimulusBytes) return MemoryReservation();
  return TakeMemory(bytes, "the list of stimuli");
}

void Session::HoldUntilTheyEnd(MemoryReservation memory,
                               std::vector<Stimulus>* stimuli) {
  struct Held {
    std::vector<std::shared_ptr<const StimulusTargets>> targets;
    MemoryReservation memory;  // last: given back when the rest is gone
  };
  if (!memory.holds()) return;
  const auto held = std::make_shared<Held>();
  held->memory = std::move(memory);
  for (Stimulus& stimulus : *stimuli) {
    if (held->targets.empty() || held->targets.back() != stimulus.targets) {
      held->targets.push_back(stimulus.targets);
    }
    stimulus.targets = {held, held->targets.back().get()};
  }
}

int64_t Session::StateBytes() const {
  const Network& network = this->network();
  int64_t bytes = static_cast<int64_t>(state_.variables.bytes()) +
                  kBytesPerNeuron * network.neuron_count + changed_bytes_;
  for (const SynapseGroup& group : network.groups) bytes += group.state_bytes;
  return bytes;
}

ReadSynapsesResult Session::Execute(const ReadSynapsesCommand& command) {
  struct Held {
    std::vector<SynapseReading> list;
    MemoryReservation memory;  // last: given back when the rest is gone
  };
  const Network& network = this->network();
  const Projection& projection = network.projections[command.projection];
  const bool all = std::ssize(command.sources) ==
                   network.populations[projection.source].count;
  const int64_t count = all ? projection.synapse_count
                            : CountSynapses(network, command.projection,
                                            command.sources, kMaxReadSynapses);
  if (count > kMaxReadSynapses) {
    return {MakeOutcome(
        Refusal(Reason::kLimitReached,
                absl::StrCat("source_indices: more than ", kMaxReadSynapses,
                             " synapses; ask for fewer sources at a time")))};
  }
  // Weights that change are settled in a copy, for as long as they are read.
  const SynapseGroup& group = network.groups[projection.group];
  const auto settled = TakeMemory(group.is_plastic ? group.state_bytes : 0,
                                  "the copy of the weights");
  if (!settled.ok()) return {MakeOutcome(settled.status())};
  auto memory = TakeMemory(count * static_cast<int64_t>(sizeof(SynapseReading)),
                           "the list of synapses");
  if (!memory.ok()) return {MakeOutcome(memory.status())};
  const auto held = std::make_shared<Held>();
  held->memory = *std::move(memory);
  held->list.reserve(count);
  ReadSynapses(network, state_, command.projection, command.sources, count,
               &held->list);
  return {MakeOutcome(absl::OkStatus()), {held, &held->list}};
}

SnapshotResult Session::Execute(const SnapshotCommand&) {
  struct Held {
    State state;
    MemoryReservation memory;  // last: given back when the rest is gone
  };
  // Reading weights of the copy makes a copy of their group.
  int64_t settled = 0;
  for (const SynapseGroup& group : network().groups) {
    if (group.is_plastic) settled = std::max(settled, group.state_bytes);
  }
  auto memory = TakeMemory(StateBytes() + settled, "the copy of the state");
  if (!memory.ok()) return {MakeOutcome(memory.status())};
  const std::shared_ptr<Held> held(new Held{state_, *std::move(memory)});
  return {MakeOutcome(absl::OkStatus()), {held, &held->state}};
}

}  // namespace spiked
