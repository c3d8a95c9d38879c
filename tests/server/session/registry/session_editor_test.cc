// SPDX-License-Identifier: Apache-2.0
//
// Edits of a session's network: memory, quotas, cancellation.

#include "server/session/registry/session_editor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/build/compile.h"
#include "core/change/edit_spec.h"
#include "core/network/state.h"
#include "core/network/state_hash.h"
#include "server/base/owner_turns.h"
#include "server/session/registry/session_builder.h"
#include "server/session/registry/session_registry.h"
#include "tests/server/session/edits.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

using testing::AddPopulation;
using testing::Chain;
using ::testing::HasSubstr;
using testing::MakePopulation;

class SessionEditTest : public ::testing::Test {
 protected:
  explicit SessionEditTest(SessionLimits limits = {.max_sessions = 5,
                                                   .memory_bytes = 200'000'000})
      : registry_(std::move(limits), &clock_, &scheduler_, &statistics_) {}
  ~SessionEditTest() override { scheduler_.Stop(); }

  std::shared_ptr<Session> Create(const NetworkSpec& spec = Chain()) {
    std::promise<SessionBuilder::CreateResult> promise;
    builder_.Create("demo", spec, {.pacing = Pacing::kLockstep},
                    [&](SessionBuilder::CreateResult c) {
                      promise.set_value(std::move(c));
                    });
    const auto creation = promise.get_future().get();
    EXPECT_TRUE(creation.status.ok()) << creation.status;
    return creation.session;
  }

  SessionEditor::EditResult Edit(
      const std::shared_ptr<Session>& session, EditSpec edit,
      std::shared_ptr<const std::atomic<bool>> cancelled = nullptr) {
    std::promise<SessionEditor::EditResult> promise;
    editor_.Edit(
        session, std::move(edit), {},
        [&](SessionEditor::EditResult e) { promise.set_value(std::move(e)); },
        std::move(cancelled));
    return promise.get_future().get();
  }

  // Begins an edit; the future gets its end.
  std::future<SessionEditor::EditResult> BeginEdit(
      const std::shared_ptr<Session>& session, EditSpec edit = AddPopulation(),
      std::shared_ptr<const std::atomic<bool>> cancelled = nullptr) {
    const auto promise =
        std::make_shared<std::promise<SessionEditor::EditResult>>();
    editor_.Edit(
        session, std::move(edit), {},
        [promise](SessionEditor::EditResult e) {
          promise->set_value(std::move(e));
        },
        std::move(cancelled));
    return promise->get_future();
  }

  // Keeps the builder's thread busy for another tenant until the promise is
  // kept.
  void HoldBuilder(std::promise<void>* go) {
    std::promise<void> begun;
    builder_.PostEdit("other", [&begun, held = go->get_future().share()](
                                   const std::shared_ptr<OwnerTurns::Turn>&) {
      begun.set_value();
      held.wait();
    });
    begun.get_future().wait();
  }

  template <typename Command>
  static ResultOf<Command> Do(const std::shared_ptr<Session>& session,
                              Command command) {
    std::promise<ResultOf<Command>> promise;
    session->Post(std::move(command), [&](ResultOf<Command> r) {
      promise.set_value(std::move(r));
    });
    return promise.get_future().get();
  }

  SteadyClock clock_;
  Statistics statistics_;
  Scheduler scheduler_{2, &clock_, &statistics_};
  SessionRegistry registry_;
  SessionBuilder builder_{&registry_};
  SessionEditor editor_{&registry_, &builder_};
};

