// SPDX-License-Identifier: Apache-2.0

#include "server/base/free_memory.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kSecondNanos = 1'000'000'000;

class FreeMemoryScheduleTest : public ::testing::Test {
 protected:
  // The seconds until memory is given back, of what is looked at once a second.
  int64_t SecondsUntilDue(int64_t used_mib, int64_t reserved_mib = 0) {
    const int64_t begin = seconds_;
    do {
      ++seconds_;
    } while (!schedule_.IsDue(seconds_ * kSecondNanos, used_mib * kMiB,
                              reserved_mib * kMiB) &&
             seconds_ < begin + 1000);
    return seconds_ - begin;
  }
  void GiveBack(int64_t before_mib, int64_t after_mib,
                int64_t reserved_mib = 0) {
    schedule_.Done(seconds_ * kSecondNanos, before_mib * kMiB, after_mib * kMiB,
                   reserved_mib * kMiB);
  }

  FreeMemorySchedule schedule_;
  int64_t seconds_ = 0;
};

TEST_F(FreeMemoryScheduleTest, IsRareIfItDoesNotPay) {
  for (const int64_t wait : {5, 10, 20, 40, 60, 60}) {
    EXPECT_EQ(SecondsUntilDue(30), wait);
    GiveBack(30, 29);
  }
}

TEST_F(FreeMemoryScheduleTest, GoesOnWhileItPays) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(SecondsUntilDue(30), 5);
    GiveBack(30, 20);
  }
}

TEST_F(FreeMemoryScheduleTest, IsSoonAfterGrowth) {
  for (int i = 0; i < 6; ++i) {
    SecondsUntilDue(30);
    GiveBack(30, 30);
  }
  EXPECT_EQ(SecondsUntilDue(63), 5);
}

TEST_F(FreeMemoryScheduleTest, IsSoonAfterSomethingLargeWasFreed) {
  for (int i = 0; i < 6; ++i) {
    SecondsUntilDue(300, 200);
    GiveBack(300, 300, 200);
  }
  // What the ledger gave back may still be kept by the C library.
  EXPECT_EQ(SecondsUntilDue(300, 100), 5);
}

}  // namespace
}  // namespace spiked
