// SPDX-License-Identifier: Apache-2.0
//
// Changes of pacing and pace while a session runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/server/session/session_fixture.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using ::testing::HasSubstr;

class SessionPaceTest : public SessionFixture {
 protected:
  static NetworkSpec Columnar() {
    return testing::MakeColumnarNetwork(Precision::kFloat32, 7);
  }

  // Runs all slices that are due now.
  static void RunDue(const std::shared_ptr<Session>& session, int64_t now) {
    for (int i = 0; i < 100'000; ++i) {
      const Schedulable::Due due = session->RunSlice();
      if (due.idle || due.due_nanos > now) return;
    }
    FAIL() << "always due";
  }

  // Lets time pass, and runs due slices every 0.1 ms.
  void Pass(const std::shared_ptr<Session>& session, double ms) {
    const int64_t end = clock_.NowNanos() + static_cast<int64_t>(ms * 1e6);
    while (clock_.NowNanos() < end) {
      clock_.AdvanceMs(0.1);
      RunDue(session, clock_.NowNanos());
    }
  }

  int64_t StepOf(const std::shared_ptr<Session>& session) {
    return session->status().step;
  }
};

TEST_F(SessionPaceTest, ThePaceChangesWhileItRuns) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  int64_t expected = 1;  // the first tick begins at once
  double before = 1;
  for (double pace : {1.0, 10.0, 0.1, 100.0, 0.5, 1.0}) {
    const auto changed = Do(session, UpdateCommand{.pace = pace});
    ASSERT_TRUE(changed.status.ok());
    EXPECT_EQ(changed.session.step, StepOf(session));
    EXPECT_EQ(changed.session.options.pace, pace);
    EXPECT_EQ(changed.session.state, SessionState::kRunning);
    Pass(session, 200);
    expected += static_cast<int64_t>(200 * pace);
    // A tick covers the coming millisecond or one step, whichever is longer.
    EXPECT_NEAR(static_cast<double>(StepOf(session)),
                static_cast<double>(expected), std::max(1.0, pace) + 1)
        << before << " to " << pace;
    expected = StepOf(session);
    before = pace;
  }
  EXPECT_EQ(session->metrics().slipped_s, 0);
}

TEST_F(SessionPaceTest, TheLengthOfTicksChangesWhileItRuns) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  for (double tick_ms : {10.0, 2.0, 50.0, 1.0}) {
    ASSERT_TRUE(Do(session, UpdateCommand{.tick_ms = tick_ms}).status.ok());
    Pass(session, 200);
    // The step advances by whole ticks.
    const int64_t step = StepOf(session);
    Pass(session, tick_ms);
    EXPECT_EQ(StepOf(session), step + static_cast<int64_t>(tick_ms));
  }
  EXPECT_NEAR(static_cast<double>(StepOf(session)), 4 * 200 + 63, 50);
  EXPECT_EQ(session->metrics().slipped_s, 0);

  Do(session, UpdateCommand{.pacing = Pacing::kLockstep});
  const auto refused = Do(session, UpdateCommand{.tick_ms = 2});
  EXPECT_EQ(refused.status.message(),
            "tick_ms: session \"sessions/test\" is LOCKSTEP; only REAL_TIME "
            "sessions have one");
}

TEST_F(SessionPaceTest, ManyChangesNeitherGainNorLoseTime) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  // Half of the time at pace 2 and half at 0.5 give 1.25 steps per millisecond.
  // Each change is in the middle of a tick.
  for (int i = 0; i < 400; ++i) {
    Do(session, UpdateCommand{.pace = i % 2 == 0 ? 2.0 : 0.5});
    Pass(session, 2.5);
  }
  EXPECT_NEAR(static_cast<double>(StepOf(session)), 1250, 4);
}

