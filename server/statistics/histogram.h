// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_STATISTICS_HISTOGRAM_H_
#define SPIKED_SERVER_STATISTICS_HISTOGRAM_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace spiked {

// A histogram of durations with 8 buckets per octave: quantiles are exact to
// 12.5 % over any range, in 4 kB. Thread-safe; readers may miss durations that
// are being added.
class DurationHistogram {
 public:
  static constexpr int kBucketsPerOctave = 8;
  static constexpr int kBuckets = 64 * kBucketsPerOctave;

  void Add(int64_t nanos) {
    buckets_[BucketOf(nanos)].fetch_add(1, std::memory_order_relaxed);
    sum_nanos_.fetch_add(nanos, std::memory_order_relaxed);
  }

  void Clear() {
    for (auto& bucket : buckets_) bucket.store(0, std::memory_order_relaxed);
    sum_nanos_.store(0, std::memory_order_relaxed);
  }

  // The end, in nanoseconds, of the first bucket up to which at least
  // `fraction` of the durations lie; 0 if there are none.
  int64_t QuantileNanos(double fraction) const;

  // The number of durations up to the end of the bucket of `nanos`.
  int64_t CountUpTo(int64_t nanos) const;

  int64_t Count() const;
  int64_t SumNanos() const {
    return sum_nanos_.load(std::memory_order_relaxed);
  }

 private:
  static int BucketOf(int64_t nanos);
  static int64_t EndOf(int bucket);  // inclusive

  std::array<std::atomic<int64_t>, kBuckets> buckets_{};
  std::atomic<int64_t> sum_nanos_{0};
};

}  // namespace spiked

#endif  // SPIKED_SERVER_STATISTICS_HISTOGRAM_H_
