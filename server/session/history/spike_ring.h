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
  std::vector<Step> steps;       // those with spikes, ascending
  std::vector<int32_t> neurons;  // of all steps, ascending within each

  void Clear() {
    steps.clear();
    neurons.clear();
  }
};

// The recent spikes of one session, for any number of readers, in chunks that
// begin small and double: a quiet session has none. The session adds at one
// end; when the ring is full, the oldest chunk goes, whether it was read or
// not, and each reader that missed it is told how many spikes that it wanted
// were in it. Steps without spikes take no room. Thread-safe.
//
// A reader that blocks is not missed out: while much waits for it, the ring
// says blocked(), and the session waits until there is room. Only another
// tenant's share of the budget comes before that.
class SpikeRing : public History,
                  public std::enable_shared_from_this<SpikeRing> {
 public:
  struct Options {
    size_t max_bytes = size_t{64} << 20;
    std::shared_ptr<HistoryBudget> budget;  // null: none
    // Called, without a lock, when blocked() has become false. May be null.
    std::function<void()> on_room;
    // While it says that memory is tight, the ring doesn't grow. May be null.
    const MemoryGuard* memory_guard = nullptr;
    std::string tenant = {};  // whose share of the budget it uses
  };
  // The step that comes next, and its epoch.
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
  // Empty, with this step as the first one. With a budget it is to be owned by
  // a shared_ptr.
  explicit SpikeRing(Options options, Position begin = {0, 0});
  ~SpikeRing() override;

  // Adds the steps [end of the ring, end_step) with their spikes. Called by one
  // thread at a time, as is Reset.
  void Append(const SpikeRun& run, int64_t end_step);

  // Begins a new epoch at step 0. Readers first get what they have not read of
  // the old ones, as long as it is still here.
  void Reset(int64_t epoch);

  // For the budget. Thread-safe.
  bool GiveUpOldest(bool by_force) override;

  // Whether so much waits for a reader that blocks that the session must wait.
  bool blocked() const { return blocked_; }

  Position end() const;
  // Of the current epoch.
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
    bool has_more = false;  // there is more to read now
    std::vector<Piece> pieces;
  };
  static constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
  // The steps of one epoch from a position on, up to `until` or about
  // `max_spikes`, at least one step. Needs no lock for what it returns.
  Reading Read(Position from, int64_t max_spikes,
               int64_t until = kNoLimit) const;

 private:
  friend class SpikeCursor;

  // A chunk as far as it is told to others.
  struct Entry {
    std::shared_ptr<SpikeChunk> chunk;
    size_t step_count;
    int64_t spikes_before;  // of all that were ever added

    const SpikeChunk::Step* begin() const { return chunk->steps(); }
    const SpikeChunk::Step* end() const { return begin() + step_count; }
    int64_t last_step() const { return end()[-1].step; }
  };
  // The steps of one epoch that are still here.
  struct Epoch {
    int64_t epoch = 0;
    int64_t first_step = 0;  // the oldest
    int64_t end_step = 0;
    std::deque<Entry> entries;
  };
  // Where a reader stands.
  struct Place {
    std::shared_ptr<const SpikeFilter> filter;
    Position position;
    int64_t dropped = 0;      // wanted spikes that it missed
    int64_t block_bytes = 0;  // 0: it doesn't block
  };
  // Old epochs that are kept though they have no spikes.
  static constexpr size_t kMaxEpochs = 8;

  void Publish(std::vector<Entry> added, size_t tail_step_count,
               int64_t spike_count, int64_t end_step);
  const Epoch* Find(int64_t epoch) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The first entry that reaches beyond a step.
  static std::deque<Entry>::const_iterator EntryOf(const Epoch& epoch,
                                                   int64_t step);
  // Evicts until there is room; what goes is freed by the caller.
  void MakeRoom(size_t max_bytes, std::vector<Entry>* freed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same for the budget. Returns what UpdateBlocked does.
  bool KeepToBudget(std::vector<Entry>* freed);
  void CountBytes(int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MustKeepOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Entry EvictOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropEpoch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Bytes of the spikes, wanted or not, from a position on.
  int64_t WaitingBytes(Position position) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns true if there was no room and now there is.
  bool UpdateBlocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  std::atomic<bool> blocked_{false};

  // Of the thread that adds.
  std::shared_ptr<SpikeChunk> tail_;  // null: the next step needs a new one
  size_t next_chunk_bytes_;

  mutable Mutex mutex_;
  std::deque<Epoch> epochs_ ABSL_GUARDED_BY(mutex_);  // at least one
  std::list<Place> places_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t entry_count_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t appended_ ABSL_GUARDED_BY(mutex_) = 0;  // spikes
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_SPIKE_RING_H_
