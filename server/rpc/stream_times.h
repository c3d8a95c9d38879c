// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAM_TIMES_H_
#define SPIKED_SERVER_RPC_STREAM_TIMES_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/violations.h"

namespace spiked {

// A stream with nothing to say says so once a second.
inline constexpr int64_t kProgressNanos = 1'000'000'000;

// Between messages while there is more than fits into one.
inline constexpr int64_t kCatchUpNanos = 1'000'000;

// Between looks at whether a message is written, if there is more to send.
inline constexpr int64_t kLookAgainNanos = 5'000'000;

// Between looks at a session that is watched.
inline constexpr int64_t kWatchNanos = 20'000'000;

// What a client of a deleted session hasn't read by then is dropped.
inline constexpr int64_t kGiveUpNanos = 5'000'000'000;

// The batch window of a request in nanoseconds: in [1, 1000] ms, 0 means 10.
inline int64_t WindowNanos(double batch_window_ms, Violations* violations) {
  const double ms = batch_window_ms == 0 ? 10 : batch_window_ms;
  if (!(ms >= 1 && ms <= 1000)) {
    violations->Add(
        "batch_window_ms",
        absl::StrCat(batch_window_ms,
                     " is not in [1, 1000], nor 0, which means 10"));
    return 0;
  }
  return static_cast<int64_t>(ms * 1e6);
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAM_TIMES_H_
