// SPDX-License-Identifier: Apache-2.0
//
// SessionBody: decides which advances run on the calling thread.
//
// The calling thread is one of gRPC's few, which serve all calls. Waking a
// worker for an advance and passing the end back takes about 0.1 ms. So gRPC's
// thread may run an advance itself if that surely takes less than twice that
// time, and must not run longer ones, which would delay other calls. All work
// in the slice besides steps is therefore limited: stimuli that are compiled or
// begin to act, due changes, other commands, samples, and long answers.

#include <algorithm>
#include <utility>
#include <variant>

#include "core/build/compile.h"
#include "server/base/ceil_div.h"
#include "server/session/session_body.h"

namespace spiked {
namespace {

constexpr double kShortNanos = 200'000;
// Limits of such work; each unit takes up to a few nanoseconds.
constexpr int64_t kMaxShortNeurons = 4096;     // neurons of new stimuli
constexpr int64_t kMaxShortNames = 4096;       // comparisons of names
constexpr int64_t kMaxShortWaiting = 1024;     // waiting stimuli
constexpr int64_t kMaxShortStimulated = 8192;  // neurons of waiting stimuli
constexpr size_t kMaxShortValues = 4096;       // sampled per step
constexpr int64_t kMaxShortCounts = 8192;      // spike counts in the answer

// The number of spike counts in the answer.
int64_t CountsOf(const AdvanceCommand& advance) {
  if (advance.count_bin_steps == 0) return 0;
  const int64_t bins = CeilDiv(advance.step_count, advance.count_bin_steps);
  return bins * std::ssize(advance.count_groups);
}

}  // namespace

bool SessionBody::BeginShortSlice() {
  if (edit_.has_value()) return false;
  // Valid until a slice takes it from the mailbox, and this decides on the next
  // one.
  const AdvanceCommand* const advance = shared_.mailbox.only_advance();
  short_slice_ = advance != nullptr && IsShort(*advance);
  return short_slice_;
}

bool SessionBody::IsShort(const AdvanceCommand& advance) const {
  const SessionMetrics& metrics = meter_.metrics();
  if (stepper_.thread_count() > 1 || metrics.step == 0) return false;
  const double mean_nanos =
      metrics.compute_time_s * 1e9 / static_cast<double>(metrics.step);
  const double step_nanos = std::max(mean_nanos, recent_step_nanos_);
  if (step_nanos * static_cast<double>(advance.step_count) >= kShortNanos) {
    return false;
  }
  // The work besides steps.
  return stepper_.sampled_values() <= kMaxShortValues &&
         CountsOf(advance) <= kMaxShortCounts &&
         stepper_.scheduled_count() == 0 &&
         stepper_.stimulus_count() <= kMaxShortWaiting &&
         stepper_.stimulated_neurons() <= kMaxShortStimulated &&
         HasFewStimuli(advance.stimuli);
}

bool SessionBody::HasFewStimuli(
    const std::vector<StimulusSpec>& stimuli) const {
  const Network& network = this->network();
  const int64_t names =
      std::ssize(network.populations) + std::ssize(network.encoders);
  if (std::ssize(stimuli) * names > kMaxShortNames) return false;
  int64_t neurons = 0;
  for (const StimulusSpec& spec : stimuli) {
    // Plasticity switches and dopamine pulses act on synapses, which takes
    // long.
    if (!std::holds_alternative<CurrentStimulusSpec>(spec.kind) &&
        !std::holds_alternative<RateStimulusSpec>(spec.kind) &&
        !std::holds_alternative<SpikeStimulusSpec>(spec.kind) &&
        !std::holds_alternative<EncoderValuesSpec>(spec.kind)) {
      return false;
    }
    neurons += 1 + CountStimulated(network, spec);
    if (neurons > kMaxShortNeurons) return false;
  }
  return true;
}

// Takes the smaller of the last two times per step, because a single long one
// may come from an interruption by the kernel.
void SessionBody::NoteStepTime(int64_t steps, int64_t nanos) {
  if (steps == 0) return;
  const double step_nanos =
      static_cast<double>(nanos) / static_cast<double>(steps);
  recent_step_nanos_ = std::min(last_step_nanos_, step_nanos);
  last_step_nanos_ = step_nanos;
}

}  // namespace spiked
