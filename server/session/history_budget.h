// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_HISTORY_BUDGET_H_
#define SPIKED_SERVER_SESSION_HISTORY_BUDGET_H_

#include <atomic>
#include <cstdint>

namespace spiked {

// What the histories of all sessions may use together. A session that grows
// while they use more gives up its own oldest spikes, so that no session can
// take another's. Thread-safe.
class HistoryBudget {
 public:
  explicit HistoryBudget(int64_t max_bytes) : max_bytes_(max_bytes) {}

  void Add(int64_t bytes) {
    bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  int64_t max_bytes() const { return max_bytes_; }
  bool exceeded() const { return bytes() > max_bytes_; }

  // Counts spikes that were given up, for this budget or for the session's own.
  void AddEvicted(int64_t spikes) {
    evicted_.fetch_add(spikes, std::memory_order_relaxed);
  }
  int64_t evicted_spikes() const {
    return evicted_.load(std::memory_order_relaxed);
  }

 private:
  const int64_t max_bytes_;
  std::atomic<int64_t> bytes_{0};
  std::atomic<int64_t> evicted_{0};
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_HISTORY_BUDGET_H_
