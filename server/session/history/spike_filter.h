// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_SPIKE_FILTER_H_
#define SPIKED_SERVER_SESSION_HISTORY_SPIKE_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "server/security/memory_ledger.h"

namespace spiked {

// A set of a network's neurons whose spikes a reader wants: all, or one bit for
// each neuron, so that testing a spike is fast. Immutable except for Add,
// KeepOnly and KeepSample.
class SpikeFilter {
 public:
  // A filter that all neurons pass.
  SpikeFilter() = default;

  // A filter that none of `neuron_count` neurons passes until some are added.
  static SpikeFilter None(int64_t neuron_count);

  // Adds the neurons [begin, end). Requires: !all().
  void Add(int64_t begin, int64_t end);

  // What a filter of some of `neuron_count` neurons takes in memory.
  static int64_t BytesOf(int64_t neuron_count) {
    return (neuron_count + 63) / 64 * static_cast<int64_t>(sizeof(uint64_t));
  }

  // Keeps only neurons that another filter of the same network passes, too.
  void KeepOnly(SpikeFilter other);

  // Keeps only neurons in a sample of the network's neurons; see InSample.
  // `fraction` is in (0, 1].
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
// fraction. So a sample is always the same, and larger samples contain it.
bool InSample(int64_t seed, int64_t neuron, double fraction);

// A filter for several owners, and the memory that is reserved for it: given
// back when the last of them lets go.
std::shared_ptr<const SpikeFilter> Share(SpikeFilter filter,
                                         MemoryReservation memory);

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_SPIKE_FILTER_H_
