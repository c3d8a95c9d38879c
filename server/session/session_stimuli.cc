// SPDX-License-Identifier: Apache-2.0
//
// SessionBody: stimuli, from the check of limits to the stepper.

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/build/compile.h"
#include "server/base/status_payload.h"
#include "server/session/session_body.h"

namespace spiked {
namespace {

// A stimulus that waits, with what the queue adds to it; and a neuron with its
// amplitude, in lists that grow by doubling.
constexpr int64_t kBytesPerStimulus = 128;
constexpr int64_t kBytesPerAmplitude = 8;
constexpr int64_t kBytesPerEncodedNeuron = 24;

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

// Lets the stimuli hold a reservation until the last of them has ended.
void HoldUntilTheyEnd(MemoryReservation memory,
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

void CountByKind(const std::vector<StimulusSpec>& stimuli,
                 Statistics* statistics) {
  for (const StimulusSpec& spec : stimuli) {
    if (std::holds_alternative<CurrentStimulusSpec>(spec.kind)) {
      statistics->current_stimuli.Add();
    } else if (std::holds_alternative<SpikeStimulusSpec>(spec.kind)) {
      statistics->spike_stimuli.Add();
    } else if (std::holds_alternative<RateStimulusSpec>(spec.kind)) {
      statistics->rate_stimuli.Add();
    } else if (std::holds_alternative<PlasticitySwitchSpec>(spec.kind)) {
      statistics->plasticity_switches.Add();
    } else if (std::holds_alternative<DopaminePulseSpec>(spec.kind)) {
      statistics->dopamine_pulses.Add();
    } else {
      statistics->encoder_values.Add();
    }
  }
}

}  // namespace

InjectResult SessionBody::Execute(const InjectCommand& command) {
  if (current_.state == SessionState::kFailed && !command.stimuli.empty()) {
    return {MakeOutcome(NotInState("PAUSED or RUNNING"))};
  }
  InjectResult result{MakeOutcome(absl::OkStatus())};
  result.status = Inject(command.stimuli, command.late_policy, &result);
  result.stimulus_room = kMaxWaitingStimuli - stepper_.stimulus_count();
  return result;
}

absl::Status SessionBody::Inject(const std::vector<StimulusSpec>& stimuli,
                                 LatePolicy late_policy, InjectResult* result) {
  result->applied_step = stepper_.step();
  if (stimuli.empty()) return absl::OkStatus();
  if (absl::Status status = CheckRoomFor(stimuli); !status.ok()) return status;
  // Stimuli that are refused as late cost nothing of the quota.
  const bool may_refuse = late_policy == LatePolicy::kRefuse;
  if (absl::Status quota = TakeStimuli(may_refuse ? 0 : std::ssize(stimuli));
      !quota.ok()) {
    return quota;
  }
  auto memory = TakeForStimuli(stimuli);
  if (!memory.ok()) return memory.status();

  int64_t late_count = 0;
  std::vector<Stimulus> compiled = stepper_.Compile(stimuli, &late_count);
  result->late_count = late_count;
  if (may_refuse && late_count > 0) {
    return Refusal(
        Reason::kLateStimulus,
        absl::StrCat(late_count, late_count == 1 ? " stimulus" : " stimuli",
                     " would start later than asked for: session \"sessions/",
                     id(), "\" is at step ", stepper_.step(),
                     "; none was injected"));
  }
  if (may_refuse) {
    if (absl::Status quota = TakeStimuli(std::ssize(stimuli)); !quota.ok()) {
      return quota;
    }
  }

  HoldUntilTheyEnd(*std::move(memory), &compiled);
  result->applied_step = compiled.front().begin_step;
  for (const Stimulus& stimulus : compiled) {
    result->applied_step = std::min(result->applied_step, stimulus.begin_step);
  }
  meter_.AddStimuli(std::ssize(compiled), late_count);
  CountByKind(stimuli, environment().statistics);
  environment().statistics->late_stimuli.Add(late_count);
  stepper_.Inject(std::move(compiled));
  return absl::OkStatus();
}

absl::Status SessionBody::CheckRoomFor(
    const std::vector<StimulusSpec>& stimuli) const {
  int64_t count = stepper_.stimulus_count();
  int64_t neurons = stepper_.stimulated_neurons();
  for (const StimulusSpec& spec : stimuli) {
    count += CountCompiled(network(), spec);
    neurons += CountStimulated(network(), spec);
    if (count <= kMaxWaitingStimuli && neurons <= kMaxStimulatedNeurons) {
      continue;
    }
    return Refusal(
        Reason::kLimitReached,
        absl::StrCat("too many stimuli would wait in session \"sessions/", id(),
                     "\"; at most ", kMaxWaitingStimuli, " of them, for ",
                     kMaxStimulatedNeurons, " neurons added up, are allowed"));
  }
  return absl::OkStatus();
}

absl::Status SessionBody::TakeStimuli(int64_t count) const {
  if (environment().tenant == nullptr) return absl::OkStatus();
  return environment().tenant->TakeStimuli(count, NowNanos());
}

absl::StatusOr<MemoryReservation> SessionBody::TakeForStimuli(
    const std::vector<StimulusSpec>& stimuli) const {
  int64_t bytes = 0;
  for (const StimulusSpec& spec : stimuli) bytes += BytesOf(network(), spec);
  // The size of the stimuli that are there already, at most: nothing is
  // reserved as long as all of them together are small.
  const int64_t before = kBytesPerStimulus * stepper_.stimulus_count() +
                         kBytesPerEncodedNeuron * stepper_.stimulated_neurons();
  if (before + bytes <= kFreeStimulusBytes) return MemoryReservation();
  return TakeMemory(bytes, "the list of stimuli");
}

}  // namespace spiked
