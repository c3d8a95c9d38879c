// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_SPIKE_FILTER_H_
#define SPIKED_SERVER_SESSION_HISTORY_SPIKE_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace spiked {

// Which neurons of a network a reader of spikes wants: all, or one bit for each
// neuron, because a spike is tested more often than anything else is done with
// it. Immutable but for Add and Keep.
class SpikeFilter {
 public:
  // Wants all neurons.
  SpikeFilter() = default;

  // Wants none of `neuron_count` neurons, until some are added.
  static SpikeFilter None(int64_t neuron_count);

  // Adds the neurons [begin, end). Requires: not all are wanted.
  void Add(int64_t begin, int64_t end);

  // Keeps those in a sample of the network's neurons; see InSample. `fraction`
  // in (0, 1].
  void KeepSample(int64_t neuron_count, int64_t seed, double fraction);

  bool all() const { return all_; }
  bool Wants(int32_t neuron) const {
    const auto word = static_cast<size_t>(neuron) >> 6;
    return all_ || (word < bits_.size() && (bits_[word] >> (neuron & 63) & 1));
  }
  int64_t Count(absl::Span<const int32_t> neurons) const;

  friend bool operator==(const SpikeFilter& a, const SpikeFilter& b) {
    return a.all_ == b.all_ && a.bits_ == b.bits_;
  }

 private:
  bool all_ = true;
  std::vector<uint64_t> bits_;  // [neurons / 64]
};

// Whether a neuron is in the sample: a hash of (seed, index) is below the
// fraction. So a sample stays the same, and a larger one contains it.
bool InSample(int64_t seed, int64_t neuron, double fraction);

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_SPIKE_FILTER_H_
