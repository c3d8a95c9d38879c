// SPDX-License-Identifier: Apache-2.0

#include "server/statistics/histogram.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>

namespace spiked {
namespace {

TEST(DurationHistogram, IsEmptyAtFirst) {
  DurationHistogram histogram;
  EXPECT_EQ(histogram.Count(), 0);
  EXPECT_EQ(histogram.QuantileNanos(0.99), 0);
}

TEST(DurationHistogram, QuantilesAreWithinNinePercent) {
  auto histogram = std::make_unique<DurationHistogram>();
  for (int64_t i = 1; i <= 100'000; ++i) histogram->Add(i * 1000);
  for (double fraction : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    const double exact = fraction * 1e8;
    const auto found = static_cast<double>(histogram->QuantileNanos(fraction));
    EXPECT_GE(found, exact) << fraction;
    EXPECT_LE(found, exact * 1.125) << fraction;
  }
}

TEST(DurationHistogram, SmallDurationsAreExact) {
  DurationHistogram histogram;
  for (int64_t i = 0; i < 8; ++i) histogram.Add(i);
  EXPECT_EQ(histogram.QuantileNanos(0.5), 3);
  EXPECT_EQ(histogram.QuantileNanos(1), 7);
}

TEST(DurationHistogram, CountsUpToABound) {
  DurationHistogram histogram;
  histogram.Add(100);
  histogram.Add(10'000);
  histogram.Add(1'000'000);
  EXPECT_EQ(histogram.CountUpTo(50), 0);
  EXPECT_EQ(histogram.CountUpTo(200), 1);
  EXPECT_EQ(histogram.CountUpTo(20'000), 2);
  EXPECT_EQ(histogram.CountUpTo(2'000'000), 3);
  EXPECT_EQ(histogram.SumNanos(), 1'010'100);
}

TEST(DurationHistogram, TakesTheExtremes) {
  DurationHistogram histogram;
  histogram.Add(-5);
  histogram.Add(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(histogram.Count(), 2);
  EXPECT_EQ(histogram.QuantileNanos(0.5), 0);
  EXPECT_EQ(histogram.QuantileNanos(1), std::numeric_limits<int64_t>::max());
}

TEST(DurationHistogram, ClearForgets) {
  DurationHistogram histogram;
  histogram.Add(100);
  histogram.Clear();
  EXPECT_EQ(histogram.Count(), 0);
  EXPECT_EQ(histogram.SumNanos(), 0);
}

}  // namespace
}  // namespace spiked
