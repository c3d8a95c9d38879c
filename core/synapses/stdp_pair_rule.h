// SPDX-License-Identifier: Apache-2.0
//
// The effect of spikes on one synapse with pair STDP; see stdp_pair.h.

#ifndef SPIKED_CORE_SYNAPSES_STDP_PAIR_RULE_H_
#define SPIKED_CORE_SYNAPSES_STDP_PAIR_RULE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/numbers/decay_table.h"

namespace spiked::stdp_pair {

// A trace as of the step in which it last grew. Steps are counted modulo 2^32.
template <typename T>
struct Trace {
  T value = 0;
  uint32_t step = 0;
};

// A neuron's trace and the times of its newest waiting spikes, the newest
// lowest.
template <typename T>
struct PostTrace {
  T value = 0;
  uint32_t step = 0;
  uint32_t newest = 0;  // two times of 16 bits
  uint32_t older = 0;   // two more
};
constexpr int kNewest = 4;

// Postsynaptic spikes wait here until the synapses that they potentiate are
// used the next time, which is when their weights are in the cache anyway. With
// additive steps the result is the same: between two arrivals a synapse is only
// potentiated, in the same order now or later. Times are 1 + the step within an
// epoch of kEpochSteps; 0 is before all others.
constexpr int64_t kEpochSteps = 1 << 15;

template <typename T>
class PostSpikes {
 public:
  static constexpr uint32_t kMaxWaiting = 64;  // waiting spikes of one neuron

  explicit PostSpikes(size_t slots)
      : traces_(slots), times_(slots * kMaxWaiting), counts_(slots) {}

  bool IsFull(size_t slot) const { return counts_[slot] == kMaxWaiting; }

  // Requires: !IsFull(slot).
  void Add(size_t slot, uint16_t time, Trace<T> trace) {
    PostTrace<T>& post = traces_[slot];
    post = {trace.value, trace.step, post.newest << 16 | time,
            post.older << 16 | post.newest >> 16};
    times_[slot * kMaxWaiting + counts_[slot]++] = time;
  }

  void Clear() {
    for (PostTrace<T>& trace : traces_) trace.newest = trace.older = 0;
    std::fill(counts_.begin(), counts_.end(), 0);
  }

  // Calls visit(time) for the waiting spikes of a neuron with time >= from, in
  // their order.
  template <class Visit>
  void ForEach(size_t slot, uint32_t from, Visit visit) const {
    if ((traces_[slot].newest & 0xffff) < from) return;
    const uint16_t* begin = times_.data() + slot * kMaxWaiting;
    const uint16_t* end = begin + counts_[slot];
    const uint16_t* time = end;
    while (time > begin && time[-1] >= from) --time;
    for (; time < end; ++time) visit(*time);
  }

  const std::vector<PostTrace<T>>& traces() const { return traces_; }
  std::vector<PostTrace<T>>& traces() { return traces_; }

 private:
  std::vector<PostTrace<T>> traces_;  // [slots]
  std::vector<uint16_t> times_;       // [slots x kMaxWaiting] by age
  std::vector<uint8_t> counts_;       // [slots]
};

// Potentiation of the synapses of one segment by waiting spikes: each spike
// with time >= from adds `step` times the decay over time + offset steps.
template <typename T>
struct Pending {
  T step;
  uint32_t from;
  uint32_t offset;  // modulo 2^32
};

template <typename T>
struct Rule {
  DecayTable<T> pre_decay;
  DecayTable<T> post_decay;
  T a_plus, a_minus, min, max;

  T Clip(T w) const { return std::min(std::max(w, min), max); }

  T Potentiate(T w, size_t slot, const Pending<T>& pending,
               const PostSpikes<T>& post) const {
    post.ForEach(slot, pending.from, [&](uint32_t time) {
      w = Clip(w + pending.step * pre_decay.At(time + pending.offset));
    });
    return w;
  }

  T Depress(T w, const PostTrace<T>& post, uint32_t now) const {
    return Clip(w - a_minus * (post.value * post_decay.At(now - post.step)));
  }
};

}  // namespace spiked::stdp_pair

#endif  // SPIKED_CORE_SYNAPSES_STDP_PAIR_RULE_H_
