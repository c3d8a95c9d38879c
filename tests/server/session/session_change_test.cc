// SPDX-License-Identifier: Apache-2.0
//
// Live changes of a session's network.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/change/change.h"
#include "server/base/status_payload.h"
#include "server/security/memory_ledger.h"
#include "server/session/network_memory.h"
#include "server/session/network_overview.h"
#include "server/session/session.h"
#include "server/session/session_body.h"
#include "server/session/session_environment.h"
#include "tests/server/session/session_fixture.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

NetworkSpec Columnar() {
  return testing::MakeColumnarNetwork(Precision::kFloat32, 7);
}

class SessionChangeTest : public SessionFixture {
 protected:
  static ChangeCommand Change(ChangeSpecs changes,
                              std::optional<int64_t> step = {}) {
    return {step, std::make_shared<const ChangeSpecs>(std::move(changes))};
  }
  // Changes the noise of the columnar network.
  static ChangeSpec SetNoise(double high) {
    return SetInputSpec{"uniform_noise_current->internal", {{"high", high}}};
  }
  static std::string FirstPopulation() {
    return Columnar().populations.front().name;
  }
  static ChangeSpec Silence(bool silenced, std::vector<int32_t> neurons = {}) {
    return SilenceSpec{FirstPopulation(), std::move(neurons), silenced};
  }
};

TEST_F(SessionChangeTest, ActsFromTheComingStepOn) {
  const auto session = MakeSession(Columnar());
  Do(session, AdvanceCommand{.step_count = 30});
  const auto outcome = Do(session, Change({Silence(true, {0, 2})}));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.applied_step, 30);
  EXPECT_EQ(outcome.session.step, 30);
  // The change is visible at once, in the answer and in the status.
  EXPECT_EQ(outcome.session.overview->silenced_counts[0], 2);
  EXPECT_EQ(session->status().overview->silenced_counts[0], 2);
  EXPECT_EQ(session->status().overview->silenced_counts[1], 0);
  EXPECT_EQ(statistics_.network_changes.Get(), 1);
}

TEST_F(SessionChangeTest, WaitsForAStepThatIsToCome) {
  const auto session = MakeSession(Columnar());
  const auto outcome = Do(session, Change({Silence(true)}, 25));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.applied_step, 25);
  EXPECT_EQ(outcome.session.step, 0);
  Do(session, AdvanceCommand{.step_count = 25});
  EXPECT_EQ(session->status().overview->silenced_counts[0], 0);
  Do(session, AdvanceCommand{.step_count = 1});
  EXPECT_GT(session->status().overview->silenced_counts[0], 2);
}

// Pacing, ticks, pauses and the time of the request change no bit.
TEST_F(SessionChangeTest, SameChangesAtTheSameStepsGiveTheSameBits) {
  testing::Simulation simulation(Columnar());
  const ChangeSpecs first = {SetNoise(15), Silence(true, {1, 4})};
  const ChangeSpecs second = {
      SetWeightsSpec{NameOf(Columnar().projections.front()), WeightFactor{0.5}},
      Silence(false), PlasticitySwitchSpec{false, {}}};
  simulation.Run(40);
  ASSERT_EQ(simulation.Change(first).Text(), "");
  simulation.Run(70);
  ASSERT_EQ(simulation.Change(second).Text(), "");
  simulation.Run(90);
  const uint64_t hash = simulation.Hash();
  EXPECT_GT(simulation.spikes().size(), 100u);

  const auto lockstep = MakeSession(Columnar(), {.pacing = Pacing::kLockstep});
  ASSERT_TRUE(Do(lockstep, Change(second, 110)).status.ok());
  Do(lockstep, AdvanceCommand{.step_count = 40});
  ASSERT_TRUE(Do(lockstep, Change(first)).status.ok());
  Do(lockstep, AdvanceCommand{.step_count = 160});
  EXPECT_EQ(Do(lockstep, HashCommand{}).state_hash, hash);

  const auto real_time = MakeSession(Columnar());
  ASSERT_TRUE(Do(real_time, Change(first, 40)).status.ok());
  Do(real_time, StartCommand{.stop_step = 200});
  RunMs(real_time, 50);
  ASSERT_TRUE(Do(real_time, Change(second, 110)).status.ok());
  Do(real_time, PauseCommand{});
  Do(real_time, StartCommand{.stop_step = 200});
  RunMs(real_time, 300);
  EXPECT_EQ(real_time->status().step, 200);
  EXPECT_EQ(Do(real_time, HashCommand{}).state_hash, hash);
}

