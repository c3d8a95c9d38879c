// SPDX-License-Identifier: Apache-2.0

#include "server/session/session_lifetime.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/server/fake_clock.h"

namespace spiked {
namespace {

using End = SessionLifetime::End;

class SessionLifetimeTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  std::shared_ptr<SessionLifetime> lifetime_ =
      std::make_shared<SessionLifetime>(&clock_);
};

TEST_F(SessionLifetimeTest, NothingEndsByItself) {
  clock_.AdvanceMs(1e9);
  EXPECT_EQ(lifetime_->Check(), End::kNone);
  EXPECT_FALSE(lifetime_->view().expire_time.has_value());
}

TEST_F(SessionLifetimeTest, TimeToLiveRunsWhetherItIsUsedOrNot) {
  const auto before = std::chrono::system_clock::now();
  lifetime_->Change({.ttl_s = 2});
  EXPECT_GE(*lifetime_->view().expire_time, before + std::chrono::seconds(2));
  const SessionUse use(lifetime_);
  clock_.AdvanceMs(1999);
  EXPECT_EQ(lifetime_->Check(), End::kNone);
  clock_.AdvanceMs(1);
  EXPECT_EQ(lifetime_->Check(), End::kExpired);
}

TEST_F(SessionLifetimeTest, ANewTimeToLiveBeginsNow) {
  lifetime_->Change({.ttl_s = 2});
  clock_.AdvanceMs(1900);
  lifetime_->Change({.ttl_s = 1});
  clock_.AdvanceMs(900);
  EXPECT_EQ(lifetime_->Check(), End::kNone);
  lifetime_->Change({.ttl_s = 0});
  clock_.AdvanceMs(1e6);
  EXPECT_EQ(lifetime_->Check(), End::kNone);
  EXPECT_FALSE(lifetime_->view().expire_time.has_value());
}

TEST_F(SessionLifetimeTest, IdleIsTimeWithoutUse) {
  lifetime_->Change({.idle_timeout_s = 3});
  clock_.AdvanceMs(2900);
  lifetime_->Touch();
  clock_.AdvanceMs(2900);
  EXPECT_EQ(lifetime_->Check(), End::kNone);
  {
    SessionUse use(lifetime_);
    const SessionUse moved = std::move(use);
    clock_.AdvanceMs(10'000);
    EXPECT_EQ(lifetime_->Check(), End::kNone);
  }
  // The idle time counts from the end of a use.
  clock_.AdvanceMs(2999);
  EXPECT_EQ(lifetime_->Check(), End::kNone);
  clock_.AdvanceMs(1);
  EXPECT_EQ(lifetime_->Check(), End::kIdle);
}

TEST_F(SessionLifetimeTest, StreamsAreUsesThatAreCounted) {
  lifetime_->Change({.idle_timeout_s = 3});
  SessionUse stream(lifetime_, SessionUse::Kind::kStream);
  const SessionUse call(lifetime_);
  EXPECT_EQ(lifetime_->stream_count(), 1);
  clock_.AdvanceMs(10'000);
  EXPECT_EQ(lifetime_->Check(), End::kNone);
  stream = SessionUse();
  EXPECT_EQ(lifetime_->stream_count(), 0);
}

TEST_F(SessionLifetimeTest, LabelsAreReplacedAsAWhole) {
  lifetime_->Change({.labels = {{{"a", "1"}, {"b", "2"}}}});
  EXPECT_TRUE(lifetime_->HasLabels({}));
  EXPECT_TRUE(lifetime_->HasLabels({{"b", "2"}}));
  EXPECT_FALSE(lifetime_->HasLabels({{"b", "1"}}));
  lifetime_->Change({.labels = {{{"b", "1"}}}});
  EXPECT_FALSE(lifetime_->HasLabels({{"a", "1"}}));
  EXPECT_TRUE(lifetime_->HasLabels({{"b", "1"}}));
}

}  // namespace
}  // namespace spiked
