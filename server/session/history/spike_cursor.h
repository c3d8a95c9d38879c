// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_SPIKE_CURSOR_H_
#define SPIKED_SERVER_SESSION_HISTORY_SPIKE_CURSOR_H_

#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "server/session/history/spike_ring.h"

namespace spiked {

// One reader's place in a ring, from which spikes are read, or lost and
// counted: over all, wanted spikes that were moved over + those that Look
// reports as dropped = those that were added. Keeps the ring alive. Used by one
// thread at a time.
class SpikeCursor {
 public:
  using Position = SpikeRing::Position;

  struct Opening {
    std::shared_ptr<SpikeRing> ring;
    std::shared_ptr<const SpikeFilter> filter;
    std::optional<int64_t> epoch;  // that the ring must be in
    std::optional<int64_t> step;   // to begin at; else at the end
    // The ring blocks while so much waits; at most half of the ring. 0: never.
    int64_t block_bytes = 0;
  };
  enum class Problem { kNone, kOtherEpoch, kEvicted, kFuture };
  struct Opened {
    Problem problem = Problem::kNone;
    Position end;                         // of the ring
    int64_t oldest_step = 0;              // of the current epoch
    std::unique_ptr<SpikeCursor> cursor;  // if there is no problem
  };
  static Opened Open(Opening opening);
  ~SpikeCursor();
  SpikeCursor(const SpikeCursor&) = delete;
  SpikeCursor& operator=(const SpikeCursor&) = delete;

  struct Look {
    Position position;
    // Wanted spikes that were lost since the last look, before the position.
    int64_t dropped = 0;
  };
  // Where the cursor is. An old epoch that was read to its end gives way to the
  // next.
  Look LookHere();

  // What is there from a position on, which need not be the cursor's.
  SpikeRing::Reading Read(Position from, int64_t max_spikes,
                          int64_t until = SpikeRing::kNoLimit) const {
    return ring_->Read(from, max_spikes, until);
  }

  // Moves to a later step of the same epoch, if the cursor is still `from`
  // where it was looked at: false if spikes were evicted since.
  bool Move(Position from, int64_t to_step);

  // Gives up what is oldest until at most so much waits; returns the number of
  // wanted spikes that were skipped.
  int64_t Skip(int64_t keep_bytes);
  // The same up to a position.
  int64_t SkipTo(Position end);

  // Bytes of the spikes, wanted or not, that wait: 4 for each.
  int64_t waiting_bytes() const;

  Position position() const;

  const SpikeFilter& filter() const { return *filter_; }
  const std::shared_ptr<SpikeRing>& ring() const { return ring_; }

 private:
  SpikeCursor() = default;
  // Moves over what was read; returns the wanted spikes of it.
  int64_t SkipOver(Position from, const SpikeRing::Reading& reading);

  std::shared_ptr<SpikeRing> ring_;
  std::shared_ptr<const SpikeFilter> filter_;
  std::list<SpikeRing::Place>::iterator place_;  // guarded by the ring's lock
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_SPIKE_CURSOR_H_
