// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_SLOW_CONSUMER_H_
#define SPIKED_SERVER_RPC_STREAMS_SLOW_CONSUMER_H_

#include <cstdint>
#include <deque>
#include <utility>

#include "server/session/history/spike_cursor.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// The policy for a stream whose client reads slowly: how much data may wait, in
// bytes and time, and what happens beyond that. gRPC itself buffers 6 to 8 MB
// before a write is delayed, so the data that waits here comes on top. Used by
// one thread at a time.
class SlowConsumer {
 public:
  // A `max_bytes` of 0 means the policy's default.
  SlowConsumer(v1::SlowConsumerPolicy policy, int64_t max_bytes);

  // Tells that no data waits. Limits apply from the first call on, because a
  // stream that begins in the history has much to read before that.
  void CaughtUp() {
    has_caught_up_ = true;
    marks_.clear();
  }

  struct Verdict {
    bool disconnect = false;
    int64_t dropped = 0;  // wanted spikes that were skipped
  };
  // Applies the limits; called while a message is being written. Moves the
  // cursor over dropped spikes.
  Verdict Check(int64_t now_nanos, SpikeCursor* cursor);

  // Whether the stream must end when data was lost.
  bool must_be_complete() const {
    return policy_ == v1::DISCONNECT || policy_ == v1::BLOCK;
  }
  // Whether there is a limit of bytes, so that Check must be called often.
  bool is_limited() const { return max_bytes_ > 0; }

  // Bytes that may wait before the session waits for this stream; 0 if it never
  // does.
  int64_t block_bytes() const { return policy_ == v1::BLOCK ? max_bytes_ : 0; }

  static constexpr int64_t kDefaultBytes = int64_t{4} << 20;
  static constexpr int64_t kMaxAgeNanos = 2'000'000'000;

 private:
  // Pairs of a time and the ring's end at that time, kMarkNanos apart, which
  // give the age of waiting data.
  static constexpr int64_t kMarkNanos = 100'000'000;
  void Mark(int64_t now_nanos, const SpikeCursor& cursor);

  const v1::SlowConsumerPolicy policy_;
  const int64_t max_bytes_;  // 0: no limit
  bool has_caught_up_ = false;
  std::deque<std::pair<int64_t, SpikeRing::Position>> marks_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_SLOW_CONSUMER_H_