TEST_F(SessionChangeTest, AStepThatHasPassedIsRefused) {
  const auto session = MakeSession(Columnar());
  Do(session, AdvanceCommand{.step_count = 10});
  const auto outcome = Do(session, Change({Silence(true)}, 9));
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(outcome.status), Reason::kStepPassed);
  EXPECT_EQ(outcome.status.message(),
            "at_step: 9 has passed; the session is at step 10");
  EXPECT_EQ(session->status().overview->silenced_counts[0], 0);
}

TEST_F(SessionChangeTest, AllOrNone) {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations = {testing::MakePopulation("p", "lif_delta", 3)};
  const auto session = MakeSession(spec);
  const uint64_t before = Do(session, HashCommand{}).state_hash;
  const ChangeSpecs changes = {
      SilenceSpec{"p", {}, true},
      SetParametersSpec{"p", {}, {{"v_reset_mv", -50.0}}}};
  for (int64_t step : {0, 10}) {
    const auto outcome = Do(session, Change(changes, step));
    EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument);
    ASSERT_EQ(outcome.violations.size(), 1u);
    EXPECT_EQ(outcome.violations.list()[0].field,
              "changes[1].set_parameters.parameters");
    EXPECT_EQ(Do(session, HashCommand{}).state_hash, before);
  }
  EXPECT_EQ(statistics_.network_changes.Get(), 0);
}

TEST_F(SessionChangeTest, ResetGoesBackToTheNetworkAsItWasCreated) {
  const auto session = MakeSession(Columnar());
  const uint64_t created = Do(session, HashCommand{}).state_hash;
  Do(session,
     Change({Silence(true), SetNoise(2), PlasticitySwitchSpec{false, {}}}));
  Do(session, Change({Silence(false)}, 500));
  EXPECT_NE(Do(session, HashCommand{}).state_hash, created);
  const auto reset = Do(session, ResetCommand{});
  EXPECT_EQ(Do(session, HashCommand{}).state_hash, created);
  const auto overview = session->status().overview;
  EXPECT_EQ(overview->silenced_counts[0], 0);
  EXPECT_FALSE(overview->frozen_projections[0]);
}

TEST_F(SessionChangeTest, TellsWhichPlasticityIsOff) {
  const auto session = MakeSession(Columnar());
  StimulusSpec off = testing::MakeSwitch(false, 5);
  Do(session, InjectCommand{{off}});
  const auto held = [&] {
    const auto& projections = session->status().overview->frozen_projections;
    return std::count(projections.begin(), projections.end(), true);
  };
  Do(session, AdvanceCommand{.step_count = 5});
  EXPECT_EQ(held(), 0);
  Do(session, AdvanceCommand{.step_count = 1});
  EXPECT_GT(held(), 0);
  Do(session, Change({PlasticitySwitchSpec{true, {}}}));
  EXPECT_EQ(held(), 0);
}

TEST_F(SessionChangeTest, AFailedSessionIsNotChanged) {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations.push_back(
      testing::MakePopulation("burst", "hindmarsh_rose", 2));
  const auto session = MakeSession(spec);
  ASSERT_TRUE(Do(session, Change({SetStateSpec{"burst", {}, {{"x", 1e30}}}}))
                  .status.ok());
  Do(session, AdvanceCommand{.step_count = 200});
  ASSERT_EQ(session->status().state, SessionState::kFailed);
  const auto outcome =
      Do(session, Change({SetStateSpec{"burst", {}, {{"x", 0.0}}}}));
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(outcome.status), Reason::kSessionState);
  Do(session, ResetCommand{});
  EXPECT_TRUE(Do(session, AdvanceCommand{.step_count = 2}).status.ok());
}

