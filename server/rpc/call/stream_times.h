// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_STREAM_TIMES_H_
#define SPIKED_SERVER_RPC_CALL_STREAM_TIMES_H_

#include <cstdint>

#include "core/spec/violations.h"
#include "server/rpc/convert/in_range.h"

namespace spiked {

// Default time between the messages of a stream without data.
inline constexpr int64_t kProgressNanos = 1'000'000'000;

// Time between messages while more data waits than fits into one.
inline constexpr int64_t kCatchUpNanos = 1'000'000;

// Time between checks of how much data waits for a slow client.
inline constexpr int64_t kLookAgainNanos = 10'000'000;

// Time between checks of a watched session for changes.
inline constexpr int64_t kWatchNanos = 20'000'000;

// Time between checks whether a session still exists, for streams on which only
// the client sends.
inline constexpr int64_t kLookForSessionNanos = 200'000'000;

// Time after which data of a deleted session that its client hasn't read is
// dropped.
inline constexpr int64_t kGiveUpNanos = 5'000'000'000;

// Time without reading after which a client loses the rest of a list.
inline constexpr int64_t kUnreadNanos = 60'000'000'000;

// The batch window of a request in nanoseconds: in [1, 1000] ms, 0 means 10.
inline int64_t WindowNanos(double batch_window_ms, Violations* violations) {
  if (!CheckNumberOrZero(batch_window_ms, 1, 1000, "batch_window_ms",
                         "which means 10", violations)) {
    return 0;
  }
  const double ms = batch_window_ms == 0 ? 10 : batch_window_ms;
  return static_cast<int64_t>(ms * 1e6);
}

// The progress interval in nanoseconds: in [0.001, 3600] s, 0 means 1.
inline int64_t ProgressNanos(double progress_interval_s,
                             Violations* violations) {
  const bool is_good =
      CheckNumberOrZero(progress_interval_s, 0.001, 3600, "progress_interval_s",
                        "which means 1", violations);
  if (progress_interval_s == 0 || !is_good) return kProgressNanos;
  return static_cast<int64_t>(progress_interval_s * 1e9);
}

// The times at which a stream writes.
struct StreamTimes {
  int64_t window_nanos = 10'000'000;
  int64_t progress_nanos = kProgressNanos;
  // Windows begin at multiples of window_nanos plus this. Streams that share
  // encoded batches have the same phase, so that they send at the same time.
  int64_t phase_nanos = 0;

  int64_t NextWindow(int64_t now_nanos) const {
    return now_nanos + window_nanos -
           (now_nanos + window_nanos - phase_nanos % window_nanos) %
               window_nanos;
  }
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_STREAM_TIMES_H_
