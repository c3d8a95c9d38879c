// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_SPIKE_CURSOR_H_
#define SPIKED_SERVER_SESSION_HISTORY_SPIKE_CURSOR_H_

#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "server/session/history/spike_ring.h"

namespace spiked {

// One reader's position in a ring. Of the spikes that pass its filter, each is
// either moved over or reported by Look as dropped: the two numbers add up to
// those added to the ring. Keeps the ring alive. Used by one thread at a time.
class SpikeCursor {
 public:
  using Position = SpikeRing::Position;

  struct Opening {
    std::shared_ptr<SpikeRing> ring;
    std::shared_ptr<const SpikeFilter> filter;
    std::optional<int64_t> epoch;  // required epoch of the ring
    std::optional<int64_t> step;   // first step; default: the end
    // The ring blocks while this many bytes or more wait; at most half of the
    // ring. 0: never.
    int64_t block_bytes = 0;
  };
  enum class Problem { kNone, kOtherEpoch, kEvicted, kFuture };
  struct Opened {
    Problem problem = Problem::kNone;
    Position end;                         // end of the ring
    int64_t oldest_step = 0;              // of the ring's current epoch
    std::unique_ptr<SpikeCursor> cursor;  // null if there is a problem
  };
  static Opened Open(Opening opening);
  ~SpikeCursor();
  SpikeCursor(const SpikeCursor&) = delete;
  SpikeCursor& operator=(const SpikeCursor&) = delete;

  struct Look {
    Position position;
    // Spikes passing the filter that were lost before the position since the
    // last look.
    int64_t dropped = 0;
  };
  // The position of the cursor. Moves it to the next epoch if an old epoch is
  // read to its end.
  Look LookHere();

  // Reads the ring from any position, without moving the cursor.
  SpikeRing::Reading Read(Position from, int64_t max_spikes,
                          int64_t until = SpikeRing::kNoLimit) const {
    return ring_->Read(from, max_spikes, until);
  }

  // Moves to a later step of the same epoch if the cursor is still at `from`.
  // False if it is not, because spikes were evicted since LookHere.
  bool Move(Position from, int64_t to_step);

  // Skips the oldest spikes until at most `keep_bytes` wait. Returns the number
  // of skipped spikes that pass the filter.
  int64_t Skip(int64_t keep_bytes);
  // Skips all spikes up to a position; returns the same.
  int64_t SkipTo(Position end);

  // Bytes of the waiting spikes, whether they pass the filter or not: 4 for
  // each.
  int64_t waiting_bytes() const;

  Position position() const;

  const SpikeFilter& filter() const { return *filter_; }
  const std::shared_ptr<SpikeRing>& ring() const { return ring_; }

 private:
  SpikeCursor() = default;
  // Moves over the steps of a reading. Returns how many of their spikes pass
  // the filter.
  int64_t SkipOver(Position from, const SpikeRing::Reading& reading);

  std::shared_ptr<SpikeRing> ring_;
  std::shared_ptr<const SpikeFilter> filter_;
  std::list<SpikeRing::Reader>::iterator reader_;  // guarded by the ring's lock
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_SPIKE_CURSOR_H_