TEST_F(SessionPaceTest, EveryPacingLeadsToEveryOther) {
  // A slice that is not paced ends when time has passed.
  clock_.set_nanos_per_look(100'000);
  const std::vector<Pacing> all = {Pacing::kRealTime, Pacing::kFreeRun,
                                   Pacing::kLockstep};
  for (Pacing from : all) {
    for (Pacing to : all) {
      const auto session = MakeSession(Columnar(), {.pacing = from});
      if (from != Pacing::kLockstep) Do(session, StartCommand{});
      for (int i = 0; i < 5; ++i) session->RunSlice();
      const int64_t step = StepOf(session);
      const auto changed = Do(session, UpdateCommand{.pacing = to});
      ASSERT_TRUE(changed.status.ok()) << changed.status;
      EXPECT_EQ(changed.session.step, step);
      EXPECT_EQ(session->options().pacing, to);
      const bool runs = from != Pacing::kLockstep && to != Pacing::kLockstep;
      EXPECT_EQ(changed.session.state,
                runs ? SessionState::kRunning : SessionState::kPaused);
      if (to == Pacing::kLockstep) {
        EXPECT_EQ(
            Do(session, AdvanceCommand{.step_count = 3}).completed_step_count,
            3);
        EXPECT_EQ(Do(session, StartCommand{}).status.code(),
                  absl::StatusCode::kFailedPrecondition);
      } else {
        Do(session, StartCommand{});
        for (int i = 0; i < 30; ++i) session->RunSlice();
        EXPECT_GT(StepOf(session), step);
      }
    }
  }
}

TEST_F(SessionPaceTest, SpikesDontDependOnThePace) {
  testing::Simulation plain(Columnar());
  plain.Run(300);
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{.stop_step = 250});
  Pass(session, 40);
  Do(session, UpdateCommand{.pace = 7});
  Pass(session, 5);
  clock_.set_nanos_per_look(100'000);
  Do(session, UpdateCommand{.pacing = Pacing::kFreeRun});
  session->RunSlice();
  clock_.set_nanos_per_look(0);
  Do(session, UpdateCommand{.pacing = Pacing::kRealTime, .pace = 100});
  Pass(session, 10);
  EXPECT_EQ(StepOf(session), 250);
  Do(session, UpdateCommand{.pacing = Pacing::kLockstep});
  Do(session, AdvanceCommand{.step_count = 50});
  EXPECT_EQ(session->metrics().spike_count,
            static_cast<int64_t>(plain.spikes().size()));
}

// As after a stopped process or a suspended machine: time has passed, and
// nothing ran.
TEST_F(SessionPaceTest, AGapOfSecondsIsACountedSlipWithoutABurst) {
  for (LatenessPolicy policy :
       {LatenessPolicy::kCatchUp, LatenessPolicy::kSlip}) {
    for (double pace : {0.1, 1.0, 10.0, 100.0}) {
      const auto session =
          MakeSession(Columnar(), {.pace = pace, .lateness_policy = policy});
      Do(session, StartCommand{});
      Pass(session, 20);
      const int64_t before = StepOf(session);
      clock_.AdvanceMs(5000);
      RunDue(session, clock_.NowNanos());
      const auto tick =
          static_cast<int64_t>(std::max(1.0, pace));  // steps of one
      EXPECT_EQ(StepOf(session), before + tick) << pace;
      EXPECT_NEAR(session->metrics().slipped_s, 5, 0.011) << pace;
      Pass(session, 100);
      EXPECT_NEAR(static_cast<double>(StepOf(session) - before), 100 * pace,
                  2 * static_cast<double>(tick))
          << pace;
    }
  }
}

TEST_F(SessionPaceTest, AShortGapIsCaughtUpInABoundedBurst) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  Pass(session, 20);
  const int64_t before = StepOf(session);
  clock_.AdvanceMs(9);
  RunDue(session, clock_.NowNanos());
  EXPECT_EQ(StepOf(session), before + 9);
  EXPECT_EQ(session->metrics().slipped_s, 0);
  // A gap of more than ten periods slips, and only one tick runs.
  clock_.AdvanceMs(30);
  RunDue(session, clock_.NowNanos());
  EXPECT_EQ(StepOf(session), before + 10);
}

TEST_F(SessionPaceTest, AChangeOfALateSessionSlipsAndSaysSo) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  Pass(session, 10);
  const int64_t before = StepOf(session);
  clock_.AdvanceMs(6);
  Do(session, UpdateCommand{.pace = 2});
  RunDue(session, clock_.NowNanos());
  EXPECT_EQ(StepOf(session), before + 2);
  EXPECT_NEAR(session->metrics().slipped_s, 0.005, 0.0011);
}

