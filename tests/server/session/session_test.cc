// SPDX-License-Identifier: Apache-2.0

#include "server/session/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/compile.h"
#include "core/network/state_hash.h"
#include "core/step.h"
#include "server/security/memory_ledger.h"
#include "server/session/history/spike_cursor.h"
#include "server/session/history/state_probe.h"
#include "server/session/mailbox.h"
#include "server/session/session_body.h"
#include "server/session/session_environment.h"
#include "tests/server/session/session_fixture.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using SessionTest = SessionFixture;

NetworkSpec Columnar() {
  return testing::MakeColumnarNetwork(Precision::kFloat32, 7);
}

// One neuron that spikes in every step as long as it is driven.
NetworkSpec Relay() {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations.push_back(
      testing::MakePopulation("relay", "spike_source", 3));
  return spec;
}

StimulusSpec Drive(int64_t start, double duration_ms) {
  StimulusSpec stimulus;
  stimulus.population = "relay";
  stimulus.start = start;
  stimulus.kind = CurrentStimulusSpec{{1}, duration_ms};
  return stimulus;
}

TEST_F(SessionTest, IsPausedAtStepZeroOnceItHasANetwork) {
  const auto session = MakeSession(Columnar());
  EXPECT_EQ(session->status().state, SessionState::kPaused);
  EXPECT_EQ(session->status().step, 0);
}

TEST_F(SessionTest, RefusesCommandsWhileItIsCreated) {
  const auto session = std::make_shared<Session>(
      "new", SessionOptions{},
      Session::Environment{&clock_, &scheduler_, &statistics_, 1 << 20});
  const auto outcome = Do(session, ResetCommand{});
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr("CREATING"));
}

TEST_F(SessionTest, RealTimeFollowsTheClock) {
  const auto session = MakeSession(Columnar());
  ASSERT_TRUE(Do(session, StartCommand{}).status.ok());
  RunMs(session, 50);
  // Tick k begins k ms after the start, and covers step k.
  EXPECT_EQ(session->status().step, 51);
  EXPECT_EQ(session->status().state, SessionState::kRunning);
}

TEST_F(SessionTest, PaceScalesTime) {
  const auto session = MakeSession(Columnar(), {.pace = 5});
  Do(session, StartCommand{});
  RunMs(session, 10);
  EXPECT_EQ(session->status().step, 55);
}

TEST_F(SessionTest, LateTicksAreCaughtUp) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  clock_.AdvanceMs(5.5);
  for (int i = 0; i < 20; ++i) session->RunSlice();
  EXPECT_EQ(session->status().step, 6);
  EXPECT_NEAR(session->metrics().lateness_max_s, 0.0045, 1e-6);
}

TEST_F(SessionTest, ATickWhoseStepsTakeLongIsRunInSlices) {
  const auto session = MakeSession(Relay(), {.pace = 100});
  Do(session, StartCommand{.stop_step = 150});
  clock_.set_nanos_per_look(100'000);
  int slices = 0;
  for (; session->status().state == SessionState::kRunning; ++slices) {
    const int64_t before = session->status().step;
    session->RunSlice();
    EXPECT_LE(session->status().step - before, 6);
    ASSERT_LT(slices, 1000);
  }
  EXPECT_GT(slices, 20);
  EXPECT_EQ(session->status().step, 150);
}

TEST_F(SessionTest, ALongGapSlipsAndSkipsNoStep) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  clock_.AdvanceMs(5000);
  for (int i = 0; i < 20; ++i) session->RunSlice();
  EXPECT_EQ(session->status().step, 2);
  EXPECT_NEAR(session->metrics().slipped_s, 4.999, 1e-6);
  EXPECT_NEAR(static_cast<double>(statistics_.slipped_nanos.Get()) / 1e9, 4.999,
              1e-6);
}

