// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_STATE_PROBE_H_
#define SPIKED_SERVER_SESSION_STATE_PROBE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "core/network.h"
#include "core/state.h"
#include "server/base/mutex.h"

namespace spiked {

// Samples state variables of some neurons of one population for one reader. The
// session adds samples; when the buffer is full the oldest goes and is counted.
// Thread-safe.
class StateProbe {
 public:
  struct Selection {
    int population = 0;
    std::vector<int> variables;
    std::vector<int32_t> neurons;  // in the population
    int64_t interval_steps = 1;
  };

  // With `on_room`, the probe blocks: blocked() is true while half of the
  // buffer is full, so that the session waits; and on_room is called, without a
  // lock, when it has become false.
  StateProbe(Selection selection, size_t max_bytes,
             std::function<void()> on_room = nullptr);

  // Takes a sample if the state's step is one of the probe's.
  void Sample(const Network& network, const State& state, int64_t epoch);

  struct SampleRow {
    int64_t epoch;
    int64_t step;
    std::vector<double> values;  // [variables x neurons]
  };
  struct Reading {
    std::vector<SampleRow> samples;  // all of one epoch
    int64_t dropped_sample_count = 0;
  };
  // Takes samples out of the buffer: those of the oldest epoch, at most
  // `max_samples`. Drops of the buffer come before the first of them.
  Reading Take(size_t max_samples);

  // Tells the session to forget the probe.
  void Close();
  bool closed() const { return closed_; }
  bool blocked() const { return blocked_ && !closed_; }

  const Selection& selection() const { return selection_; }
  size_t values_per_sample() const {
    return selection_.variables.size() * selection_.neurons.size();
  }

 private:
  Reading TakeLocked(size_t max_samples) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Selection selection_;
  const size_t max_samples_;
  const std::function<void()> on_room_;
  std::atomic<bool> closed_{false};
  std::atomic<bool> blocked_{false};
  Mutex mutex_;
  std::deque<SampleRow> samples_ ABSL_GUARDED_BY(mutex_);
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_STATE_PROBE_H_
