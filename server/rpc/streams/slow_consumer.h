// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_SLOW_CONSUMER_H_
#define SPIKED_SERVER_RPC_STREAMS_SLOW_CONSUMER_H_

#include <cstdint>
#include <deque>
#include <utility>

#include "server/session/history/spike_cursor.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// What becomes of a stream while its message is not yet written, because the
// client reads slowly: how much may wait, in bytes and time, and what happens
// then. gRPC itself takes 6 to 8 MB before it says that a message is not
// written, so this comes on top. Used by one thread at a time.
class SlowConsumer {
 public:
  // A `max_bytes` of 0 means what the policy's default is.
  SlowConsumer(v1::SlowConsumerPolicy policy, int64_t max_bytes);

  // Nothing waits. Limits count from the first time on: a stream that begins in
  // the history has much to read before.
  void CaughtUp() {
    has_caught_up_ = true;
    marks_.clear();
  }

  struct Verdict {
    bool disconnect = false;
    int64_t dropped = 0;  // wanted spikes that were skipped
  };
  // A message is still being written.
  Verdict Check(int64_t now_nanos, SpikeCursor* cursor);

  // Whether the stream ends when data are lost.
  bool must_be_complete() const {
    return policy_ == v1::DISCONNECT || policy_ == v1::BLOCK;
  }
  // Whether Check has something to do.
  bool is_limited() const { return max_bytes_ > 0; }

  // What waits before a session that blocks waits, too.
  int64_t block_bytes() const { return policy_ == v1::BLOCK ? max_bytes_ : 0; }

  static constexpr int64_t kDefaultBytes = int64_t{4} << 20;
  static constexpr int64_t kMaxAgeNanos = 2'000'000'000;

 private:
  // What was at the end of the ring at some times: how old what waits is.
  static constexpr int64_t kMarkNanos = 100'000'000;
  void Mark(int64_t now_nanos, const SpikeCursor& cursor);

  const v1::SlowConsumerPolicy policy_;
  const int64_t max_bytes_;  // 0: no limit
  bool has_caught_up_ = false;
  std::deque<std::pair<int64_t, SpikeRing::Position>> marks_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_SLOW_CONSUMER_H_
