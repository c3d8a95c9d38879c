// SPDX-License-Identifier: Apache-2.0

#include "server/session/network_stepper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "core/build/compile.h"
#include "core/change/carry_over.h"
#include "core/change/edit_spec.h"
#include "tests/server/fake_clock.h"
#include "tests/server/session/edits.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using ::testing::IsEmpty;

class NetworkStepperTest : public ::testing::Test {
 protected:
  static NetworkSpec Columnar() {
    return testing::MakeColumnarNetwork(Precision::kFloat32, 7);
  }
  static std::unique_ptr<const Network> Build(const NetworkSpec& spec) {
    auto network = Compile(spec);
    EXPECT_TRUE(network.ok()) << network.status();
    return *std::move(network);
  }
  static bool Never() { return false; }

  FakeClock clock_;
};

TEST_F(NetworkStepperTest, AdvanceGivesTheSpikesOfItsSteps) {
  testing::Simulation plain(Columnar());
  plain.Run(200);
  const auto network = Build(Columnar());
  for (int threads : {1, 2}) {
    NetworkStepper stepper(*network, threads, &clock_);
    SpikeRun run;
    EXPECT_EQ(stepper.Advance(120, Never, &run), "");
    EXPECT_EQ(stepper.Advance(200, Never, &run), "");
    EXPECT_EQ(stepper.step(), 200);
    EXPECT_EQ(stepper.Hash(), plain.Hash());
    std::vector<testing::Spike> spikes;
    size_t next = 0;
    for (const SpikeRun::Step& step : run.steps) {
      for (int i = 0; i < step.count; ++i) {
        spikes.push_back({step.step, run.neurons[next++]});
      }
    }
    EXPECT_EQ(next, run.neurons.size());
    EXPECT_EQ(spikes, plain.spikes());
  }
}

TEST_F(NetworkStepperTest, AdvanceStopsAfterTheStepWhenAsked) {
  const auto network = Build(Columnar());
  NetworkStepper stepper(*network, 1, &clock_);
  SpikeRun run;
  int steps = 0;
  stepper.Advance(
      100, [&] { return ++steps == 3; }, &run);
  EXPECT_EQ(stepper.step(), 3);
}

TEST_F(NetworkStepperTest, AdvanceEndsAtANumberThatIsNotFinite) {
  const auto network = Build(Columnar());
  NetworkStepper stepper(*network, 1, &clock_);
  State state = stepper.Copy();
  state.variables.as<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  stepper.Replace(*network, 1, std::move(state), 1);
  SpikeRun run;
  EXPECT_THAT(stepper.Advance(1000, Never, &run), ::testing::HasSubstr("v_mv"));
  EXPECT_LT(stepper.step(), 1000);
}

TEST_F(NetworkStepperTest, ResetBeginsANewEpochAsTheFirst) {
  const auto network = Build(Columnar());
  NetworkStepper stepper(*network, 1, &clock_);
  const uint64_t hash = stepper.Hash();
  SpikeRun run;
  stepper.Advance(50, Never, &run);
  EXPECT_NE(stepper.Hash(), hash);
  stepper.Reset();
  EXPECT_EQ(stepper.step(), 0);
  EXPECT_EQ(stepper.epoch(), 1);
  EXPECT_EQ(stepper.Hash(), hash);
}

TEST_F(NetworkStepperTest, StimuliAreCompiledThenInjected) {
  const NetworkSpec spec = testing::Chain();
  const auto network = Build(spec);
  NetworkStepper stepper(*network, 1, &clock_);
  SpikeRun run;
  stepper.Advance(10, Never, &run);
  const std::vector<StimulusSpec> stimuli = {
      {.population = "a", .kind = SpikeStimulusSpec{.offsets_ms = {0, 1}}}};
  int64_t late_count = 0;
  std::vector<Stimulus> compiled = stepper.Compile(stimuli, &late_count);
  EXPECT_EQ(stepper.stimulus_count(), 0);
  stepper.Inject(std::move(compiled));
  EXPECT_GT(stepper.stimulus_count(), 0);
  EXPECT_GT(stepper.stimulated_neurons(), 0);
}

TEST_F(NetworkStepperTest, AnotherNetworkHasNoProbesAndANewEpoch) {
  const auto before = Build(testing::Chain());
  NetworkStepper stepper(*before, 1, &clock_);
  stepper.AddProbe(std::make_shared<StateProbe>(
      StateProbe::Selection{.variables = {0}, .neurons = {0, 1}}, 1 << 20));
  EXPECT_EQ(stepper.sampled_values(), 2);
  Violations violations;
  const EditedSpec edited =
      EditNetwork(testing::Chain(), testing::AddPopulation(), "", &violations);
  EXPECT_THAT(violations.list(), IsEmpty());
  const auto after = Build(edited.spec);
  auto state = CarryOver(*before, stepper.BeginEdit(), *after, edited.lineage);
  ASSERT_TRUE(state.ok()) << state.status();
  stepper.Replace(*after, 2, *std::move(state), 1000);
  EXPECT_EQ(stepper.network().neuron_count, 160);
  EXPECT_EQ(stepper.thread_count(), 2);
  EXPECT_EQ(stepper.epoch(), 1);
  EXPECT_EQ(stepper.first_step_nanos(), 1000);
  EXPECT_EQ(stepper.sampled_values(), 0);
}

}  // namespace
}  // namespace spiked
