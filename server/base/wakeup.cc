// SPDX-License-Identifier: Apache-2.0

#include "server/base/wakeup.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace spiked {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;

}  // namespace

// futex(2) wants an integer in memory, which an atomic one is.
static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t) &&
              std::atomic<uint32_t>::is_always_lock_free);

void Wakeup::Post() {
  if (posted_.exchange(1) == 1) return;
  syscall(SYS_futex, &posted_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void Wakeup::WaitFor(const int64_t* nanos) {
  if (posted_.exchange(0) == 1) return;
  timespec until{};
  if (nanos != nullptr) {
    const int64_t from_zero = std::max<int64_t>(*nanos, 0);
    until.tv_sec = from_zero / kNanosPerSecond;
    until.tv_nsec = from_zero % kNanosPerSecond;
  }
  // Absolute, by CLOCK_MONOTONIC, which std::chrono::steady_clock shows too.
  syscall(SYS_futex, &posted_, FUTEX_WAIT_BITSET_PRIVATE, 0,
          nanos == nullptr ? nullptr : &until, nullptr, FUTEX_BITSET_MATCH_ANY);
  posted_.exchange(0);
}

}  // namespace spiked
