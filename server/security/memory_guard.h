// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_MEMORY_GUARD_H_
#define SPIKED_SERVER_SECURITY_MEMORY_GUARD_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"

namespace spiked {

// Stops growth before the system kills the process: from the moment that it
// uses 85 % of its memory limit until it uses less than 80 %. Existing sessions
// continue. Thread-safe; the daemon calls Update several times a second.
class MemoryGuard {
 public:
  static constexpr double kTightAt = 0.85;
  static constexpr double kFreeAt = 0.80;

  // With a limit of 0 the guard is never tight.
  explicit MemoryGuard(int64_t limit_bytes) : limit_(limit_bytes) {}

  void Update(int64_t used_bytes);

  // Whether growth must be refused now.
  bool tight() const { return tight_.load(std::memory_order_relaxed); }

  // RESOURCE_EXHAUSTED, with a time after which to try again, while tight.
  absl::Status Check() const;

  int64_t limit_bytes() const { return limit_; }
  int64_t used_bytes() const { return used_; }

 private:
  const int64_t limit_;
  std::atomic<int64_t> used_{0};
  std::atomic<bool> tight_{false};
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_MEMORY_GUARD_H_
