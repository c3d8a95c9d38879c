// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_FREE_MEMORY_H_
#define SPIKED_SERVER_BASE_FREE_MEMORY_H_

#include <algorithm>
#include <cstdint>

namespace spiked {

// Sets how much free memory the C library keeps. By itself it learns from large
// blocks that were freed, and may then keep 64 MiB at the end of each of its
// heaps, of which there may be eight for each processor. Call it before any
// other thread begins.
void KeepLittleFreeMemory();

// Gives free memory back to the system, from the middle of heaps, too. Takes
// the locks of the heaps one after another, each for as long as its pages are
// given back: a thread that allocates from that heap meanwhile waits. So the
// caller's thread must not be one that others go before, nor one that steps or
// answers.
void GiveBackFreeMemory();

// When to give free memory back: soon after the process has grown or much was
// freed, and again for as long as it pays; else rarely, because each time costs
// a look at all that is free. Used by one thread at a time.
class FreeMemorySchedule {
 public:
  // `used_bytes`: of the process; `reserved_bytes`: of the ledger, whose fall
  // says that something large was freed.
  bool IsDue(int64_t now_nanos, int64_t used_bytes, int64_t reserved_bytes) {
    const bool has_grown = used_bytes > after_bytes_ + kGrownBytes;
    const bool was_freed = reserved_bytes < most_reserved_ - kWorthBytes;
    most_reserved_ = std::max(most_reserved_, reserved_bytes);
    if (has_grown || was_freed) wait_nanos_ = kLeastWaitNanos;
    return now_nanos >= last_nanos_ + wait_nanos_;
  }

  // Tells what the process used before and after memory was given back.
  void Done(int64_t now_nanos, int64_t before_bytes, int64_t after_bytes,
            int64_t reserved_bytes) {
    const bool was_worth_it = before_bytes - after_bytes >= kWorthBytes;
    wait_nanos_ = was_worth_it ? kLeastWaitNanos
                               : std::min(2 * wait_nanos_, kMostWaitNanos);
    last_nanos_ = now_nanos;
    after_bytes_ = after_bytes;
    most_reserved_ = reserved_bytes;
  }

  static constexpr int64_t kGrownBytes = 32 << 20;
  static constexpr int64_t kWorthBytes = 8 << 20;
  static constexpr int64_t kLeastWaitNanos = 5'000'000'000;
  static constexpr int64_t kMostWaitNanos = 60'000'000'000;

 private:
  int64_t last_nanos_ = 0;
  int64_t wait_nanos_ = kLeastWaitNanos;
  int64_t after_bytes_ = 0;    // used after the last time
  int64_t most_reserved_ = 0;  // since the last time
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_FREE_MEMORY_H_
