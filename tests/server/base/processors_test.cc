// SPDX-License-Identifier: Apache-2.0

#include "server/base/processors.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace spiked {
namespace {

TEST(Processors, AThreadStaysWhereItIsTold) {
  const std::vector<int> allowed = AllowedProcessors();
  ASSERT_FALSE(allowed.empty());
  std::vector<int> left;
  std::thread([&] {
    ASSERT_TRUE(StayOnProcessor(allowed.back()));
    left = AllowedProcessors();
  }).join();
  EXPECT_EQ(left, std::vector<int>{allowed.back()});
  EXPECT_EQ(AllowedProcessors(), allowed);  // of other threads
}

TEST(Processors, OneThatDoesNotExistIsRefused) {
  const std::vector<int> allowed = AllowedProcessors();
  std::thread([] { EXPECT_FALSE(StayOnProcessor(1023)); }).join();
  EXPECT_EQ(AllowedProcessors(), allowed);
}

}  // namespace
}  // namespace spiked
