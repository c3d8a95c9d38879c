// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/pacer.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

constexpr int64_t kMsNanos = 1'000'000;

TEST(Pacer, TicksLastAboutAMillisecondInWholeSteps) {
  struct Row {
    double dt_ms, pace;
    int64_t steps;
    double period_ms;
  };
  for (const Row& row : {Row{1, 1, 1, 1}, Row{0.1, 1, 10, 1}, Row{1, 10, 10, 1},
                         Row{1, 0.1, 1, 10}, Row{0.3, 1, 3, 0.9},
                         Row{10, 1, 1, 10}, Row{0.7, 1, 1, 0.7}}) {
    const Pacer pacer(row.dt_ms, row.pace, LatenessPolicy::kCatchUp);
    EXPECT_EQ(pacer.steps_per_tick(), row.steps) << row.dt_ms << row.pace;
    EXPECT_NEAR(pacer.period_nanos(), row.period_ms * kMsNanos, 1e-3);
  }
}

TEST(Pacer, TicksHaveTheWantedLength) {
  const Pacer ten(1, 1, LatenessPolicy::kCatchUp, 10);
  EXPECT_EQ(ten.steps_per_tick(), 10);
  EXPECT_NEAR(ten.period_nanos(), 10 * kMsNanos, 1e-3);
  const Pacer short_tick(0.1, 2, LatenessPolicy::kCatchUp, 0.2);
  EXPECT_EQ(short_tick.steps_per_tick(), 4);
  EXPECT_NEAR(short_tick.period_nanos(), 0.2 * kMsNanos, 1e-3);
  const Pacer one_step(1, 1, LatenessPolicy::kCatchUp, 0.1);
  EXPECT_EQ(one_step.steps_per_tick(), 1);
  EXPECT_NEAR(one_step.period_nanos(), 1 * kMsNanos, 1e-3);
}

TEST(Pacer, PunctualTicksFollowTheScheduleWithoutDrift) {
  Pacer pacer(0.3, 1, LatenessPolicy::kCatchUp);
  pacer.Start(5 * kMsNanos);
  for (int i = 0; i < 100'000; ++i) {
    const Pacer::Tick tick = pacer.Begin(pacer.due_nanos());
    ASSERT_EQ(tick.lateness_nanos, 0);
  }
  EXPECT_NEAR(static_cast<double>(pacer.due_nanos()), (5 + 90'000.0) * kMsNanos,
              2);
}

TEST(Pacer, CatchUpMakesTheNextTicksDueAtOnce) {
  Pacer pacer(1, 1, LatenessPolicy::kCatchUp);
  pacer.Start(0);
  const Pacer::Tick late = pacer.Begin(4 * kMsNanos + 1);
  EXPECT_EQ(late.lateness_nanos, 4 * kMsNanos + 1);
  EXPECT_EQ(late.slipped_nanos, 0);
  // Ticks 1 to 4 are overdue at the same moment, tick 5 is not.
  for (int i = 1; i <= 4; ++i) {
    ASSERT_LE(pacer.due_nanos(), 4 * kMsNanos + 1);
    pacer.Begin(4 * kMsNanos + 1);
  }
  EXPECT_EQ(pacer.due_nanos(), 5 * kMsNanos);
}

TEST(Pacer, SlipMovesTheScheduleByTheTimeLost) {
  Pacer pacer(1, 1, LatenessPolicy::kSlip);
  pacer.Start(0);
  const Pacer::Tick late = pacer.Begin(3 * kMsNanos);
  EXPECT_EQ(late.slipped_nanos, 3 * kMsNanos);
  EXPECT_EQ(pacer.due_nanos(), 4 * kMsNanos);
}

TEST(Pacer, SlipToleratesLessThanAPeriod) {
  Pacer pacer(1, 1, LatenessPolicy::kSlip);
  pacer.Start(0);
  EXPECT_EQ(pacer.Begin(kMsNanos / 2).slipped_nanos, 0);
  EXPECT_EQ(pacer.due_nanos(), kMsNanos);
}

TEST(Pacer, CatchUpIsBounded) {
  Pacer pacer(1, 1, LatenessPolicy::kCatchUp);
  pacer.Start(0);
  EXPECT_EQ(pacer.Begin(11 * kMsNanos).slipped_nanos, 11 * kMsNanos);
  EXPECT_EQ(pacer.due_nanos(), 12 * kMsNanos);
}

TEST(Pacer, AGapOverASecondAlwaysSlips) {
  // Ten periods would be five seconds, but a gap of over one second slips.
  Pacer pacer(500, 1, LatenessPolicy::kCatchUp);
  pacer.Start(0);
  EXPECT_EQ(pacer.Begin(900 * kMsNanos).slipped_nanos, 0);
  pacer.Start(0);
  EXPECT_EQ(pacer.Begin(1001 * kMsNanos).slipped_nanos, 1001 * kMsNanos);
}

}  // namespace
}  // namespace spiked