// Memory that ends, and other errors of libraries, must not end the process.
TEST_F(SessionTest, FailsWhereItsWorkThrows) {
  std::vector<std::string> reports;
  SessionEnvironment environment{&clock_, &scheduler_, &statistics_, 1 << 20};
  environment.report_failure = [&](const std::string& key,
                                   const std::string& what) {
    reports.push_back(absl::StrCat(key, ": ", what));
  };
  const auto session = std::make_shared<Session>(
      "test", SessionOptions{.pacing = Pacing::kLockstep}, environment);
  session->Attach(*Compile(Columnar()), 1000);
  int answers = 0;
  const auto answer = [&](const Outcome&) {
    ++answers;
    throw std::length_error("too long");
  };
  // In a command, and after steps.
  session->Post(PauseCommand{}, answer);
  session->RunSlice();
  EXPECT_EQ(session->status().state, SessionState::kFailed);
  EXPECT_EQ(session->status().failure, "an error of the server: too long");
  Do(session, ResetCommand{});
  EXPECT_EQ(session->status().state, SessionState::kPaused);
  session->Post(AdvanceCommand{.step_count = 1}, answer);
  session->RunSlice();
  EXPECT_EQ(session->status().state, SessionState::kFailed);
  EXPECT_EQ(answers, 2);
  EXPECT_THAT(reports, ElementsAre("test: an error of the server: too long",
                                   "test: an error of the server: too long"));
  // A deletion that throws is still a deletion.
  session->Post(DeleteCommand{}, answer);
  session->RunSlice();
  EXPECT_EQ(answers, 3);
  EXPECT_EQ(session->status().state, SessionState::kDeleting);
}

TEST_F(SessionTest, PausesExactlyAtStopStep) {
  const auto session = MakeSession(Columnar(), {.pace = 10});
  Do(session, StartCommand{.stop_step = 25});
  RunMs(session, 10);
  EXPECT_EQ(session->status().step, 25);
  EXPECT_EQ(session->status().state, SessionState::kPaused);
  EXPECT_EQ(Do(session, StartCommand{.stop_step = 25}).status.code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Do(session, StartCommand{.stop_step = 26}).status.ok());
}

TEST_F(SessionTest, PauseStopsAndStartGoesOn) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  RunMs(session, 10);
  const auto paused = Do(session, PauseCommand{});
  EXPECT_EQ(paused.session.state, SessionState::kPaused);
  RunMs(session, 10);
  EXPECT_EQ(session->status().step, paused.session.step);
  Do(session, StartCommand{});
  RunMs(session, 5);
  EXPECT_EQ(session->status().step, paused.session.step + 6);
}

TEST_F(SessionTest, GivesTheSpikesOfAPlainLoopWhateverThePace) {
  testing::Simulation plain(Columnar());
  plain.Run(300);
  for (double pace : {1.0, 7.0, 100.0}) {
    const auto session = MakeSession(Columnar(), {.pace = pace});
    Do(session, StartCommand{.stop_step = 200});
    RunMs(session, 201);
    // The remaining steps in lockstep.
    const auto advanced =
        Do(session, AdvanceCommand{.step_count = 100, .return_spikes = true});
    EXPECT_EQ(advanced.completed_step_count, 100);
    std::vector<testing::Spike> spikes;
    for (const auto& piece :
         session->built()->spikes->Read({0, 0}, 1 << 30).pieces) {
      for (const auto* step = piece.begin; step != piece.end; ++step) {
        for (int32_t neuron : piece.chunk->neurons(*step)) {
          spikes.push_back({step->step, neuron});
        }
      }
    }
    EXPECT_EQ(spikes, plain.spikes()) << pace;
    EXPECT_GT(spikes.size(), 100u);
  }
}

