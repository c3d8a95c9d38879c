// SPDX-License-Identifier: Apache-2.0

#include "server/statistics/histogram.h"

#include <cmath>

namespace spiked {

// Below 8 ns there is a bucket per nanosecond. Above, the octave and the three
// bits after the leading one give the bucket.
int DurationHistogram::BucketOf(int64_t nanos) {
  if (nanos < kBucketsPerOctave) return nanos < 0 ? 0 : static_cast<int>(nanos);
  const int octave = 63 - std::countl_zero(static_cast<uint64_t>(nanos));
  const int part = static_cast<int>(nanos >> (octave - 3)) & 7;
  return (octave - 2) * kBucketsPerOctave + part;
}

int64_t DurationHistogram::EndOf(int bucket) {
  if (bucket < kBucketsPerOctave) return bucket;
  const int shift = bucket / kBucketsPerOctave - 1;
  const int64_t begin = int64_t{8 + bucket % kBucketsPerOctave} << shift;
  return begin + ((int64_t{1} << shift) - 1);
}

int64_t DurationHistogram::QuantileNanos(double fraction) const {
  const int64_t count = Count();
  if (count == 0) return 0;
  const auto wanted =
      static_cast<int64_t>(std::ceil(fraction * static_cast<double>(count)));
  int64_t sum = 0;
  int last = 0;
  for (int i = 0; i < kBuckets; ++i) {
    const int64_t n = buckets_[i].load(std::memory_order_relaxed);
    if (n == 0) continue;
    sum += n;
    last = i;
    if (sum >= wanted) break;
  }
  return EndOf(last);
}

int64_t DurationHistogram::CountUpTo(int64_t nanos) const {
  int64_t sum = 0;
  for (int i = 0; i <= BucketOf(nanos); ++i) {
    sum += buckets_[i].load(std::memory_order_relaxed);
  }
  return sum;
}

int64_t DurationHistogram::Count() const {
  int64_t sum = 0;
  for (const auto& bucket : buckets_) {
    sum += bucket.load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace spiked
