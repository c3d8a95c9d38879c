// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/slow_consumer.h"

namespace spiked {
namespace {

int64_t LimitOf(v1::SlowConsumerPolicy policy, int64_t max_bytes) {
  if (max_bytes > 0) return max_bytes;
  const bool has_default = policy == v1::DISCONNECT || policy == v1::BLOCK;
  return has_default ? SlowConsumer::kDefaultBytes : 0;
}

}  // namespace

SlowConsumer::SlowConsumer(v1::SlowConsumerPolicy policy, int64_t max_bytes)
    : policy_(policy), max_bytes_(LimitOf(policy, max_bytes)) {}

SlowConsumer::Verdict SlowConsumer::Check(int64_t now_nanos,
                                          SpikeCursor* cursor) {
  Verdict verdict;
  if (!is_limited() || policy_ == v1::BLOCK || !has_caught_up_) return verdict;
  Mark(now_nanos, *cursor);
  const bool is_old =
      !marks_.empty() && now_nanos >= marks_.front().first + kMaxAgeNanos;
  const bool is_much = cursor->waiting_bytes() > max_bytes_;
  if (policy_ == v1::DISCONNECT) {
    verdict.disconnect = is_old || is_much;
    return verdict;
  }
  if (is_old) verdict.dropped += cursor->SkipTo(marks_.front().second);
  if (is_much) verdict.dropped += cursor->Skip(max_bytes_);
  return verdict;
}

// Keeps the marks that are ahead of the cursor.
void SlowConsumer::Mark(int64_t now_nanos, const SpikeCursor& cursor) {
  const SpikeRing::Position here = cursor.position();
  while (!marks_.empty() && !(here < marks_.front().second)) {
    marks_.pop_front();
  }
  if (!marks_.empty() && now_nanos < marks_.back().first + kMarkNanos) return;
  const SpikeRing::Position end = cursor.ring()->end();
  if (here < end) marks_.emplace_back(now_nanos, end);
}

}  // namespace spiked
