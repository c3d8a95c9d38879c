// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_SPIKE_FEED_H_
#define SPIKED_SERVER_RPC_STREAMS_SPIKE_FEED_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "server/base/mutex.h"
#include "server/rpc/streams/spike_block.h"
#include "server/session/history/spike_cursor.h"

namespace spiked {

// The recently encoded blocks, shared by streams with the same session, filter,
// encoding and window. The first stream that reads from a step encodes a block,
// and the others get the same bytes. For a stream that joins in the middle, the
// first block ends where a recent block begins. Used by the dispatcher's thread
// only.
class SpikeFeed {
 public:
  explicit SpikeFeed(v1::SpikeEncoding encoding) : encoder_(encoding) {}

  // The next block for a reader at `from`. Null if that position was evicted
  // meanwhile: call LookHere again. `is_shared` says whether other streams use
  // this feed.
  std::shared_ptr<const SpikeBlock> Next(const SpikeCursor& cursor,
                                         SpikeRing::Position from,
                                         bool is_shared);

 private:
  std::shared_ptr<const SpikeBlock> Encode(const SpikeCursor& cursor,
                                           SpikeRing::Position from,
                                           int64_t until);
  void Keep(std::shared_ptr<const SpikeBlock> block);

  SpikeBlockEncoder encoder_;
  std::deque<std::shared_ptr<const SpikeBlock>> recent_;
  size_t recent_bytes_ = 0;
};

// Finds the feed of a stream. Thread-safe.
class SpikeFeeds {
 public:
  struct Key {
    const SpikeRing* ring;
    v1::SpikeEncoding encoding;
    int64_t window_nanos;
  };
  struct Found {
    std::shared_ptr<SpikeFeed> feed;
    std::shared_ptr<const SpikeFilter> filter;  // equal to the given filter
  };
  Found Find(const Key& key, std::shared_ptr<const SpikeFilter> filter);

 private:
  struct Entry {
    Key key;
    // Kept by the streams, so that their memory ends with them.
    std::weak_ptr<SpikeFeed> feed;
    std::weak_ptr<const SpikeFilter> filter;
  };
  Mutex mutex_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_SPIKE_FEED_H_
