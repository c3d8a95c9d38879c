// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_TOKEN_BUCKET_H_
#define SPIKED_SERVER_SECURITY_TOKEN_BUCKET_H_

#include <algorithm>
#include <cstdint>

namespace spiked {

// A token bucket that limits a rate. It fills by `rate` per second up to the
// amount of one second. While it is not empty any amount may be taken, and the
// bucket may go into debt, so that an amount larger than the bucket is not
// refused for good. The rate holds on average, except that the debt is limited
// to one minute's amount, which limits the wait. Not thread-safe.
class TokenBucket {
 public:
  // Nanoseconds until something may be taken; 0 means now. A rate of 0 means no
  // limit.
  int64_t WaitNanos(double rate, int64_t now_nanos) {
    if (rate <= 0) return 0;
    Fill(rate, now_nanos);
    if (level_ > 0) return 0;
    return static_cast<int64_t>(-level_ / rate * 1e9) + 1;
  }

  void Take(double rate, double amount, int64_t now_nanos) {
    if (rate <= 0) return;
    Fill(rate, now_nanos);
    level_ = std::max(level_ - amount, -kMaxDebtSeconds * rate);
  }

  // The used part of the bucket: 0 if full, 1 if empty, more if in debt.
  double Used(double rate, int64_t now_nanos) {
    if (rate <= 0) return 0;
    Fill(rate, now_nanos);
    return 1 - level_ / rate;
  }

 private:
  static constexpr double kMaxDebtSeconds = 60;

  void Fill(double rate, int64_t now_nanos) {
    if (!filled_) level_ = rate;
    if (filled_ && now_nanos > nanos_) {
      level_ += rate * static_cast<double>(now_nanos - nanos_) / 1e9;
    }
    level_ = std::min(level_, rate);
    nanos_ = std::max(nanos_, now_nanos);
    filled_ = true;
  }

  bool filled_ = false;
  double level_ = 0;
  int64_t nanos_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TOKEN_BUCKET_H_