TEST_F(SessionTest, AdvanceComparesTheStep) {
  const auto session = MakeSession(Columnar());
  EXPECT_TRUE(Do(session, AdvanceCommand{.expected_step = 0, .step_count = 10})
                  .status.ok());
  const auto again =
      Do(session, AdvanceCommand{.expected_step = 0, .step_count = 10});
  EXPECT_EQ(again.status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(again.session.step, 10);
  EXPECT_THAT(std::string(again.status.message()),
              HasSubstr("0 is not the session's step (10)"));
}

TEST_F(SessionTest, AdvanceNeedsAPausedSession) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  EXPECT_EQ(Do(session, AdvanceCommand{.step_count = 1}).status.code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(SessionTest, AdvanceInjectsBeforeItsFirstStep) {
  const auto session = MakeSession(Relay());
  Do(session, AdvanceCommand{.step_count = 4});
  StimulusSpec now = Drive(0, 2);
  now.start = AsSoonAsPossible{};
  const auto outcome = Do(
      session,
      AdvanceCommand{.step_count = 5, .stimuli = {now}, .return_spikes = true});
  ASSERT_NE(outcome.spikes, nullptr);
  ASSERT_EQ(outcome.spikes->steps.size(), 2u);
  EXPECT_EQ(outcome.spikes->steps[0].step, 4);
  EXPECT_EQ(outcome.spikes->steps[1].step, 5);
  EXPECT_EQ(outcome.spikes->neurons.size(), 6u);
}

TEST_F(SessionTest, AdvanceStopsAtItsDeadline) {
  const auto session = MakeSession(Relay());
  clock_.set_nanos_per_look(100'000);
  AdvanceCommand command{.step_count = 1'000'000'000};
  command.deadline_nanos = clock_.NowNanos() + 5'000'000;
  const auto outcome = Do(session, command);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_GT(outcome.completed_step_count, 10);
  EXPECT_LE(outcome.completed_step_count, 50);
  EXPECT_EQ(outcome.completed_step_count, session->status().step);
}

TEST_F(SessionTest, AdvanceStopsWhenNobodyWaitsAnyMore) {
  const auto session = MakeSession(Relay());
  clock_.set_nanos_per_look(100'000);
  AdvanceCommand command{.step_count = 1'000'000'000};
  command.cancelled = std::make_shared<std::atomic<bool>>(true);
  EXPECT_LT(Do(session, command).completed_step_count, 50);
}

// Clients choose the sizes of bins: sizes near the largest number must not
// overflow.
TEST_F(SessionTest, AdvanceCountsInBinsOfAnySize) {
  constexpr int64_t kSteps = 60;
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const auto session = MakeSession(Relay());
  clock_.set_nanos_per_look(100'000);  // so that it takes several slices
  StimulusSpec now = Drive(0, kSteps);
  now.start = AsSoonAsPossible{};
  for (const int64_t bin : {int64_t{7}, kSteps - 1, kSteps, kSteps + 1,
                            kMax / 2 + 1, kMax - kSteps, kMax - 1, kMax}) {
    AdvanceCommand command{
        .step_count = kSteps, .stimuli = {now}, .count_bin_steps = bin};
    command.count_groups =
        MakeSpikeGroups(session->built()->shapes, {true}, false);
    std::vector<int32_t> expected;
    for (int64_t left = kSteps; left > 0; left -= std::min(bin, left)) {
      expected.push_back(static_cast<int32_t>(3 * std::min(bin, left)));
    }
    const auto outcome = Do(session, command);
    EXPECT_EQ(outcome.completed_step_count, kSteps) << bin;
    EXPECT_EQ(outcome.spike_counts, expected) << bin;
  }
}

TEST_F(SessionTest, LockstepMovesOnlyByAdvance) {
  const auto session = MakeSession(Columnar(), {.pacing = Pacing::kLockstep});
  EXPECT_EQ(Do(session, StartCommand{}).status.code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Do(session, AdvanceCommand{.step_count = 3}).session.step, 3);
}

TEST_F(SessionTest, InjectTellsWhenItActsAndWhatWasLate) {
  const auto session = MakeSession(Relay());
  Do(session, AdvanceCommand{.step_count = 10});
  const auto outcome = Do(session, InjectCommand{{Drive(3, 1), Drive(20, 1)}});
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.applied_step, 10);
  EXPECT_EQ(outcome.late_count, 1);
  const auto advanced =
      Do(session, AdvanceCommand{.step_count = 20, .return_spikes = true});
  ASSERT_EQ(advanced.spikes->steps.size(), 2u);
  EXPECT_EQ(advanced.spikes->steps[0].step, 10);
  EXPECT_EQ(advanced.spikes->steps[1].step, 20);
  EXPECT_EQ(session->metrics().stimulus_count, 2);
  EXPECT_EQ(session->metrics().late_stimulus_count, 1);
}

// Switches injected into a running session give the same bits as switches in
// the network. A reset switches plasticity on again.
TEST_F(SessionTest, PlasticityIsSwitchedAtAStepUntilReset) {
  NetworkSpec network = Columnar();
  const auto hash_at_100 = [&](const std::vector<StimulusSpec>& injected) {
    const auto session = MakeSession(network, {.pace = 5});
    Do(session, AdvanceCommand{.step_count = 10});
    const auto outcome = Do(session, InjectCommand{injected});
    EXPECT_TRUE(outcome.status.ok());
    EXPECT_EQ(outcome.applied_step, injected.empty() ? 10 : 40);
    Do(session, StartCommand{.stop_step = 100});
    RunMs(session, 30);
    EXPECT_EQ(session->status().step, 100);
    return Do(session, HashCommand{}).state_hash;
  };
  const uint64_t learning = hash_at_100({});
  const uint64_t switched = hash_at_100({testing::MakeSwitch(false, 40)});
  EXPECT_NE(switched, learning);
  EXPECT_EQ(statistics_.plasticity_switches.Get(), 1);

  network.stimuli.push_back(testing::MakeSwitch(false, 40));
  testing::Simulation simulation(network);
  simulation.Run(100);
  EXPECT_EQ(switched, simulation.Hash());

  network.stimuli.pop_back();
  const auto session = MakeSession(network);
  Do(session, InjectCommand{{testing::MakeSwitch(false, 0)}});
  Do(session, AdvanceCommand{.step_count = 100});
  EXPECT_NE(Do(session, HashCommand{}).state_hash, learning);
  Do(session, ResetCommand{});
  Do(session, AdvanceCommand{.step_count = 100});
  EXPECT_EQ(Do(session, HashCommand{}).state_hash, learning);
}

TEST_F(SessionTest, DopamineIsGivenAtAStepUntilReset) {
  NetworkSpec network = Columnar();
  network.projections[0].synapse = {"stdp_dopamine", {}};
  network.projections[0].weight = 1.0;
  const auto session = MakeSession(network);
  Do(session, AdvanceCommand{.step_count = 100});
  const uint64_t without = Do(session, HashCommand{}).state_hash;
  Do(session, ResetCommand{});
  const auto outcome =
      Do(session, InjectCommand{{testing::MakePulse(0.01, 40)}});
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.applied_step, 40);
  EXPECT_EQ(statistics_.dopamine_pulses.Get(), 1);
  Do(session, AdvanceCommand{.step_count = 100});
  const uint64_t with = Do(session, HashCommand{}).state_hash;
  EXPECT_NE(with, without);
  Do(session, ResetCommand{});
  Do(session, AdvanceCommand{.step_count = 100});
  EXPECT_EQ(Do(session, HashCommand{}).state_hash, without);

  network.stimuli.push_back(testing::MakePulse(0.01, 40));
  testing::Simulation simulation(network);
  simulation.Run(100);
  EXPECT_EQ(simulation.Hash(), with);
}

TEST_F(SessionTest, TooManyStimuliAreRefusedBeforeTheyAreMade) {
  const auto session = MakeSession(Relay());
  StimulusSpec train;
  train.population = "relay";
  train.kind = SpikeStimulusSpec{.offsets_ms = std::vector<double>(
                                     SessionBody::kMaxWaitingStimuli / 2 + 1)};
  EXPECT_TRUE(Do(session, InjectCommand{{train}}).status.ok());
  const auto refused = Do(session, InjectCommand{{train}});
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kResourceExhausted);
  // The stimuli act in the first step; then there is room again.
  Do(session, AdvanceCommand{.step_count = 2});
  EXPECT_TRUE(Do(session, InjectCommand{{train}}).status.ok());
}

TEST_F(SessionTest, ProbesThatTakeTooMuchAreRefused) {
  const auto session = MakeSession(Columnar());
  const auto make = [] {
    return std::make_shared<StateProbe>(
        StateProbe::Selection{.variables = {0},
                              .neurons = std::vector<int32_t>(
                                  SessionBody::kMaxProbedValues / 2 + 1)},
        1 << 20);
  };
  const auto probe = make();
  EXPECT_TRUE(Do(session, ProbeCommand{probe}).status.ok());
  EXPECT_EQ(Do(session, ProbeCommand{make()}).status.code(),
            absl::StatusCode::kResourceExhausted);
  // One that is closed makes room at once.
  probe->Close();
  EXPECT_TRUE(Do(session, ProbeCommand{make()}).status.ok());
}

TEST_F(SessionTest, AnAbandonedSessionTellsItsWatchers) {
  const auto session = std::make_shared<Session>(
      "new", SessionOptions{},
      Session::Environment{&clock_, &scheduler_, &statistics_, 1 << 20});
  session->Abandon();
  EXPECT_EQ(session->status().state, SessionState::kDeleting);
  EXPECT_GT(session->status().revision, 0);
}

TEST_F(SessionTest, ResetRepeatsTheRunInANewEpoch) {
  const auto session = MakeSession(Columnar());
  const auto first =
      Do(session, AdvanceCommand{.step_count = 200, .return_spikes = true});
  const auto reset = Do(session, ResetCommand{});
  EXPECT_EQ(reset.session.step, 0);
  EXPECT_EQ(reset.session.epoch, 1);
  EXPECT_EQ(session->metrics().spike_count, 0);
  const auto second =
      Do(session, AdvanceCommand{.step_count = 200, .return_spikes = true});
  EXPECT_GT(first.spikes->neurons.size(), 0u);
  EXPECT_EQ(first.spikes->neurons, second.spikes->neurons);
}

TEST_F(SessionTest, HashIsThatOfTheStateAtItsStep) {
  NetworkSpec spec = testing::MakeColumnarNetwork(Precision::kFloat32, 3);
  const auto session = MakeSession(spec, {.pacing = Pacing::kLockstep});
  testing::Simulation simulation(spec);
  for (int64_t step : {0, 10, 20}) {
    const auto outcome = Do(session, HashCommand{});
    EXPECT_TRUE(outcome.status.ok());
    EXPECT_EQ(outcome.session.step, step);
    EXPECT_EQ(outcome.state_hash, simulation.Hash());
    AdvanceCommand advance;
    advance.step_count = 10;
    Do(session, advance);
    simulation.Run(10);
  }
  Do(session, ResetCommand{});
  const uint64_t first = Do(session, HashCommand{}).state_hash;
  EXPECT_EQ(first, testing::Simulation(spec).Hash());
  spec.seed = 4;
  EXPECT_NE(Do(MakeSession(spec), HashCommand{}).state_hash, first);
}

TEST_F(SessionTest, DeleteEndsEverything) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{});
  EXPECT_EQ(Do(session, DeleteCommand{}).session.state,
            SessionState::kDeleting);
  EXPECT_EQ(Do(session, PauseCommand{}).status.code(),
            absl::StatusCode::kNotFound);
  const int64_t step = session->status().step;
  RunMs(session, 10);
  EXPECT_EQ(session->status().step, step);
}

TEST_F(SessionTest, ABlowUpFailsTheSessionAndResetRepairsIt) {
  NetworkSpec spec = testing::MakeNetwork(1);
  // dt_ms = 1 is far too long a step for this model.
  spec.populations.push_back(
      testing::MakePopulation("burst", "hindmarsh_rose", 2));
  spec.inputs.push_back(testing::MakeInput("burst", "normal_noise_current",
                                           {{"mean", 100.0}, {"std", 0.0}}));
  const auto session = MakeSession(spec);
  const auto outcome = Do(session, AdvanceCommand{.step_count = 10'000});
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(session->status().state, SessionState::kFailed);
  EXPECT_THAT(session->status().failure, HasSubstr("population burst"));
  EXPECT_THAT(session->status().failure, HasSubstr("neuron 0"));
  EXPECT_EQ(Do(session, StartCommand{}).status.code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(statistics_.sessions_failed.Get(), 1);
  EXPECT_EQ(Do(session, ResetCommand{}).session.state, SessionState::kPaused);
  EXPECT_TRUE(session->status().failure.empty());
}

TEST_F(SessionTest, ProbesSampleAtTheirInterval) {
  const auto session = MakeSession(Columnar());
  const auto probe =
      std::make_shared<StateProbe>(StateProbe::Selection{.population = 0,
                                                         .variables = {0, 1},
                                                         .neurons = {0, 2},
                                                         .interval_steps = 5},
                                   1 << 20);
  Do(session, ProbeCommand{probe});
  Do(session, AdvanceCommand{.step_count = 12});
  const StateProbe::Reading reading = probe->Take(100);
  ASSERT_EQ(reading.samples.size(), 2u);
  EXPECT_EQ(reading.samples[0].step, 5);
  EXPECT_EQ(reading.samples[1].step, 10);
  testing::Simulation plain(Columnar());
  plain.Run(10);
  const std::string population = plain.network().populations[0].name;
  EXPECT_EQ(reading.samples[1].values,
            (std::vector<double>{plain.Variable(population, "v_mv", 0),
                                 plain.Variable(population, "v_mv", 2),
                                 plain.Variable(population, "u", 0),
                                 plain.Variable(population, "u", 2)}));
  probe->Close();
  Do(session, AdvanceCommand{.step_count = 10});
  EXPECT_TRUE(probe->Take(100).samples.empty());
}

// A waiting session takes no time of workers, and continues when it is woken.
TEST_F(SessionTest, WaitsForAReaderThatBlocks) {
  for (const bool is_advanced : {false, true}) {
    const auto session = MakeSession(
        Columnar(),
        {.pacing = is_advanced ? Pacing::kLockstep : Pacing::kFreeRun});
    auto cursor = SpikeCursor::Open({.ring = session->built()->spikes,
                                     .filter = std::make_shared<SpikeFilter>(),
                                     .block_bytes = 400})
                      .cursor;
    bool ended = false;
    clock_.set_nanos_per_look(100'000);
    if (is_advanced) {
      session->Post(AdvanceCommand{.step_count = 1'000'000},
                    [&](const Outcome&) { ended = true; });
    } else {
      Do(session, StartCommand{});
    }
    while (!session->built()->spikes->blocked()) session->RunSlice();
    clock_.set_nanos_per_look(0);
    const int64_t step = session->status().step;
    const int64_t now = clock_.NowNanos();
    for (int i = 0; i < 10; ++i) {
      const auto due = session->RunSlice();
      EXPECT_GT(due.due_nanos, now + 1'000'000);
    }
    EXPECT_EQ(session->status().step, step);
    EXPECT_FALSE(ended);

    cursor->SkipTo(session->built()->spikes->end());
    clock_.set_nanos_per_look(100'000);
    session->RunSlice();
    EXPECT_GT(session->status().step, step);
    // A pause ends the waiting advance.
    while (!session->built()->spikes->blocked()) session->RunSlice();
    EXPECT_EQ(Do(session, PauseCommand{}).session.state, SessionState::kPaused);
    EXPECT_EQ(ended, is_advanced);
    clock_.set_nanos_per_look(0);
  }
}

TEST_F(SessionTest, RealTimeWaitsForNobody) {
  const auto session = MakeSession(Columnar());
  const auto cursor =
      SpikeCursor::Open({.ring = session->built()->spikes,
                         .filter = std::make_shared<SpikeFilter>(),
                         .block_bytes = 1})
          .cursor;
  Do(session, StartCommand{});
  RunMs(session, 200);
  EXPECT_TRUE(session->built()->spikes->blocked());
  EXPECT_EQ(session->status().step, 201);
}

TEST_F(SessionTest, ASnapshotStaysAsItWas) {
  const auto session = MakeSession(Columnar());
  Do(session, AdvanceCommand{.step_count = 50});
  const auto outcome = Do(session, SnapshotCommand{});
  const uint64_t hash = Do(session, HashCommand{}).state_hash;
  Do(session, AdvanceCommand{.step_count = 50});
  EXPECT_EQ(HashState(*session->built()->network, *outcome.snapshot), hash);
  EXPECT_EQ(outcome.session.step, 50);
}

TEST_F(SessionTest, NothingIsCopiedForACallerThatIsGone) {
  const auto session = MakeSession(Relay());
  const auto cancelled = std::make_shared<std::atomic<bool>>(true);
  const auto outcome = Do(session, SnapshotCommand{.cancelled = cancelled});
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(outcome.snapshot, nullptr);
  *cancelled = false;
  EXPECT_NE(Do(session, SnapshotCommand{.cancelled = cancelled}).snapshot,
            nullptr);
}

// What waits in the mailbox counts as the session's memory.
TEST_F(SessionTest, CommandsThatWaitAreReserved) {
  const auto ledger = std::make_shared<MemoryLedger>(2'500'000);
  const auto session =
      std::make_shared<Session>("test", SessionOptions{},
                                Session::Environment{.clock = &clock_,
                                                     .scheduler = &scheduler_,
                                                     .statistics = &statistics_,
                                                     .history_bytes = 1 << 20,
                                                     .ledger = ledger});
  session->Attach(*Compile(Relay()), 1000);
  std::vector<absl::Status> answers;
  const auto post = [&](int64_t bytes) {
    session->Post(ReadSynapsesCommand{.sources = std::vector<int32_t>(
                                          bytes / sizeof(int32_t))},
                  [&](const Outcome& o) { answers.push_back(o.status); });
  };
  std::optional<Outcome> deleted;
  session->Post(DeleteCommand{},
                [&](Outcome outcome) { deleted = std::move(outcome); });
  post(Mailbox::kFreeBytes);
  EXPECT_EQ(ledger->reserved_bytes(), 0);
  post(1'000'000);
  post(1'000'000);
  EXPECT_EQ(ledger->reserved_bytes(), 2'000'000);
  EXPECT_TRUE(answers.empty());
  post(1'000'000);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(answers[0].message()), HasSubstr("0.5 MB are free"));
  while (answers.size() < 4) session->RunSlice();
  EXPECT_TRUE(deleted->status.ok());
  EXPECT_EQ(ledger->reserved_bytes(), 0);
}

TEST_F(SessionTest, MetricsAddUp) {
  const auto session = MakeSession(Columnar());
  Do(session, StartCommand{.stop_step = 100});
  RunMs(session, 101);
  const SessionMetrics metrics = session->metrics();
  EXPECT_EQ(metrics.step, 100);
  EXPECT_DOUBLE_EQ(metrics.model_time_s, 0.1);
  EXPECT_NEAR(metrics.pace_ratio, 1, 1e-9);
  EXPECT_EQ(metrics.overrun_count, 0);
  EXPECT_GT(metrics.spike_rate_hz, 0);
  EXPECT_EQ(statistics_.by_pacing[0].steps.Get(), 100);
  EXPECT_EQ(statistics_.by_pacing[0].spikes.Get(), metrics.spike_count);
  EXPECT_EQ(statistics_.by_pacing[0].model_nanos.Get(), 100'000'000);
}

}  // namespace
}  // namespace spiked
