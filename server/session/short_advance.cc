// SPDX-License-Identifier: Apache-2.0
//
// Session: which advances the thread that asks for them does itself.
//
// That thread is one of gRPC's few, which serve everybody. A worker that is
// told of an advance, wakes up and tells gRPC's thread of the end takes about
// 0.1 ms: so gRPC's thread can spare the time for what is surely shorter than
// twice that, whatever it serves next, and for nothing else. What the slice may
// meet besides steps is therefore limited: stimuli that are to be compiled or
// begin to act, changes that are due, other commands, samples, long answers.

#include <algorithm>
#include <utility>
#include <variant>

#include "core/build/compile.h"
#include "server/base/ceil_div.h"
#include "server/session/history/state_probe.h"
#include "server/session/session.h"

namespace spiked {
namespace {

constexpr double kShortNanos = 200'000;
// Each of these takes up to a few nanoseconds.
constexpr int64_t kFewNeurons = 4096;     // of new stimuli
constexpr int64_t kFewNames = 4096;       // compared to find what they are for
constexpr int64_t kFewWaiting = 1024;     // stimuli, and ...
constexpr int64_t kFewStimulated = 8192;  // ... neurons that wait for them
constexpr size_t kFewValues = 4096;       // sampled in a step
constexpr int64_t kFewCounts = 8192;      // of spikes, in the answer

// Of groups in bins.
int64_t CountsOf(const AdvanceCommand& advance) {
  if (advance.count_bin_steps == 0) return 0;
  const int64_t bins = CeilDiv(advance.step_count, advance.count_bin_steps);
  return bins * std::ssize(advance.count_groups);
}

}  // namespace

bool Session::BeginShortSlice() {
  if (lent_) return false;
  const AdvanceCommand* advance = nullptr;
  {
    MutexLock lock(&mutex_);
    if (mailbox_.size() == 1) {
      advance = std::get_if<AdvanceCommand>(&mailbox_.front().command);
    }
  }
  // It stays where it is: only a slice takes from the mailbox.
  short_slice_ = advance != nullptr && IsShort(*advance);
  return short_slice_;
}

bool Session::IsShort(const AdvanceCommand& advance) const {
  const SessionMetrics& metrics = meter_.metrics();
  if (current_.built->thread_count > 1 || metrics.step == 0) return false;
  const double mean_nanos =
      metrics.compute_time_s * 1e9 / static_cast<double>(metrics.step);
  const double step_nanos = std::max(mean_nanos, recent_step_nanos_);
  if (step_nanos * static_cast<double>(advance.step_count) >= kShortNanos) {
    return false;
  }
  size_t values = 0;
  for (const auto& probe : probes_) values += probe->values_per_sample();
  return values <= kFewValues && CountsOf(advance) <= kFewCounts &&
         state_.scheduled.empty() &&
         static_cast<int64_t>(state_.stimuli.size()) <= kFewWaiting &&
         state_.stimuli.neuron_count() <= kFewStimulated &&
         HasFewStimuli(advance.stimuli);
}

bool Session::HasFewStimuli(const std::vector<StimulusSpec>& stimuli) const {
  const Network& network = this->network();
  const int64_t names =
      std::ssize(network.populations) + std::ssize(network.encoders);
  if (std::ssize(stimuli) * names > kFewNames) return false;
  int64_t neurons = 0;
  for (const StimulusSpec& spec : stimuli) {
    // Switches and pulses of dopamine are for synapses.
    if (!std::holds_alternative<CurrentStimulusSpec>(spec.kind) &&
        !std::holds_alternative<RateStimulusSpec>(spec.kind) &&
        !std::holds_alternative<SpikeStimulusSpec>(spec.kind) &&
        !std::holds_alternative<EncoderValuesSpec>(spec.kind)) {
      return false;
    }
    neurons += 1 + CountStimulated(network, spec);
    if (neurons > kFewNeurons) return false;
  }
  return true;
}

// A step that the kernel interrupted says nothing of the next: two in a row do.
void Session::NoteStepTime(int64_t steps, int64_t nanos) {
  if (steps == 0) return;
  const double step_nanos =
      static_cast<double>(nanos) / static_cast<double>(steps);
  recent_step_nanos_ = std::min(last_step_nanos_, step_nanos);
  last_step_nanos_ = step_nanos;
}

}  // namespace spiked