TEST_F(SessionEditTest, ThereAndBackCostsNothing) {
  const auto session = Create();
  Do(session, AdvanceCommand{.step_count = 5});
  const uint64_t hash = Do(session, HashCommand{}).state_hash;
  const int64_t bytes = registry_.memory_bytes();
  const SessionEditor::EditResult added = Edit(session, AddPopulation(500));
  ASSERT_TRUE(added.status.ok()) << added.status;
  EXPECT_EQ(added.outcome.session.step, 5);
  EXPECT_GT(registry_.memory_bytes(), bytes);
  EXPECT_EQ(session->memory_bytes(), registry_.memory_bytes());
  EXPECT_NE(Do(session, HashCommand{}).state_hash, hash);
  EditSpec edit;
  edit.removed_populations = {"new"};
  ASSERT_TRUE(Edit(session, edit).status.ok());
  EXPECT_EQ(registry_.memory_bytes(), bytes);
  EXPECT_EQ(session->memory_bytes(), bytes);
  EXPECT_EQ(Do(session, HashCommand{}).state_hash, hash);
  EXPECT_EQ(session->status().epoch, 2);
  EXPECT_EQ(statistics_.network_edits.Get(), 2);
}

TEST_F(SessionEditTest, MistakesAreToldAndNothingIsDone) {
  const auto session = Create();
  const int64_t bytes = registry_.memory_bytes();
  EditSpec edit = AddPopulation();
  edit.projections[0].delay_ms = 0.25;
  edit.removed_inputs = {"none"};
  SessionEditor::EditResult edited = Edit(session, edit);
  EXPECT_EQ(edited.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(edited.violations.list()[0].field, "remove_inputs[0]");
  edit.removed_inputs.clear();
  edited = Edit(session, edit);
  ASSERT_EQ(edited.violations.size(), 1u);
  EXPECT_EQ(edited.violations.list()[0].field, "add.projections[0].delay_ms");
  EXPECT_EQ(registry_.memory_bytes(), bytes);
  EXPECT_EQ(session->status().epoch, 0);
  EXPECT_TRUE(Do(session, AdvanceCommand{.step_count = 1}).status.ok());
}

TEST_F(SessionEditTest, MustFitBesideTheOldNetwork) {
  const auto session = Create();
  const int64_t bytes = registry_.memory_bytes();
  EditSpec edit = AddPopulation(1'000'000);
  edit.projections[0].weight = Uniform{0, 1};
  const SessionEditor::EditResult edited = Edit(session, edit);
  EXPECT_EQ(edited.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(edited.status.message()),
              HasSubstr("the edited network needs about"));
  EXPECT_EQ(registry_.memory_bytes(), bytes);
  EXPECT_TRUE(Edit(session, AddPopulation()).status.ok());
}

TEST_F(SessionEditTest, StopsWhenItsClientIsGone) {
  const auto session = Create();
  const int64_t bytes = registry_.memory_bytes();
  const auto cancelled = std::make_shared<std::atomic<bool>>(true);
  EXPECT_EQ(Edit(session, AddPopulation(), cancelled).status.code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(registry_.memory_bytes(), bytes);
  EXPECT_EQ(session->status().epoch, 0);
}

// A session lends its state when the builder is free for its edit, and serves
// until then.
TEST_F(SessionEditTest, CommandsAreServedWhileItWaitsForTheBuilder) {
  const auto session = Create();
  std::promise<void> go;
  HoldBuilder(&go);
  auto edited = BeginEdit(session);
  EXPECT_TRUE(Do(session, AdvanceCommand{.step_count = 3}).status.ok());
  go.set_value();
  const SessionEditor::EditResult result = edited.get();
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.outcome.session.step, 3);
  EXPECT_EQ(session->built()->network->neuron_count, 160);
}

TEST_F(SessionEditTest, IsRefusedIfItsSessionRunsWhenItsTurnComes) {
  const auto session = Create();
  ASSERT_TRUE(
      Do(session, UpdateCommand{.pacing = Pacing::kRealTime}).status.ok());
  std::promise<void> go;
  HoldBuilder(&go);
  auto edited = BeginEdit(session);
  ASSERT_TRUE(Do(session, StartCommand{}).status.ok());
  go.set_value();
  EXPECT_EQ(edited.get().status.code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(Do(session, PauseCommand{}).status.ok());
  EXPECT_TRUE(Edit(session, AddPopulation()).status.ok());
}

TEST_F(SessionEditTest, ADeletionDoesNotWaitForOneThatWaits) {
  const auto session = Create();
  std::promise<void> go;
  HoldBuilder(&go);
  auto edited = BeginEdit(session);
  std::promise<Outcome> deletion;
  registry_.Delete("demo",
                   [&](Outcome o) { deletion.set_value(std::move(o)); });
  EXPECT_TRUE(deletion.get_future().get().status.ok());
  EXPECT_EQ(registry_.memory_bytes(), 0);
  go.set_value();
  EXPECT_TRUE(absl::IsCancelled(edited.get().status));
}

TEST_F(SessionEditTest, OneThatIsCancelledBeforeItsTurnLeavesNothing) {
  const auto session = Create();
  const int64_t bytes = registry_.memory_bytes();
  std::promise<void> go;
  HoldBuilder(&go);
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  auto edited = BeginEdit(session, AddPopulation(), cancelled);
  *cancelled = true;
  go.set_value();
  EXPECT_TRUE(absl::IsCancelled(edited.get().status));
  EXPECT_EQ(session->status().epoch, 0);
  EXPECT_EQ(registry_.memory_bytes(), bytes);
}

// A session whose edit waits is in use.
TEST_F(SessionEditTest, IsAUseWhileItWaits) {
  const auto session = Create();
  session->lifetime()->Change({.idle_timeout_s = 1e-9});
  std::promise<void> go;
  HoldBuilder(&go);
  auto edited = BeginEdit(session);
  EXPECT_EQ(session->lifetime()->Check(), SessionLifetime::End::kNone);
  go.set_value();
  EXPECT_TRUE(edited.get().status.ok());
}

TEST_F(SessionEditTest, WaitingOnesCountAsNetworksThatWaitToBeBuilt) {
  const auto session = Create();
  std::promise<void> go;
  HoldBuilder(&go);
  // They end without a network when their turn comes.
  const auto cancelled = std::make_shared<std::atomic<bool>>(true);
  std::vector<std::future<SessionEditor::EditResult>> edits;
  for (int i = 0; i < SessionRegistry::kMaxBuilding; ++i) {
    edits.push_back(BeginEdit(session, AddPopulation(), cancelled));
  }
  const absl::Status full = BeginEdit(session).get().status;
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(full.message(),
            "64 networks are waiting to be built or edited; at most 64 are "
            "allowed");
  go.set_value();
  for (auto& edit : edits) EXPECT_TRUE(absl::IsCancelled(edit.get().status));
  // An answer comes just before its place is free.
  absl::Status last;
  do {
    last = BeginEdit(session).get().status;
  } while (absl::IsResourceExhausted(last));
  EXPECT_TRUE(last.ok()) << last;
}

// The deletion may come during the edit or after it: in both cases nothing is
// left.
TEST_F(SessionEditTest, ADeletionStopsIt) {
  const auto session = Create();
  std::promise<SessionEditor::EditResult> edited;
  std::promise<Outcome> deletion;
  EditSpec edit = AddPopulation(20'000);
  edit.projections[0].weight = Uniform{0, 1};
  editor_.Edit(session, edit, {}, [&](SessionEditor::EditResult e) {
    edited.set_value(std::move(e));
  });
  registry_.Delete("demo",
                   [&](Outcome o) { deletion.set_value(std::move(o)); });
  EXPECT_TRUE(deletion.get_future().get().status.ok());
  const absl::Status status = edited.get_future().get().status;
  // The edit may have ended before.
  EXPECT_TRUE(status.ok() || absl::IsCancelled(status)) << status;
  EXPECT_EQ(registry_.memory_bytes(), 0);
  EXPECT_EQ(registry_.session_count(), 0);
}

TEST_F(SessionEditTest, AResetKeepsItAndIsWhatCouldHaveBeenCreated) {
  const auto session = Create();
  Do(session, AdvanceCommand{.step_count = 20});
  ASSERT_TRUE(Edit(session, AddPopulation()).status.ok());
  Do(session, AdvanceCommand{.step_count = 20});
  Do(session, ResetCommand{});
  Violations violations;
  const EditedSpec edited =
      EditNetwork(Chain(), AddPopulation(), "", &violations);
  const auto network = Compile(edited.spec);
  EXPECT_EQ(Do(session, HashCommand{}).state_hash,
            HashState(**network, MakeState(**network)));
}

TEST_F(SessionEditTest, ListsOfSynapsesComeBack) {
  NetworkSpec spec = Chain();
  spec.projections[0].rule = testing::Pairs({{3, 4}, {1, 2}, {3, 1}});
  spec.projections[0].weight = std::vector<double>{1, 2, 3};
  spec.projections[0].delay_ms = std::vector<double>{4, 5, 6};
  const auto session = Create(spec);
  ASSERT_TRUE(Edit(session, AddPopulation()).status.ok());
  ReadSynapsesCommand read;
  read.sources = {1, 3};
  const auto synapses = Do(session, read).synapses;
  ASSERT_EQ(synapses->size(), 3u);
  EXPECT_EQ((*synapses)[0].weight, 2);
  EXPECT_EQ((*synapses)[1].weight, 3);
  EXPECT_EQ((*synapses)[1].delay_steps, 6);
  EXPECT_EQ((*synapses)[2].target, 4);
}

TEST_F(SessionEditTest, LiveChangesKeepTheirMemory) {
  NetworkSpec spec = Chain();
  spec.projections[0].weight = Uniform{0, 1};
  const auto session = Create(spec);
  const int64_t bytes = registry_.memory_bytes();
  const auto changes = std::make_shared<const ChangeSpecs>(
      ChangeSpecs{SetWeightsSpec{"a->b", WeightFactor{0.5}}});
  ASSERT_TRUE(Do(session, ChangeCommand{.changes = changes}).status.ok());
  const int64_t changed = registry_.memory_bytes();
  EXPECT_GT(changed, bytes);
  ASSERT_TRUE(Edit(session, AddPopulation()).status.ok());
  EditSpec edit;
  edit.removed_populations = {"new"};
  ASSERT_TRUE(Edit(session, edit).status.ok());
  EXPECT_EQ(registry_.memory_bytes(), changed);
  Do(session, ResetCommand{});
  EXPECT_EQ(registry_.memory_bytes(), bytes);
}

class EditQuotaTest : public SessionEditTest {
 protected:
  EditQuotaTest() : SessionEditTest({.quotas = Quotas165()}) {}

  static Quotas Quotas165() {
    Quotas quotas;
    quotas.others.limits[static_cast<int>(Resource::kNeurons)] = 165;
    return quotas;
  }
};

// The network has 150 neurons.
TEST_F(EditQuotaTest, NeuronsCountOnce) {
  const auto session = Create();
  EXPECT_EQ(Edit(session, AddPopulation(16)).status.code(),
            absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(Edit(session, AddPopulation(15)).status.ok());
  EditSpec swap = AddPopulation(15);
  swap.removed_populations = {"new"};
  EXPECT_TRUE(Edit(session, swap).status.ok());
  swap.populations[0].size = 1;
  EXPECT_TRUE(Edit(session, swap).status.ok());
  EditSpec more;
  more.populations = {MakePopulation("more", "lif_delta", 14)};
  EXPECT_TRUE(Edit(session, more).status.ok());
  more.populations[0].name = "even_more";
  EXPECT_EQ(Edit(session, more).status.code(),
            absl::StatusCode::kResourceExhausted);
  const auto used = [&] {
    return registry_.tenants()->Get("")->usage(0).used[static_cast<int>(
        Resource::kNeurons)];
  };
  EXPECT_EQ(used(), 165);
  std::promise<void> deleted;
  registry_.Delete("demo", [&](const Outcome&) { deleted.set_value(); });
  deleted.get_future().get();
  EXPECT_EQ(used(), 0);
}

}  // namespace
}  // namespace spiked
