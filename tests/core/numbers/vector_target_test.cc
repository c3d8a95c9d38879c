// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/vector_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spiked {
namespace {

using ::testing::Contains;

TEST(VectorTarget, IsOneOfThoseThatRunHere) {
  EXPECT_THAT(VectorTargets(), Contains(VectorTarget()));
}

TEST(VectorTarget, CanBeForcedAndGivenBack) {
  const std::string best = VectorTarget();
  for (const std::string& name : VectorTargets()) {
    ASSERT_TRUE(ForceVectorTarget(name));
    EXPECT_EQ(VectorTarget(), name);
  }
  EXPECT_TRUE(ForceVectorTarget(""));
  EXPECT_EQ(VectorTarget(), best);
}

TEST(VectorTarget, UnknownNameIsRefusedAndChoosesTheBest) {
  const std::string best = VectorTarget();
  EXPECT_FALSE(ForceVectorTarget("PDP11"));
  EXPECT_EQ(VectorTarget(), best);
}

}  // namespace
}  // namespace spiked
