// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SPIKE_RING_H_
#define SPIKED_SERVER_SESSION_SPIKE_RING_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "server/base/mutex.h"
#include "server/security/memory_guard.h"

namespace spiked {

// The spikes of some consecutive steps. Immutable once it is in the ring.
struct SpikeRun {
  struct Step {
    int64_t step;
    int32_t count;  // at least 1
  };
  std::vector<Step> steps;       // those with spikes, ascending
  std::vector<int32_t> neurons;  // of all steps, ascending within each

  size_t bytes() const {
    return sizeof(*this) + steps.capacity() * sizeof(Step) +
           neurons.capacity() * sizeof(int32_t);
  }
};

// The recent spikes of one session, for any number of readers. The session adds
// at one end; when the ring is full, the oldest run goes, whether it was read
// or not, and is counted. Steps between the runs had no spikes. Thread-safe.
class SpikeRing {
 public:
  // `population_begin` [populations + 1]: first neuron of each population, then
  // the number of neurons. While the guard, if there is one, says that memory
  // is tight, the ring doesn't grow.
  SpikeRing(std::vector<int64_t> population_begin, size_t max_bytes,
            const MemoryGuard* memory_guard = nullptr);

  // Adds the steps [end of the ring, end_step) with their spikes. `run` may be
  // null: no spikes.
  void Append(std::shared_ptr<const SpikeRun> run, int64_t end_step);

  // Begins a new epoch at step 0. Readers first get what they have not read of
  // the old ones, as long as it is still here.
  void Reset(int64_t epoch);

  // Where a reader stands: the next step it wants, and how many spikes of its
  // populations came before that.
  struct Cursor {
    int64_t epoch = 0;
    int64_t step = 0;
    int64_t spikes_before = 0;
    std::vector<bool> populations;  // [populations] wanted
  };

  // A cursor at `step` of the current epoch; at the end of the ring if `step`
  // is negative. False if the step was evicted or is not yet reached.
  bool Seek(int64_t step, std::vector<bool> populations, Cursor* cursor) const;

  struct Reading {
    int64_t epoch = 0;
    int64_t first_step = 0;
    int64_t end_step = 0;
    int64_t dropped_spike_count = 0;  // lost since the previous reading
    bool has_more = false;            // there is more to read now
    // Runs that may reach beyond [first_step, end_step) at their begin.
    std::vector<std::shared_ptr<const SpikeRun>> runs;
  };
  // What came since the cursor, of one epoch and up to about max_spikes (at
  // least one run), and moves the cursor behind it. The caller adds the spikes
  // that it selects to cursor->spikes_before.
  Reading Read(Cursor* cursor, int64_t max_spikes) const;

  // Whether there is more to read now.
  bool HasMore(const Cursor& cursor) const;

  // The wanted spikes of a run from `first_step` on, appended to columns.
  // `steps` gets the steps with wanted spikes and their numbers.
  void Select(const SpikeRun& run, const Cursor& cursor, int64_t first_step,
              std::vector<SpikeRun::Step>* steps,
              std::vector<int32_t>* neurons) const;

  int64_t end_step() const;

 private:
  // The steps of one epoch that are still here.
  struct Epoch {
    int64_t epoch = 0;
    int64_t first_step = 0;  // the oldest
    int64_t end_step = 0;
    std::deque<std::shared_ptr<const SpikeRun>> runs;
  };
  // Old epochs that are kept though they have no spikes.
  static constexpr size_t kMaxEpochs = 8;

  // Adds the spikes of a run to the counts of their populations.
  void Count(const SpikeRun& run, std::vector<int64_t>* counts) const;
  // The wanted spikes of an epoch from `step` on.
  int64_t CountFrom(const Epoch& epoch, int64_t step,
                    const Cursor& cursor) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EvictOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The epoch to read from at the cursor, which is moved over what was evicted
  // and over the end of an old epoch.
  const Epoch& Locate(Cursor* cursor, Reading* reading) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::vector<int64_t> population_begin_;
  const size_t max_bytes_;
  const MemoryGuard* const memory_guard_;
  mutable Mutex mutex_;
  std::deque<Epoch> epochs_ ABSL_GUARDED_BY(mutex_);  // at least one
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;          // of all runs
  size_t run_count_ ABSL_GUARDED_BY(mutex_) = 0;
  // [populations] over all epochs.
  std::vector<int64_t> appended_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> evicted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SPIKE_RING_H_
