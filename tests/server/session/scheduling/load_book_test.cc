// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/load_book.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

constexpr bool kRefuse = true;
constexpr bool kRunLate = false;

// A book of two workers, which has a capacity of 1.8.
class LoadBookTest : public ::testing::Test {
 protected:
  LoadBook book_{2};
  const char who_[4] = {};
  const void* a_ = &who_[0];
  const void* b_ = &who_[1];
  const void* c_ = &who_[2];
};

TEST_F(LoadBookTest, LoadsFitUpToNineTenths) {
  EXPECT_TRUE(book_.Enter(a_, 1.0, kRefuse).fits);
  const LoadBook::Verdict no = book_.Enter(b_, 0.81, kRefuse);
  EXPECT_FALSE(no.fits);
  EXPECT_NEAR(no.free, 0.8, 1e-12);
  EXPECT_EQ(book_.total(), 1.0);
  EXPECT_TRUE(book_.Enter(b_, 0.79, kRefuse).fits);
}

TEST_F(LoadBookTest, OneThatDoesNotFitTakesNothingFromThoseAfterIt) {
  book_.Enter(a_, 1.0, kRunLate);
  const LoadBook::Verdict late = book_.Enter(b_, 9.0, kRunLate);
  EXPECT_FALSE(late.fits);
  EXPECT_NEAR(late.free, 0.8, 1e-12);
  EXPECT_TRUE(book_.Enter(c_, 0.8, kRunLate).fits);
  EXPECT_TRUE(book_.Look(a_).fits);
  EXPECT_FALSE(book_.Look(b_).fits);
  EXPECT_TRUE(book_.Look(c_).fits);
  EXPECT_NEAR(book_.Look(c_).free, 0.8, 1e-12);
  EXPECT_NEAR(book_.Look(b_).free, 0, 1e-12);
  EXPECT_NEAR(book_.fitting(), 1.8, 1e-12);
  EXPECT_NEAR(book_.total(), 10.8, 1e-12);
}

// A session can't be on time with more than its threads can do.
TEST_F(LoadBookTest, OneSessionFitsIntoItsOwnThreads) {
  const LoadBook::Verdict late = book_.Enter(a_, 1.0, kRunLate, 1);
  EXPECT_FALSE(late.fits);
  EXPECT_NEAR(late.free, 0.9, 1e-12);
  EXPECT_FALSE(book_.Look(a_).fits);
  EXPECT_EQ(book_.fitting(), 0);
  EXPECT_TRUE(book_.Enter(b_, 1.0, kRunLate, 2).fits);
  book_.Update(a_, 0.7);
  EXPECT_TRUE(book_.Look(a_).fits);
}

TEST_F(LoadBookTest, OneThatLeavesMakesRoomForTheNext) {
  book_.Enter(a_, 1.0, kRunLate);
  book_.Enter(b_, 1.0, kRunLate);
  const int64_t revision = book_.revision();
  EXPECT_FALSE(book_.Look(b_).fits);
  book_.Leave(a_);
  EXPECT_TRUE(book_.Look(b_).fits);
  EXPECT_NE(book_.revision(), revision);
}

TEST_F(LoadBookTest, AskingForMoreIsLikeComingLater) {
  book_.Enter(a_, 0.8, kRunLate);
  book_.Enter(b_, 0.8, kRunLate);
  EXPECT_TRUE(book_.Enter(a_, 0.7, kRefuse).fits);   // less: keeps its place
  EXPECT_FALSE(book_.Enter(a_, 1.1, kRefuse).fits);  // refused: nothing changes
  EXPECT_NEAR(book_.total(), 1.5, 1e-12);
  EXPECT_FALSE(book_.Enter(a_, 1.1, kRunLate).fits);
  EXPECT_TRUE(book_.Look(b_).fits);
  EXPECT_FALSE(book_.Look(a_).fits);
}

TEST_F(LoadBookTest, MeasurementsCountForThoseWhoRun) {
  book_.Enter(a_, 0.1, kRunLate);
  book_.Update(a_, 1.7);
  book_.Update(b_, 9);
  EXPECT_EQ(book_.total(), 1.7);
  EXPECT_FALSE(book_.Enter(b_, 0.2, kRefuse).fits);
  book_.Leave(a_);
  book_.Leave(a_);
  EXPECT_EQ(book_.total(), 0);
}

}  // namespace
}  // namespace spiked
