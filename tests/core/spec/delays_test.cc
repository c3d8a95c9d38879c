// SPDX-License-Identifier: Apache-2.0

#include "core/spec/delays.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

TEST(StepsOf, IsTheNearestNumberOfSteps) {
  EXPECT_EQ(StepsOf(1.5, 0.1), 15);
  EXPECT_EQ(StepsOf(0.14, 0.1), 1);
  EXPECT_EQ(StepsOf(0.16, 0.1), 2);
  EXPECT_EQ(StepsOf(0, 0.1), 0);
  EXPECT_EQ(StepsOf(1e15, 0.001), 1000000000000000000);
}

TEST(IsOnGrid, ForgivesTheRoundingOfDecimals) {
  for (int k = 1; k <= 1000; ++k) {
    EXPECT_TRUE(IsOnGrid(k * 0.1, 0.1)) << k;
    EXPECT_TRUE(IsOnGrid(0.1 * k / 10, 0.01)) << k;
  }
  EXPECT_FALSE(IsOnGrid(0.15, 0.1));
  EXPECT_FALSE(IsOnGrid(1.001, 1));
}

TEST(DelayStepsOf, DrawnDelaysAreRoundedIntoTheAllowedRange) {
  EXPECT_EQ(DelayStepsOf(1.26, 0.5), 3);
  EXPECT_EQ(DelayStepsOf(0.1, 1), 1);
  EXPECT_EQ(DelayStepsOf(-100, 1), 1);
  EXPECT_EQ(DelayStepsOf(1e9, 1), kMaxDelaySteps);
  EXPECT_EQ(DelayStepsOf(1e308, 0.001), kMaxDelaySteps);
}

}  // namespace
}  // namespace spiked
