// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_STATE_PROBE_H_
#define SPIKED_SERVER_SESSION_HISTORY_STATE_PROBE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/network/network.h"
#include "core/network/state.h"
#include "server/base/memory_reservation.h"
#include "server/base/mutex.h"

namespace spiked {

// Samples state variables of some neurons of one population for one reader. The
// session adds samples; when the buffer is full the oldest goes and is counted.
// Its memory is reserved as it grows; if there is none, it is full earlier.
// Thread-safe.
class StateProbe {
 public:
  struct Selection {
    int population = 0;
    std::vector<int> variables;
    std::vector<int32_t> neurons;  // in the population
    int64_t interval_steps = 1;
  };

  // Reserves memory.
  using TakeMemory =
      std::function<absl::StatusOr<MemoryReservation>(int64_t bytes)>;

  // With `on_room`, the probe blocks: blocked() is true while half of the
  // buffer is full, so that the session waits; and on_room is called, without a
  // lock, when it has become false. Without `take_memory`, nothing is reserved.
  StateProbe(Selection selection, size_t max_bytes,
             std::function<void()> on_room = nullptr,
             TakeMemory take_memory = nullptr);

  // Reserves what two samples take, if it is more than kFreeBytes. To be called
  // before the first of them.
  absl::Status Open();

  // That samples may take without being reserved.
  static constexpr size_t kFreeBytes = 64 << 10;

  // Takes a sample if the state's step is one of the probe's. Called by one
  // thread at a time.
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

  // Tells the session to forget the probe: no samples are added any more.
  void Close();
  // The same, and drops what is left: a session that stands still may keep the
  // probe for long.
  void Discard();
  bool closed() const { return closed_; }
  bool blocked() const { return blocked_ && !closed_; }

  const Selection& selection() const { return selection_; }
  size_t values_per_sample() const {
    return selection_.variables.size() * selection_.neurons.size();
  }

 private:
  Reading TakeLocked(size_t max_samples) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t SampleBytes() const {
    return sizeof(SampleRow) + values_per_sample() * sizeof(double);
  }
  // For how many more samples room is to be reserved before the next comes.
  size_t WantedRoom();
  // Tries to reserve room for some more samples.
  void Grow(size_t samples);

  // What is reserved at a time, and samples between attempts that fail.
  static constexpr size_t kGrowBytes = 256 << 10;
  static constexpr int kSamplesPerAttempt = 64;

  const Selection selection_;
  const size_t max_samples_;
  const size_t first_samples_;  // that there is always room for
  const std::function<void()> on_room_;
  const TakeMemory take_memory_;
  MemoryReservation first_memory_;
  int pause_ = 0;  // samples until the next attempt
  std::atomic<bool> closed_{false};
  std::atomic<bool> blocked_{false};
  Mutex mutex_;
  std::deque<SampleRow> samples_ ABSL_GUARDED_BY(mutex_);
  size_t room_ ABSL_GUARDED_BY(mutex_);  // samples that memory is there for
  // For those beyond the first.
  std::vector<MemoryReservation> memory_ ABSL_GUARDED_BY(mutex_);
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_STATE_PROBE_H_
