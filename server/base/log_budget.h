// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_LOG_BUDGET_H_
#define SPIKED_SERVER_BASE_LOG_BUDGET_H_

#include <atomic>
#include <chrono>
#include <cstdint>

namespace spiked {

// Bounds the number of log lines per second that clients can cause.
// Thread-safe; not exact at the border of two seconds.
class LogBudget {
 public:
  explicit LogBudget(int lines_per_second) : lines_(lines_per_second) {}

  // Whether one more line may be written in this second; counts it.
  bool Admit() {
    const int64_t now = std::chrono::steady_clock::now().time_since_epoch() /
                        std::chrono::seconds(1);
    if (second_.exchange(now) != now) used_ = 0;
    return used_.fetch_add(1) < lines_;
  }

 private:
  const int lines_;
  std::atomic<int64_t> second_{0};
  std::atomic<int> used_{0};
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_LOG_BUDGET_H_
