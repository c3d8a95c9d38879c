// SPDX-License-Identifier: Apache-2.0
//
// Edits as a session sees them: waiting commands, readers, memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/build/compile.h"
#include "core/change/carry_over.h"
#include "server/base/status_payload.h"
#include "server/session/edit_exchange.h"
#include "server/session/network_memory.h"
#include "server/session/session.h"
#include "tests/server/session/edits.h"
#include "tests/server/session/session_fixture.h"

namespace spiked {
namespace {

using testing::AddPopulation;
using testing::Chain;
using ::testing::HasSubstr;

class EditedSessionTest : public SessionFixture {
 protected:
  // An edit that has begun.
  struct Begun {
    const State* state = nullptr;
    std::optional<Outcome> outcome;  // once it has ended
  };

  // Posts an edit, and runs one slice.
  static std::shared_ptr<Begun> Begin(
      const std::shared_ptr<Session>& session,
      std::shared_ptr<BuildProgress> progress = nullptr) {
    const auto begun = std::make_shared<Begun>();
    EditCommand command;
    command.begin = [begun](const State& state, const NetworkMemory&) {
      begun->state = &state;
    };
    command.progress = std::move(progress);
    session->Post(std::move(command), [begun](Outcome outcome) {
      begun->outcome = std::move(outcome);
    });
    session->RunSlice();
    return begun;
  }

  // The network of an edit, built at once.
  static Session::EditedNetwork Edited(const Session& session,
                                       const State& state) {
    const Session::Built before = session.built();
    Violations violations;
    EditedSpec edited = EditNetwork(Chain(), AddPopulation(), "", &violations);
    auto network = Compile(edited.spec);
    EXPECT_TRUE(network.ok());
    auto carried =
        CarryOver(*before->network, state, **network, edited.lineage);
    EXPECT_TRUE(carried.ok());
    return {
        std::make_shared<SessionNetwork>(*std::move(network), edited.spec, 1),
        *std::move(carried), 1000, 5000};
  }
};

TEST_F(EditedSessionTest, CommandsWaitUntilItHasEnded) {
  const auto session = MakeSession(Chain(), {.pacing = Pacing::kLockstep});
  const auto edit = Begin(session);
  ASSERT_NE(edit->state, nullptr);
  std::optional<Outcome> advanced;
  session->Post(AdvanceCommand{.step_count = 3},
                [&](Outcome outcome) { advanced = std::move(outcome); });
  EXPECT_TRUE(session->RunSlice().idle);
  EXPECT_FALSE(advanced.has_value());
  EXPECT_FALSE(edit->outcome.has_value());
  session->FinishEdit(Edited(*session, *edit->state));
  while (!advanced.has_value()) session->RunSlice();
  ASSERT_TRUE(edit->outcome.has_value());
  EXPECT_TRUE(edit->outcome->status.ok());
  EXPECT_EQ(edit->outcome->session.step, 0);
  EXPECT_EQ(edit->outcome->session.epoch, 1);
  EXPECT_EQ(advanced->session.step, 3);
  EXPECT_EQ(session->built()->network->neuron_count, 160);
  EXPECT_EQ(session->built()->revision, 1);
  EXPECT_EQ(session->memory_bytes(), 5000);
}

TEST_F(EditedSessionTest, AnEditThatFailsLeavesAllAsItWas) {
  const auto session = MakeSession(Chain(), {.pacing = Pacing::kLockstep});
  Do(session, AdvanceCommand{.step_count = 3});
  const uint64_t hash = Do(session, HashCommand{}).state_hash;
  const Session::Built before = session->built();
  const auto edit = Begin(session);
  const absl::Status why = absl::InvalidArgumentError("wrong");
  session->FinishEdit(why);
  EXPECT_EQ(Do(session, HashCommand{}).state_hash, hash);
  ASSERT_TRUE(edit->outcome.has_value());
  EXPECT_EQ(edit->outcome->status, why);
  EXPECT_EQ(session->built(), before);
  EXPECT_EQ(session->status().epoch, 0);
}

// Indices and names of the old network are not valid in the new one.
TEST_F(EditedSessionTest, CommandsForTheOldNetworkAreRefused) {
  const auto session = MakeSession(Chain(), {.pacing = Pacing::kLockstep});
  const Session::Built before = session->built();
  const auto edit = Begin(session);
  std::vector<Outcome> outcomes;
  const auto keep = [&](Outcome outcome) {
    outcomes.push_back(std::move(outcome));
  };
  session->Post(ReadSynapsesCommand{.projection = 0, .sources = {1}}, keep,
                before);
  session->Post(HashCommand{}, keep);
  session->FinishEdit(Edited(*session, *edit->state));
  while (outcomes.size() < 2) session->RunSlice();
  EXPECT_EQ(outcomes[0].status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(outcomes[0].status), Reason::kNetworkEdited);
  EXPECT_THAT(std::string(outcomes[0].status.message()),
              HasSubstr("was edited meanwhile"));
  EXPECT_TRUE(outcomes[1].status.ok());
}

TEST_F(EditedSessionTest, OnlyASessionThatStandsStillIsEdited) {
  const auto session = MakeSession(Chain());
  Do(session, StartCommand{});
  const auto refused = Begin(session);
  EXPECT_EQ(refused->state, nullptr);
  ASSERT_TRUE(refused->outcome.has_value());
  EXPECT_EQ(refused->outcome->status.code(),
            absl::StatusCode::kFailedPrecondition);
  Do(session, PauseCommand{});
  EXPECT_NE(Begin(session)->state, nullptr);
}

TEST_F(EditedSessionTest, ADeletionCancelsIt) {
  const auto session = MakeSession(Chain(), {.pacing = Pacing::kLockstep});
  const auto progress = std::make_shared<BuildProgress>();
  const auto edit = Begin(session, progress);
  EXPECT_FALSE(progress->cancelled());
  std::optional<Outcome> deleted;
  session->Post(DeleteCommand{},
                [&](Outcome outcome) { deleted = std::move(outcome); });
  EXPECT_TRUE(progress->cancelled());
  session->FinishEdit(absl::CancelledError("it is deleted"));
  session->RunSlice();
  EXPECT_TRUE(absl::IsCancelled(edit->outcome->status));
  EXPECT_TRUE(deleted->status.ok());
}

TEST_F(EditedSessionTest, ItIsAUse) {
  const auto session = MakeSession(Chain(), {.pacing = Pacing::kLockstep});
  session->lifetime()->Change({.idle_timeout_s = 1});
  Begin(session);
  clock_.AdvanceMs(5000);
  EXPECT_EQ(session->lifetime()->Check(), SessionLifetime::End::kNone);
  session->FinishEdit(absl::CancelledError("it"));
  session->RunSlice();
  clock_.AdvanceMs(1000);
  EXPECT_EQ(session->lifetime()->Check(), SessionLifetime::End::kIdle);
}

TEST_F(EditedSessionTest, ARealTimeSessionGoesOnAtItsPace) {
  const auto session = MakeSession(Chain());
  Do(session, StartCommand{});
  RunMs(session, 20);
  Do(session, PauseCommand{});
  const int64_t step = session->status().step;
  const auto edit = Begin(session);
  session->FinishEdit(Edited(*session, *edit->state));
  clock_.AdvanceMs(1000);
  Do(session, StartCommand{});
  RunMs(session, 20);
  EXPECT_NEAR(static_cast<double>(session->status().step - step), 20, 2);
  EXPECT_EQ(session->metrics().slipped_s, 0);
}

}  // namespace
}  // namespace spiked