TEST_F(SessionChangeTest, OnlySoManyWait) {
  const auto session = MakeSession(Columnar());
  const auto few =
      std::make_shared<const ChangeSpecs>(ChangeSpecs{Silence(true, {1})});
  for (int64_t i = 0; i < SessionBody::kMaxScheduledChanges; ++i) {
    ASSERT_TRUE(Do(session, ChangeCommand{1000, few}).status.ok());
  }
  const auto outcome = Do(session, ChangeCommand{1000, few});
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(outcome.status.message()),
              HasSubstr("at most 1000 requests"));
  // A change that doesn't wait is accepted.
  EXPECT_TRUE(Do(session, ChangeCommand{{}, few}).status.ok());
}

TEST_F(SessionChangeTest, OnlySoMuchWaits) {
  const auto session = MakeSession(Columnar());
  const auto much = std::make_shared<const ChangeSpecs>(ChangeSpecs{
      SetStateSpec{FirstPopulation(),
                   {},
                   {{"v_mv", std::vector<double>(
                                 SessionBody::kMaxScheduledElements / 2)}}}});
  EXPECT_TRUE(Do(session, ChangeCommand{1000, much}).status.ok());
  EXPECT_EQ(Do(session, ChangeCommand{1000, much}).status.code(),
            absl::StatusCode::kResourceExhausted);
}

// Copies of weights take memory once, until the session is reset.
TEST_F(SessionChangeTest, ReservesMemoryForCopiesOfWeights) {
  NetworkSpec spec = testing::MakeNetwork(1, Precision::kFloat32);
  spec.populations = {testing::MakePopulation("p", "spike_source", 64)};
  spec.projections = {testing::MakeProjection("p", "p", PairwiseBernoulli{1},
                                              Uniform{0, 1}, 1.0)};
  TenantQuota quota;
  quota.limits[static_cast<int>(Resource::kMemoryBytes)] = 1;
  const auto tenant = std::make_shared<Tenant>("acme", quota);
  const auto ledger = std::make_shared<MemoryLedger>(1 << 20);
  auto session = std::make_shared<Session>(
      "test", SessionOptions{},
      Session::Environment{&clock_, &scheduler_, &statistics_, 1 << 20, nullptr,
                           tenant, ledger});
  auto network = Compile(spec);
  ASSERT_TRUE(network.ok());
  session->Attach(*std::move(network), 1000);
  const uint64_t before = Do(session, HashCommand{}).state_hash;
  const ChangeSpecs half = {SetWeightsSpec{"p->p", WeightFactor{0.5}}};
  EXPECT_EQ(QuotaOf(Do(session, Change(half)).status), "memory_bytes");
  EXPECT_EQ(Do(session, HashCommand{}).state_hash, before);
  EXPECT_EQ(session->memory_bytes(), 1000);
  tenant->SetQuota({});
  EXPECT_TRUE(Do(session, Change(half)).status.ok());
  const int64_t bytes = ledger->reserved_bytes();
  EXPECT_GE(bytes, 64 * 63 * 4);
  EXPECT_TRUE(Do(session, Change(half, 7)).status.ok());
  EXPECT_EQ(ledger->reserved_bytes(), bytes);
  EXPECT_EQ(session->memory_bytes(), 1000 + bytes);
  Do(session, ResetCommand{});
  EXPECT_EQ(ledger->reserved_bytes(), 0);
  EXPECT_EQ(session->memory_bytes(), 1000);
}

TEST_F(SessionChangeTest, ADeletedSessionHasNoMemory) {
  const auto ledger = std::make_shared<MemoryLedger>(1 << 20);
  auto session = std::make_shared<Session>(
      "test", SessionOptions{},
      Session::Environment{&clock_, &scheduler_, &statistics_, 1 << 20, nullptr,
                           nullptr, ledger});
  auto network = Compile(Columnar());
  ASSERT_TRUE(network.ok());
  Estimate estimate;
  estimate.bytes = 5000;
  auto memory = NetworkMemory::ForNew(*ledger, nullptr, estimate, 0);
  ASSERT_TRUE(memory.ok());
  session->Attach(*std::move(network), 5000, 1, {}, *std::move(memory));
  EXPECT_EQ(ledger->reserved_bytes(), 5000);
  Do(session, DeleteCommand{});
  EXPECT_EQ(ledger->reserved_bytes(), 0);
}

}  // namespace
}  // namespace spiked
