// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_SPIKE_HISTORY_H_
#define SPIKED_CORE_SPIKE_HISTORY_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace spiked {

// The spikes of the last steps, as long as some are still on their way: what
// was emitted `delay` steps ago arrives now. Each step's slots ascend.
class SpikeHistory {
 public:
  // Remembers `length` steps of at most `slots` spikes.
  SpikeHistory(int64_t length, int64_t slots)
      : lists_(length), scratch_(slots) {}

  // Room for the spikes of one step; Commit says how many were written.
  uint32_t* scratch() { return scratch_.data(); }
  void Commit(int64_t step, int64_t count) {
    lists_[step % lists_.size()].assign(scratch_.begin(),
                                        scratch_.begin() + count);
  }

  // The spikes found in `step`. Requires: not older than `length` steps before
  // the last committed; empty for steps before 0.
  absl::Span<const uint32_t> At(int64_t step) const {
    if (step < 0) return {};
    return lists_[step % lists_.size()];
  }

  int64_t length() const { return lists_.size(); }

 private:
  std::vector<std::vector<uint32_t>> lists_;
  std::vector<uint32_t> scratch_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_SPIKE_HISTORY_H_
