// SPDX-License-Identifier: Apache-2.0

#include "server/security/memory_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/status_payload.h"

namespace spiked {
namespace {

TEST(MemoryGuard, IsTightFrom85PercentUntilBelow80) {
  MemoryGuard guard(1'000'000);
  for (const auto& [used, tight] : {std::pair(0, false),
                                    {849'999, false},
                                    {850'000, true},
                                    {999'999, true},
                                    {800'000, true},
                                    {799'999, false},
                                    {849'999, false},
                                    {850'000, true}}) {
    guard.Update(used);
    EXPECT_EQ(guard.tight(), tight) << used;
  }
  EXPECT_EQ(guard.used_bytes(), 850'000);
}

TEST(MemoryGuard, SaysWhyAndWhenToTryAgain) {
  MemoryGuard guard(1'000'000'000);
  EXPECT_TRUE(guard.Check().ok());
  guard.Update(900'000'000);
  EXPECT_EQ(std::string(guard.Check().message()),
            "the server uses 900.0 MB of the 1000.0 MB that it may have; "
            "nothing may grow until it uses less than 80 %");
  EXPECT_EQ(QuotaOf(guard.Check()), "server_memory");
  EXPECT_TRUE(RetryNanosOf(guard.Check()).has_value());
}

TEST(MemoryGuard, WithoutALimitIsNeverTight) {
  MemoryGuard guard(0);
  guard.Update(int64_t{1} << 60);
  EXPECT_FALSE(guard.tight());
}

}  // namespace
}  // namespace spiked
