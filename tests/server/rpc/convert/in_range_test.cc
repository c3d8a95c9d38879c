// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/in_range.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace spiked {
namespace {

std::string Problem(int64_t value, int64_t low, int64_t high) {
  Violations violations;
  const bool ok = CheckRange(value, low, high, "x", &violations);
  EXPECT_EQ(ok, violations.empty());
  return violations.Text();
}

TEST(InRange, BothBoundsAreInTheRange) {
  EXPECT_EQ(Problem(1, 1, 10), "");
  EXPECT_EQ(Problem(10, 1, 10), "");
  EXPECT_EQ(Problem(0, 1, 10), "x: 0 is not in [1, 10]");
  EXPECT_EQ(Problem(11, 1, 10), "x: 11 is not in [1, 10]");
  EXPECT_EQ(Problem(-5, -4, -2), "x: -5 is not in [-4, -2]");
}

TEST(InRange, LargeBoundsAreWrittenAsPowersOfTwo) {
  EXPECT_EQ(Problem(-1, 0, kMaxStep), "x: -1 is not in [0, 2^60]");
  EXPECT_EQ(Problem(kMaxStep + 1, 0, kMaxStep),
            "x: 1152921504606846977 is not in [0, 2^60]");
  EXPECT_EQ(Problem(-1, 0, kAnyInt64), "x: -1 is not in [0, 2^63)");
  EXPECT_EQ(Problem(kAnyInt64, 0, kAnyInt64), "");
  EXPECT_EQ(Problem(-1, 0, kAnyInt32), "x: -1 is not in [0, 2^31)");
  EXPECT_EQ(Problem(-1, 0, kMaxPopulationSize), "x: -1 is not in [0, 2^30]");
}

TEST(InRange, IndicesAreBelowTheEnd) {
  Violations violations;
  EXPECT_TRUE(CheckIndex(2, 3, "columns", 0, &violations));
  EXPECT_FALSE(CheckIndex(3, 3, "columns", 1, &violations));
  EXPECT_FALSE(CheckIndex(-1, 3, "columns", 2, &violations));
  EXPECT_EQ(violations.Text(),
            "columns[1]: 3 is not in [0, 3)\n"
            "columns[2]: -1 is not in [0, 3)");
}

TEST(InRange, NumbersAreNumbers) {
  Violations violations;
  EXPECT_TRUE(CheckNumber(0.5, 0, 1, "x", &violations));
  EXPECT_TRUE(CheckNumberOrZero(0, 1, 10, "x", "which means 1", &violations));
  EXPECT_FALSE(CheckNumber(std::numeric_limits<double>::quiet_NaN(), 0, 1, "x",
                           &violations));
  EXPECT_FALSE(
      CheckNumberOrZero(0.5, 1, 10, "y", "which means 1", &violations));
  EXPECT_EQ(violations.Text(),
            "x: nan is not in [0, 1]\n"
            "y: 0.5 is not in [1, 10], nor 0, which means 1");
}

}  // namespace
}  // namespace spiked
