// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_MODEL_SPIKE_HISTORY_H_
#define SPIKED_CORE_MODEL_SPIKE_HISTORY_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace spiked {

// The spikes of the last steps, as long as some are still on their way: spikes
// that were emitted `delay` steps ago arrive now. Each step's neurons ascend.
class SpikeHistory {
 public:
  // Remembers `length` steps.
  explicit SpikeHistory(int64_t length) : lists_(length) {}

  void Commit(int64_t step, absl::Span<const uint32_t> neurons) {
    lists_[step % length()].assign(neurons.begin(), neurons.end());
  }

  // The spikes of `step`; empty for steps before 0. Requires: `step` is one of
  // the last `length` steps that were committed.
  absl::Span<const uint32_t> At(int64_t step) const {
    if (step < 0) return {};
    return lists_[step % length()];
  }

  int64_t length() const { return static_cast<int64_t>(lists_.size()); }

 private:
  std::vector<std::vector<uint32_t>> lists_;
};

// A history with the spikes of one more step, which another thread may be about
// to commit.
class SpikeWindow {
 public:
  SpikeWindow(const SpikeHistory& history, int64_t step,
              absl::Span<const uint32_t> neurons)
      : history_(history), step_(step), neurons_(neurons) {}

  absl::Span<const uint32_t> At(int64_t step) const {
    return step == step_ ? neurons_ : history_.At(step);
  }

 private:
  const SpikeHistory& history_;
  int64_t step_;
  absl::Span<const uint32_t> neurons_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_MODEL_SPIKE_HISTORY_H_
