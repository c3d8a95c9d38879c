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

// Times as users compute them, up to more than 100 hours.
TEST(Delays, TimesOnTheGridAreFoundHoweverLate) {
  for (double dt_ms : {0.001, 0.025, 0.1, 1.0 / 3, 0.5, 1.0}) {
    for (int64_t steps :
         {int64_t{0}, int64_t{1}, int64_t{3}, int64_t{7}, int64_t{65535},
          int64_t{1'000'003}, int64_t{14'400'000'001}}) {
      const double ms = static_cast<double>(steps) * dt_ms;
      EXPECT_TRUE(IsOnGrid(ms, dt_ms)) << ms << " " << dt_ms;
      EXPECT_EQ(StepsOf(ms, dt_ms), steps);
      EXPECT_EQ(StepsCovering(ms, dt_ms), static_cast<double>(steps));
      for (double part : {0.01, 0.5, 0.99}) {
        const double between = (static_cast<double>(steps) + part) * dt_ms;
        EXPECT_FALSE(IsOnGrid(between, dt_ms)) << between << " " << dt_ms;
        EXPECT_EQ(StepsCovering(between, dt_ms),
                  static_cast<double>(steps + 1));
      }
    }
  }
  EXPECT_TRUE(IsOnGrid(0.1 + 0.2, 0.1));
  EXPECT_EQ(StepsCovering(0.1 + 0.2, 0.1), 3);
}

}  // namespace
}  // namespace spiked
