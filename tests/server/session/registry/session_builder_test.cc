// SPDX-License-Identifier: Apache-2.0
//
// Sessions that are being created: visible, cancelled and failed; and expired
// sessions.

#include "server/session/registry/session_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/session/registry/session_registry.h"
#include "tests/server/fake_clock.h"
#include "tests/support/network_builder.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using CreateResult = SessionBuilder::CreateResult;

class SessionBuildingTest : public ::testing::Test {
 protected:
  ~SessionBuildingTest() override { scheduler_.Stop(); }

  static NetworkSpec Small() {
    return testing::MakeColumnarNetwork(Precision::kFloat32, 3);
  }
  // A network that takes some seconds to build on one thread.
  static NetworkSpec Large() {
    NetworkSpec spec = testing::MakeNetwork(1, Precision::kFloat32);
    spec.populations = {testing::MakePopulation("a", "izhikevich", 20'000)};
    spec.projections = {testing::MakeProjection("a", "a", FixedIndegree{2000},
                                                Uniform{0, 1}, Uniform{1, 20})};
    return spec;
  }
  static NetworkSpec Wrong() {
    NetworkSpec spec = Small();
    spec.populations[0].model = "izikevich";
    return spec;
  }

  std::future<CreateResult> Create(const std::string& id, NetworkSpec spec,
                                   SessionCare care = {}) {
    auto promise = std::make_shared<std::promise<CreateResult>>();
    builder_.Create(
        id, std::move(spec), {},
        [promise](CreateResult c) { promise->set_value(std::move(c)); },
        client_, std::move(care));
    return promise->get_future();
  }

  std::future<Outcome> Delete(const std::string& id) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    registry_.Delete(
        id, [promise](Outcome o) { promise->set_value(std::move(o)); });
    return promise->get_future();
  }

  std::shared_ptr<Session> Find(const std::string& id) {
    auto session = registry_.Find(id);
    return session.ok() ? *session : nullptr;
  }

  void WaitForSynapses(const Session& session) {
    while (session.building()->phase() < BuildProgress::Phase::kSynapses ||
           session.building()->fraction() == 0) {
      std::this_thread::yield();
    }
  }

  FakeClock clock_;
  Statistics statistics_;
  std::shared_ptr<std::atomic<bool>> client_ =
      std::make_shared<std::atomic<bool>>(false);
  Scheduler scheduler_{2, &clock_, &statistics_};
  SessionRegistry registry_{
      {.memory_bytes = int64_t{2} << 30}, &clock_, &scheduler_, &statistics_};
  SessionBuilder builder_{&registry_};
};

TEST_F(SessionBuildingTest, ANetworkThatIsBuiltCanBeDeleted) {
  auto creation = Create("large", Large());
  const auto session = Find("large");
  WaitForSynapses(*session);
  EXPECT_GT(registry_.memory_bytes(), 0);
  EXPECT_EQ(session->status().state, SessionState::kCreating);
  auto first = Delete("large");
  auto second = Delete("large");
  EXPECT_EQ(creation.get().status.code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(first.get().status.ok());
  EXPECT_EQ(second.get().status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(registry_.memory_bytes(), 0);
  EXPECT_EQ(registry_.session_count(), 0);
  EXPECT_EQ(session->status().state, SessionState::kDeleting);
  EXPECT_EQ(statistics_.builds_cancelled.Get(), 1);
  EXPECT_EQ(statistics_.sessions_deleted.Get(), 1);
}

TEST_F(SessionBuildingTest, OneThatWaitsIsDeletedAtOnce) {
  auto large = Create("large", Large());
  auto waiting = Create("waiting", Small());
  const auto session = Find("waiting");
  EXPECT_EQ(session->building()->phase(), BuildProgress::Phase::kWaiting);
  // The deletion is answered although the builder is still busy with another.
  EXPECT_TRUE(Delete("waiting").get().status.ok());
  EXPECT_EQ(waiting.get().status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Find("waiting"), nullptr);
  EXPECT_NE(Find("large"), nullptr);
  auto again = Create("waiting", Small());
  Delete("large").get();
  EXPECT_TRUE(again.get().status.ok());
}

TEST_F(SessionBuildingTest, AClientThatGoesAwayStopsIt) {
  auto creation = Create("large", Large());
  WaitForSynapses(*Find("large"));
  *client_ = true;
  EXPECT_EQ(creation.get().status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(registry_.memory_bytes(), 0);
  EXPECT_EQ(Find("large"), nullptr);
}

TEST_F(SessionBuildingTest, ItCanBeReturnedAtOnce) {
  auto creation = Create("large", Large(), {.return_at_once = true});
  const CreateResult at_once = creation.get();
  ASSERT_TRUE(at_once.status.ok());
  EXPECT_EQ(at_once.session->status().state, SessionState::kCreating);
  EXPECT_EQ(at_once.session->built(), nullptr);
  EXPECT_TRUE(Delete("large").get().status.ok());
}

TEST_F(SessionBuildingTest, WhatCannotBeBuiltStaysToSayWhy) {
  const auto session =
      Create("wrong", Wrong(), {.return_at_once = true}).get().session;
  while (session->status().state == SessionState::kCreating) {
    std::this_thread::yield();
  }
  EXPECT_EQ(session->status().state, SessionState::kFailed);
  EXPECT_THAT(session->status().failure,
              HasSubstr("network.populations[0].model"));
  EXPECT_EQ(registry_.memory_bytes(), 0);
  // A failed session takes no command but its deletion.
  std::promise<Outcome> reset;
  session->Post(ResetCommand{},
                [&](Outcome o) { reset.set_value(std::move(o)); });
  const Outcome refused = reset.get_future().get();
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status.message()), HasSubstr("izikevich"));
  while (statistics_.builds_failed.Get() == 0) std::this_thread::yield();
  EXPECT_TRUE(Delete("wrong").get().status.ok());
  EXPECT_EQ(session->status().state, SessionState::kDeleting);
  EXPECT_EQ(registry_.session_count(), 0);
}

TEST_F(SessionBuildingTest, ItStaysForTenMinutes) {
  Create("wrong", Wrong(), {.return_at_once = true}).get();
  while (statistics_.builds_failed.Get() == 0) std::this_thread::yield();
  clock_.AdvanceMs(599e3);
  registry_.DeleteExpired();
  EXPECT_NE(Find("wrong"), nullptr);
  clock_.AdvanceMs(1e3);
  registry_.DeleteExpired();
  EXPECT_EQ(Find("wrong"), nullptr);
}

TEST_F(SessionBuildingTest, SessionsEndWhenTheirTimeIsOver) {
  const auto wait_for = [&](const Counter& counter) {
    while (counter.Get() < 1) std::this_thread::yield();
  };
  Create("forever", Small()).get();
  const auto session =
      Create("short", Small(), {.lifetime = {.ttl_s = 5}}).get().session;
  Create("idle", Small(), {.lifetime = {.idle_timeout_s = 7}}).get();
  clock_.AdvanceMs(4999);
  registry_.DeleteExpired();
  EXPECT_EQ(registry_.session_count(), 3);
  clock_.AdvanceMs(1);
  registry_.DeleteExpired();
  wait_for(statistics_.sessions_expired);
  EXPECT_EQ(session->status().state, SessionState::kDeleting);
  Find("idle");  // a call that names it
  clock_.AdvanceMs(6999);
  registry_.DeleteExpired();
  EXPECT_NE(registry_.List("", 10).size(), 1u);
  clock_.AdvanceMs(1);
  registry_.DeleteExpired();
  wait_for(statistics_.sessions_idle);
  EXPECT_EQ(registry_.List("", 10).front()->id(), "forever");
  EXPECT_EQ(registry_.session_count(), 1);
  EXPECT_EQ(statistics_.sessions_expired.Get(), 1);
  EXPECT_EQ(statistics_.sessions_idle.Get(), 1);
  EXPECT_EQ(statistics_.sessions_deleted.Get(), 2);
}

TEST_F(SessionBuildingTest, TheTimeOfANetworkThatIsBuiltCanBeOver) {
  auto creation = Create("large", Large(), {.lifetime = {.ttl_s = 5}});
  WaitForSynapses(*Find("large"));
  clock_.AdvanceMs(5000);
  registry_.DeleteExpired();
  registry_.DeleteExpired();  // twice, as for a slow deletion
  EXPECT_EQ(creation.get().status.code(), absl::StatusCode::kCancelled);
  while (statistics_.sessions_expired.Get() == 0) std::this_thread::yield();
  EXPECT_EQ(statistics_.sessions_deleted.Get(), 1);
}

TEST_F(SessionBuildingTest, ACommandUnderWayIsAUse) {
  const auto session =
      Create("idle", Small(), {.lifetime = {.idle_timeout_s = 7}})
          .get()
          .session;
  // Shared, because the command outlives this stack frame.
  const auto entered = std::make_shared<std::promise<void>>();
  std::promise<void> leave;
  session->Post(PauseCommand{},
                [entered, left = leave.get_future().share()](const Outcome&) {
                  entered->set_value();
                  left.wait();
                });
  entered->get_future().wait();
  clock_.AdvanceMs(10'000);
  EXPECT_EQ(session->lifetime()->Check(), SessionLifetime::End::kNone);
  leave.set_value();
}

// Builds of other tenants wait for one build of a busy tenant only.
TEST_F(SessionBuildingTest, TenantsTakeTurns) {
  constexpr int kMax = SessionRegistry::kMaxBuilding;
  Mutex mutex;
  std::vector<std::string> order;
  std::atomic<int> ended{0};
  const auto create = [&](const std::string& key, NetworkSpec spec) {
    builder_.Create(key, std::move(spec), {}, [&, key](const CreateResult& c) {
      EXPECT_EQ(c.status.code(), key == "a/more"
                                     ? absl::StatusCode::kResourceExhausted
                                     : absl::StatusCode::kOk);
      MutexLock lock(&mutex);
      order.push_back(key);
      ++ended;
    });
  };
  const auto large = Create("a/large", Large());
  WaitForSynapses(*Find("a/large"));
  for (int i = 1; i < kMax; ++i) {
    create(absl::StrCat("a/", i), Small());
  }
  EXPECT_EQ(ended, 0);
  // The limit is per tenant.
  create("b/1", Small());
  create("b/2", Small());
  EXPECT_EQ(ended, 0);
  create("a/more", Small());
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(order, std::vector<std::string>{"a/more"});
  EXPECT_TRUE(Delete("a/large").get().status.ok());
  while (ended < kMax + 2) std::this_thread::yield();
  MutexLock lock(&mutex);
  EXPECT_THAT(std::vector<std::string>(order.begin() + 1, order.begin() + 6),
              ElementsAre("a/1", "b/1", "a/2", "b/2", "a/3"));
}

TEST_F(SessionBuildingTest, MemoryIsSharedWithReservations) {
  {
    const auto tenant = registry_.tenants()->Get("");
    const auto taken =
        registry_.ledger()->Reserve(tenant, int64_t{2} << 30, "it");
    ASSERT_TRUE(taken.ok());
    EXPECT_EQ(Create("small", Small()).get().status.code(),
              absl::StatusCode::kResourceExhausted);
    const auto more = registry_.ledger()->Reserve(tenant, 1'000'000, "that");
    EXPECT_EQ(more.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(more.status().message()),
                HasSubstr("that needs 1.0 MB; 0.0 MB are free"));
  }
  EXPECT_EQ(registry_.memory_bytes(), 0);
  EXPECT_TRUE(Create("small", Small()).get().status.ok());
}

}  // namespace
}  // namespace spiked
