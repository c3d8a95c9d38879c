// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_SPIKE_CHUNK_H_
#define SPIKED_SERVER_SESSION_HISTORY_SPIKE_CHUNK_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "absl/types/span.h"

namespace spiked {

// A buffer of fixed size for the spikes of consecutive steps. Steps are stored
// from its front and their neurons from its back, so that it suits dense and
// sparse activity alike. Added elements never move or change. One thread adds.
// Other threads may read while more is added, but only as many steps as the
// adding thread has published (the ring does that under its lock).
class SpikeChunk {
 public:
  struct Step {
    int64_t step;
    int32_t count;  // number of spikes, at least 1
    int32_t first;  // index of its first neuron
  };

  explicit SpikeChunk(size_t bytes)
      : words_(static_cast<int32_t>(std::max(bytes, BytesFor(1)) /
                                    sizeof(int32_t))),
        memory_(
            static_cast<int32_t*>(::operator new(words_ * sizeof(int32_t)))),
        back_(words_) {}

  // The bytes that a step with this many spikes takes.
  static size_t BytesFor(size_t spikes) {
    return sizeof(Step) + spikes * sizeof(int32_t);
  }

  bool HasRoomFor(size_t spikes) const {
    return BytesFor(spikes) + step_count_ * sizeof(Step) <=
           static_cast<size_t>(back_) * sizeof(int32_t);
  }

  // Requires: there is room.
  void Add(int64_t step, absl::Span<const int32_t> neurons) {
    const auto count = static_cast<int32_t>(neurons.size());
    back_ -= count;
    std::copy(neurons.begin(), neurons.end(), memory_.get() + back_);
    new (mutable_steps() + step_count_) Step{step, count, back_};
    ++step_count_;
  }

  // The number of added steps; only for the thread that adds.
  size_t step_count() const { return step_count_; }

  size_t bytes() const { return words_ * sizeof(int32_t) + sizeof(*this); }

  const Step* steps() const {
    return reinterpret_cast<const Step*>(memory_.get());
  }
  absl::Span<const int32_t> neurons(const Step& step) const {
    return {memory_.get() + step.first, static_cast<size_t>(step.count)};
  }
  // The number of spikes of the first k steps.
  int64_t SpikesBefore(size_t k) const {
    return k == 0 ? 0 : words_ - steps()[k - 1].first;
  }

 private:
  struct Free {
    void operator()(void* memory) const { ::operator delete(memory); }
  };

  Step* mutable_steps() { return reinterpret_cast<Step*>(memory_.get()); }

  const int32_t words_;
  const std::unique_ptr<int32_t, Free> memory_;
  int32_t back_;
  size_t step_count_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_SPIKE_CHUNK_H_
