// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_SPIKE_RING_H_
#define SPIKED_SERVER_SESSION_HISTORY_SPIKE_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/mutex.h"
#include "server/security/memory_guard.h"
#include "server/session/history/history_budget.h"
#include "server/session/history/spike_chunk.h"
#include "server/session/history/spike_filter.h"

namespace spiked {

// The spikes of some consecutive steps.
struct SpikeRun {
  struct Step {
    int64_t step;
    int32_t count;  // at least 1
  };
  std::vector<Step> steps;       // steps with spikes, ascending
  std::vector<int32_t> neurons;  // of all steps, ascending within each

  void Clear() {
    steps.clear();
    neurons.clear();
  }
};

// The recent spikes of one session, for any number of readers, in chunks whose
// sizes begin small and double; a session without spikes has no chunk. The
// session adds at one end. When the ring is full, the oldest chunk is evicted,
// whether it was read or not, and each reader that has not read it is told how
// many of the spikes that it wants were lost. Steps without spikes take no
// memory. Thread-safe.
//
// A blocking reader loses no spikes: while too much waits for it, blocked() is
// true and the session waits until there is room. The only exception is that
// another tenant needs its share of the budget.
class SpikeRing : public History,
                  public std::enable_shared_from_this<SpikeRing> {
 public:
  struct Options {
    size_t max_bytes = size_t{64} << 20;
    std::shared_ptr<HistoryBudget> budget;  // null: no budget
    // Called without a lock when blocked() has become false. May be null.
    std::function<void()> on_room;
    // While this says that memory is tight, the ring doesn't grow. May be null.
    const MemoryGuard* memory_guard = nullptr;
    std::string tenant = {};  // tenant whose share is used
  };
  // The next step to read or add, and its epoch.
  struct Position {
    int64_t epoch = 0;
    int64_t step = 0;

    friend bool operator==(Position a, Position b) {
      return a.epoch == b.epoch && a.step == b.step;
    }
    friend bool operator<(Position a, Position b) {
      return a.epoch < b.epoch || (a.epoch == b.epoch && a.step < b.step);
    }
  };
  // Makes an empty ring whose first step is `begin`. A ring with a budget must
  // be owned by a shared_ptr.
  explicit SpikeRing(Options options, Position begin = {0, 0});
  ~SpikeRing() override;

  // Adds the steps [end of the ring, end_step) with their spikes. Called by one
  // thread at a time, as is Reset.
  void Append(const SpikeRun& run, int64_t end_step);

  // Begins a new epoch at step 0. Readers first get the unread spikes of old
  // epochs that are not evicted.
  void Reset(int64_t epoch);

  // Evicts the oldest chunk for the budget. Thread-safe.
  GaveUp GiveUpOldest(bool by_force, bool may_wait) override;

  // Whether too much waits for a blocking reader, so that the session must
  // wait.
  bool blocked() const { return blocked_; }

  Position end() const;
  // The oldest step of the current epoch.
  int64_t oldest_step() const;

  // Some steps of a chunk with all of their spikes.
  struct Piece {
    std::shared_ptr<const SpikeChunk> chunk;
    const SpikeChunk::Step* begin;
    const SpikeChunk::Step* end;
  };
  struct Reading {
    bool found = false;     // false: the position was evicted
    int64_t end_step = 0;   // exclusive
    bool has_more = false;  // more can be read now
    std::vector<Piece> pieces;
  };
  static constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
  // Reads the steps of one epoch from a position on, up to `until` (exclusive)
  // and `max_spikes`, but at least one step with spikes. The result can be used
  // without a lock.
  Reading Read(Position from, int64_t max_spikes,
               int64_t until = kNoLimit) const;

 private:
  friend class SpikeCursor;

  // The published part of a chunk.
  struct Entry {
    std::shared_ptr<SpikeChunk> chunk;
    size_t step_count;
    int64_t spikes_before;  // spikes ever added before it

    const SpikeChunk::Step* begin() const { return chunk->steps(); }
    const SpikeChunk::Step* end() const { return begin() + step_count; }
    int64_t last_step() const { return end()[-1].step; }
  };
  // The steps of one epoch that are not evicted.
  struct Epoch {
    int64_t epoch = 0;
    int64_t first_step = 0;  // oldest step
    int64_t end_step = 0;
    std::deque<Entry> entries;
  };
  // The state of a reader.
  struct Reader {
    std::shared_ptr<const SpikeFilter> filter;
    Position position;
    int64_t dropped = 0;      // lost spikes passing the filter
    int64_t block_bytes = 0;  // 0: it doesn't block
  };
  // The most epochs that are kept, with or without spikes.
  static constexpr size_t kMaxEpochs = 8;

  void Publish(std::vector<Entry> added, size_t tail_step_count,
               int64_t spike_count, int64_t end_step);
  const Epoch* Find(int64_t epoch) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The first entry whose last step is `step` or later.
  static std::deque<Entry>::const_iterator EntryOf(const Epoch& epoch,
                                                   int64_t step);
  // Evicts chunks until at most `max_bytes` are used. The caller frees them
  // after it has released the lock.
  void MakeRoom(size_t max_bytes, std::vector<Entry>* freed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Does the same until the budget is kept. Returns UpdateBlocked().
  bool KeepToBudget(std::vector<Entry>* freed);
  void CountBytes(int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MustKeepOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Entry EvictOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropEpoch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Bytes of all spikes from a position on, passing a filter or not.
  int64_t WaitingBytes(Position position) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Updates blocked(). Returns true if it has become false.
  bool UpdateBlocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  std::atomic<bool> blocked_{false};

  // Used only by the thread that adds.
  std::shared_ptr<SpikeChunk> tail_;  // null: the next step needs a new one
  size_t next_chunk_bytes_;

  mutable Mutex mutex_;
  std::deque<Epoch> epochs_ ABSL_GUARDED_BY(mutex_);  // at least one
  std::list<Reader> readers_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of the budget; null before the first spike.
  std::shared_ptr<HistoryBudget::Holding> holding_ ABSL_GUARDED_BY(mutex_);
  size_t entry_count_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t appended_ ABSL_GUARDED_BY(mutex_) = 0;  // spikes
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_SPIKE_RING_H_