TEST_F(SessionPaceTest, ATickUnderWayEndsWhereItIs) {
  const auto session = MakeSession(Columnar(), {.pace = 100});
  clock_.set_nanos_per_look(100'000);
  Do(session, StartCommand{});  // half a millisecond of a hundred steps
  clock_.set_nanos_per_look(0);
  const int64_t step = StepOf(session);
  ASSERT_GT(step, 0);
  ASSERT_LT(step, 100);
  Do(session, UpdateCommand{.pace = 1});
  EXPECT_EQ(StepOf(session), step + 1);  // the first tick is due at once
  RunMs(session, 10);
  EXPECT_EQ(StepOf(session), step + 11);
}

TEST_F(SessionPaceTest, OnlyWhatIsGivenChanges) {
  const auto session = MakeSession(
      Columnar(), {.pace = 3, .lateness_policy = LatenessPolicy::kSlip});
  const int64_t revision = session->status().revision;
  Do(session, UpdateCommand{.lifetime = {.labels = {{{"a", "b"}}}}});
  EXPECT_EQ(session->options().pace, 3);
  EXPECT_EQ(session->options().lateness_policy, LatenessPolicy::kSlip);
  EXPECT_TRUE(session->lifetime()->HasLabels({{"a", "b"}}));
  EXPECT_GT(session->status().revision, revision);
}

TEST_F(SessionPaceTest, APaceIsForRealTimeOnlyAndNothingElseChanges) {
  const auto session = MakeSession(Columnar(), {.pacing = Pacing::kLockstep});
  const auto refused =
      Do(session,
         UpdateCommand{.pace = 2, .lifetime = {.labels = {{{"a", "b"}}}}});
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status.message()), HasSubstr("LOCKSTEP"));
  EXPECT_FALSE(session->lifetime()->HasLabels({{"a", "b"}}));
}

