// SPDX-License-Identifier: Apache-2.0
//
// Decides which advances run at once on the calling thread: only short ones,
// because it is one of gRPC's few.

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <optional>

#include "core/change/change.h"
#include "server/session/history/spike_counter.h"
#include "server/session/history/state_probe.h"
#include "server/session/session.h"
#include "tests/server/session/session_fixture.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

class ShortAdvanceTest : public SessionFixture {
 protected:
  // A session that has taken steps, so that their compute time is known.
  std::shared_ptr<Session> Ready(int neurons = 2000) {
    auto session = MakeSession(Cells(neurons), kLockstep);
    Do(session, AdvanceCommand{.step_count = 10});
    return session;
  }
  static NetworkSpec Cells(int neurons) {
    NetworkSpec spec = testing::MakeNetwork(1);
    spec.populations = {
        testing::MakePopulation("cells", "spike_source", neurons)};
    return spec;
  }

  // Whether a command would run at once; runs it afterwards.
  template <typename Command>
  bool IsShort(const std::shared_ptr<Session>& session, Command command) {
    bool done = false;
    session->Post(std::move(command), [&](const Outcome& outcome) {
      EXPECT_TRUE(outcome.status.ok()) << outcome.status;
      done = true;
    });
    const bool is_short = session->BeginShortSlice();
    for (int i = 0; i < 100'000 && !done; ++i) session->RunSlice();
    EXPECT_TRUE(done);
    return is_short;
  }

  // Makes a stimulus for the first `neurons` cells; all if 0.
  static StimulusSpec Drive(int neurons = 0) {
    StimulusSpec stimulus;
    stimulus.population = "cells";
    for (int i = 0; i < neurons; ++i) stimulus.neuron_indices.push_back(i);
    stimulus.kind = CurrentStimulusSpec{{1}, 1};
    return stimulus;
  }

  static constexpr SessionOptions kLockstep = {.pacing = Pacing::kLockstep};
};

TEST_F(ShortAdvanceTest, AFewQuickStepsAreWithStimuliOfFewNeurons) {
  const auto session = Ready();
  EXPECT_TRUE(IsShort(session, AdvanceCommand{.step_count = 5}));
  EXPECT_TRUE(IsShort(session, AdvanceCommand{.step_count = 1,
                                              .stimuli = {Drive(), Drive(3)},
                                              .return_spikes = true}));
  EXPECT_EQ(session->status().step, 16);
}

TEST_F(ShortAdvanceTest, NothingElseIs) {
  const auto session = Ready();
  EXPECT_FALSE(IsShort(session, ResetCommand{}));
  EXPECT_FALSE(IsShort(session, SnapshotCommand{}));
  // After the reset no step was taken yet.
  Do(session, ResetCommand{});
  EXPECT_FALSE(IsShort(session, AdvanceCommand{.step_count = 1}));
  EXPECT_TRUE(IsShort(session, AdvanceCommand{.step_count = 1}));
}

TEST_F(ShortAdvanceTest, StepsMustBeQuickOfLateToo) {
  const auto session = Ready();
  EXPECT_TRUE(IsShort(session, AdvanceCommand{.step_count = 1}));
  for (int i = 0; i < 1000; ++i) Do(session, AdvanceCommand{.step_count = 1});
  // The mean is still short, so the recent steps decide.
  clock_.set_nanos_per_look(50'000);
  Do(session, AdvanceCommand{.step_count = 1});
  Do(session, AdvanceCommand{.step_count = 1});
  clock_.set_nanos_per_look(0);
  EXPECT_FALSE(IsShort(session, AdvanceCommand{.step_count = 2}));
  // A single long step doesn't count: the kernel may have interrupted it.
  Do(session, AdvanceCommand{.step_count = 1});
  clock_.set_nanos_per_look(50'000);
  Do(session, AdvanceCommand{.step_count = 1});
  clock_.set_nanos_per_look(0);
  EXPECT_TRUE(IsShort(session, AdvanceCommand{.step_count = 2}));
}

TEST_F(ShortAdvanceTest, StimuliOfManyNeuronsAreLong) {
  const auto session = Ready(100'000);
  EXPECT_TRUE(IsShort(
      session, AdvanceCommand{.step_count = 1, .stimuli = {Drive(100)}}));
  EXPECT_FALSE(
      IsShort(session, AdvanceCommand{.step_count = 1, .stimuli = {Drive()}}));
  // Many small stimuli add up.
  AdvanceCommand many{.step_count = 1};
  for (int i = 0; i < 600; ++i) many.stimuli.push_back(Drive(20));
  EXPECT_FALSE(IsShort(session, many));
  // So do spikes at many times.
  StimulusSpec spikes = Drive(100);
  spikes.kind = SpikeStimulusSpec{.offsets_ms = std::vector<double>(100, 0.0)};
  EXPECT_FALSE(
      IsShort(session, AdvanceCommand{.step_count = 1, .stimuli = {spikes}}));
}

TEST_F(ShortAdvanceTest, SoAreThoseThatWait) {
  const auto session = Ready(100'000);
  StimulusSpec later = Drive();
  later.start = int64_t{100};
  Do(session, InjectCommand{{later}, LatePolicy::kApplyNext});
  EXPECT_FALSE(IsShort(session, AdvanceCommand{.step_count = 1}));
  Do(session, AdvanceCommand{.step_count = 200});
  EXPECT_TRUE(IsShort(session, AdvanceCommand{.step_count = 1}));
}

TEST_F(ShortAdvanceTest, ChangesThatWaitAreLong) {
  const auto session = Ready();
  const SilenceSpec silence = {.population = "cells", .silenced = true};
  const auto outcome =
      Do(session, ChangeCommand{.at_step = 12,
                                .changes = std::make_shared<const ChangeSpecs>(
                                    ChangeSpecs{silence})});
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_FALSE(IsShort(session, AdvanceCommand{.step_count = 4}));
  EXPECT_TRUE(IsShort(session, AdvanceCommand{.step_count = 4}));
}

TEST_F(ShortAdvanceTest, ManySamplesAndCountsAreLong) {
  NetworkSpec spec = Cells(10'000);
  spec.populations[0] = testing::MakePopulation("cells", "izhikevich", 10'000);
  const auto session = MakeSession(spec, kLockstep);
  Do(session, AdvanceCommand{.step_count = 10});
  AdvanceCommand counting{.step_count = 10'000, .count_bin_steps = 1};
  counting.count_groups =
      MakeSpikeGroups(session->built()->shapes, {true}, false);
  EXPECT_FALSE(IsShort(session, counting));
  counting.step_count = 10;
  EXPECT_TRUE(IsShort(session, counting));
  counting.count_bin_steps = std::numeric_limits<int64_t>::max();
  EXPECT_TRUE(IsShort(session, counting));
  StateProbe::Selection selection;
  selection.variables = {0};
  for (int i = 0; i < 5000; ++i) selection.neurons.push_back(i);
  const auto probe = std::make_shared<StateProbe>(selection, 1 << 20);
  Do(session, ProbeCommand{probe});
  EXPECT_FALSE(IsShort(session, AdvanceCommand{.step_count = 1}));
  probe->Close();
  Do(session, AdvanceCommand{.step_count = 1});
  EXPECT_TRUE(IsShort(session, AdvanceCommand{.step_count = 1}));
}

// Other commands are left to a worker, whether they come before or meanwhile.
TEST_F(ShortAdvanceTest, OthersCommandsAreLeftToAWorker) {
  const auto session = Ready();
  bool reset = false;
  bool advanced = false;
  const auto post_reset = [&] {
    session->Post(ResetCommand{}, [&](const Outcome&) { reset = true; });
  };
  const auto post_advance = [&] {
    session->Post(AdvanceCommand{.step_count = 1},
                  [&](const Outcome&) { advanced = true; });
  };
  post_reset();
  post_advance();
  EXPECT_FALSE(session->BeginShortSlice());
  session->RunSlice();
  EXPECT_TRUE(reset);
  EXPECT_TRUE(advanced);

  Do(session, AdvanceCommand{.step_count = 10});
  reset = advanced = false;
  post_advance();
  ASSERT_TRUE(session->BeginShortSlice());
  post_reset();
  const Schedulable::Due due = session->RunSlice();
  EXPECT_TRUE(advanced);
  EXPECT_FALSE(reset);
  EXPECT_FALSE(due.idle);  // a worker continues with it
  session->RunSlice();
  EXPECT_TRUE(reset);
}

TEST_F(ShortAdvanceTest, ManyThreadsAreNotForThisOne) {
  auto session = std::make_shared<Session>(
      "test", kLockstep,
      Session::Environment{&clock_, &scheduler_, &statistics_, 1 << 20});
  session->Attach(*Compile(Cells(100), 2), 1000, 2);
  Do(session, AdvanceCommand{.step_count = 10});
  EXPECT_FALSE(IsShort(session, AdvanceCommand{.step_count = 1}));
}

}  // namespace
}  // namespace spiked
