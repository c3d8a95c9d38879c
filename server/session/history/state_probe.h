// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_STATE_PROBE_H_
#define SPIKED_SERVER_SESSION_HISTORY_STATE_PROBE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/network/network.h"
#include "core/network/state.h"
#include "server/base/mutex.h"
#include "server/security/memory_ledger.h"

namespace spiked {

// Samples state variables of some neurons of one population for one reader. The
// session adds samples; when the buffer is full the oldest sample is dropped
// and counted. Memory is reserved as the buffer grows; if none is free, the
// buffer is full earlier. Thread-safe.
class StateProbe {
 public:
  struct Selection {
    int population = 0;
    std::vector<int> variables;
    std::vector<int32_t> neurons;  // indices in the population
    int64_t interval_steps = 1;
  };

  // With `on_room` the probe blocks: blocked() is true while half of the buffer
  // or more is full, so that the session waits, and on_room is called without a
  // lock when it has become false. Without a ledger nothing is reserved.
  // `max_bytes` limits the buffer.
  StateProbe(Selection selection, size_t max_bytes,
             std::function<void()> on_room = nullptr,
             std::shared_ptr<MemoryLedger> ledger = nullptr,
             std::shared_ptr<Tenant> tenant = nullptr);

  // Reserves memory for kLeastSamples if that is more than kFreeBytes. Call it
  // before the first sample. Error: that of the ledger.
  absl::Status Open();

  // Memory for samples that is not reserved.
  static constexpr size_t kFreeBytes = 64 << 10;
  // The copies of a large sample that a stream may have: two in the buffer, one
  // that is being taken or read, one in a message and one as its bytes.
  static constexpr size_t kLeastSamples = 5;

  // Takes a sample if the state's step is a multiple of the interval. Called by
  // one thread at a time.
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
  // Takes samples of the oldest epoch out of the buffer, at most `max_samples`.
  // Dropped samples came before the first of them.
  Reading Take(size_t max_samples);

  // Tells the session to forget the probe: no samples are added any more.
  void Close();
  // Does the same and frees the samples, because a session that doesn't step
  // may keep the probe for long.
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
  // The number of samples for which to reserve memory before the next one.
  size_t WantedRoom();
  absl::StatusOr<MemoryReservation> Reserve(size_t bytes) const;
  // Tries to reserve memory for further samples.
  void Grow(size_t samples);

  // Bytes reserved at a time, and samples after a failed attempt until the
  // next.
  static constexpr size_t kGrowBytes = 256 << 10;
  static constexpr int kSamplesPerAttempt = 64;

  const Selection selection_;
  const size_t max_samples_;
  const size_t first_samples_;  // samples with room from the start
  const std::function<void()> on_room_;
  const std::shared_ptr<MemoryLedger> ledger_;  // null: nothing is reserved
  const std::shared_ptr<Tenant> tenant_;
  MemoryReservation first_memory_;
  int pause_ = 0;  // samples until the next attempt
  std::atomic<bool> closed_{false};
  std::atomic<bool> blocked_{false};
  Mutex mutex_;
  std::deque<SampleRow> samples_ ABSL_GUARDED_BY(mutex_);
  size_t room_ ABSL_GUARDED_BY(mutex_);  // in samples
  // Memory for the samples beyond first_samples_.
  MemoryReservation memory_ ABSL_GUARDED_BY(mutex_);
  int64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_STATE_PROBE_H_