TEST_F(SessionPaceTest, AnAdvanceUnderWayGoesOn) {
  const auto session = MakeSession(Columnar(), {.pacing = Pacing::kLockstep});
  AdvanceResult advanced;
  session->Post(AdvanceCommand{.step_count = 50},
                [&](AdvanceResult result) { advanced = std::move(result); });
  clock_.set_nanos_per_look(100'000);
  session->RunSlice();
  ASSERT_LT(StepOf(session), 50);
  EXPECT_TRUE(
      Do(session, UpdateCommand{.pacing = Pacing::kRealTime}).status.ok());
  for (int i = 0; i < 100; ++i) session->RunSlice();
  EXPECT_EQ(advanced.completed_step_count, 50);
}

// ---- Load

class SessionLoadTest : public SessionPaceTest {
 protected:
  // Makes a session whose steps have a cost: every reading of the clock takes
  // time.
  std::shared_ptr<Session> MakeLoad(SessionOptions options) {
    clock_.set_nanos_per_look(kLookNanos);
    auto session = std::make_shared<Session>(
        "load", options,
        Session::Environment{&clock_, &scheduler_, &statistics_, 1 << 20,
                             &loads_});
    auto network = Compile(Columnar());
    EXPECT_TRUE(network.ok());
    session->Attach(*std::move(network), 1000);
    clock_.set_nanos_per_look(0);
    return session;
  }

  // The cost of a timed step: one reading of the clock.
  static constexpr int64_t kLookNanos = 200'000;
  LoadBook loads_{1};
};

TEST_F(SessionLoadTest, IsMeasuredBeforeTheFirstRun) {
  // 0.2 ms for each step of 1 ms.
  EXPECT_NEAR(MakeLoad({})->metrics().expected_load, 0.2, 0.02);
  EXPECT_NEAR(MakeLoad({.pace = 3})->metrics().expected_load, 0.6, 0.05);
  EXPECT_EQ(MakeLoad({.pacing = Pacing::kFreeRun})->metrics().expected_load, 0);
}

TEST_F(SessionLoadTest, TimingLeavesTheSessionAsItWas) {
  const auto timed = MakeLoad({.pacing = Pacing::kLockstep});
  testing::Simulation plain(Columnar());
  plain.Run(100);
  Do(timed, AdvanceCommand{.step_count = 100});
  EXPECT_EQ(timed->metrics().spike_count,
            static_cast<int64_t>(plain.spikes().size()));
  EXPECT_EQ(timed->status().step, 100);
}

TEST_F(SessionLoadTest, RefusesWhatDoesNotFit) {
  const auto first = MakeLoad({.pace = 3});  // 0.6
  const auto second = MakeLoad(
      {.pace = 2, .admission_policy = AdmissionPolicy::kRefuse});  // 0.4
  EXPECT_TRUE(Do(first, StartCommand{}).status.ok());
  EXPECT_EQ(first->admitted(), true);
  const auto refused = Do(second, StartCommand{});
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(refused.session.state, SessionState::kPaused);
  for (const char* part : {"a load of 0.4", "0.3", "of 0.900 are free"}) {
    EXPECT_THAT(std::string(refused.status.message()), HasSubstr(part));
  }
  EXPECT_EQ(second->admitted(), std::nullopt);
  // The load fits when the first session is paused.
  Do(first, PauseCommand{});
  EXPECT_TRUE(Do(second, StartCommand{}).status.ok());
  EXPECT_EQ(second->admitted(), true);
  EXPECT_NEAR(first->metrics().free_load, 0.5, 0.05);
}

TEST_F(SessionLoadTest, RunsLateAndSaysSo) {
  const auto first = MakeLoad({.pace = 3});
  const auto second = MakeLoad({.pace = 2});
  Do(first, StartCommand{});
  EXPECT_TRUE(Do(second, StartCommand{}).status.ok());
  EXPECT_EQ(first->admitted(), true);
  EXPECT_EQ(second->admitted(), false);
  Do(first, DeleteCommand{});
  EXPECT_EQ(second->admitted(), true);
}

TEST_F(SessionLoadTest, TheStartMaySayOtherwise) {
  const auto session = MakeLoad({.pace = 10});
  EXPECT_EQ(
      Do(session, StartCommand{.admission_policy = AdmissionPolicy::kRefuse})
          .status.code(),
      absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Do(session, StartCommand{}).status.ok());
  EXPECT_EQ(session->admitted(), false);
}

TEST_F(SessionLoadTest, AFasterPaceMustFitToo) {
  const auto session = MakeLoad({.admission_policy = AdmissionPolicy::kRefuse});
  Do(session, StartCommand{});
  const auto refused = Do(session, UpdateCommand{.pace = 5});
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(session->options().pace, 1);
  EXPECT_EQ(session->admitted(), true);
  EXPECT_TRUE(Do(session, UpdateCommand{.pace = 4}).status.ok());
  // Sessions of other pacings take no load.
  clock_.set_nanos_per_look(100'000);
  Do(session, UpdateCommand{.pacing = Pacing::kFreeRun});
  EXPECT_EQ(loads_.total(), 0);
}

TEST_F(SessionLoadTest, WhoAsksForNoMoreIsNotRefused) {
  const auto session =
      MakeLoad({.pace = 2, .admission_policy = AdmissionPolicy::kRefuse});
  Do(session, StartCommand{});
  // Another session starts meanwhile and runs late.
  const auto late = MakeLoad({.pace = 10});
  Do(late, StartCommand{});
  EXPECT_TRUE(Do(session, UpdateCommand{.lifetime = {.ttl_s = 9}}).status.ok());
  EXPECT_TRUE(Do(session, UpdateCommand{.pace = 1.5}).status.ok());
  // The late session takes nothing from it, one that fits does.
  EXPECT_TRUE(Do(session, UpdateCommand{.pace = 2}).status.ok());
  const auto other = MakeLoad({.pace = 2});
  Do(other, StartCommand{});
  EXPECT_EQ(other->admitted(), true);
  EXPECT_EQ(late->admitted(), false);
  EXPECT_EQ(Do(session, UpdateCommand{.pace = 3}).status.code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(session->options().pace, 2);
}

TEST_F(SessionLoadTest, IsMeasuredAgainWhileItRuns) {
  const auto session = MakeLoad({});
  Do(session, StartCommand{});
  EXPECT_NEAR(loads_.total(), 0.2, 0.02);
  // Each step takes no time now.
  RunMs(session, 2100);
  EXPECT_NEAR(loads_.total(), 0, 1e-3);
}

}  // namespace
}  // namespace spiked
