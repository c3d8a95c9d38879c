// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/session_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/build/estimate.h"
#include "server/base/status_payload.h"
#include "server/security/quota_file.h"
#include "server/session/registry/session_builder.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Tests with real threads and the real clock, as in the daemon.
class SessionRegistryTest : public ::testing::Test {
 protected:
  explicit SessionRegistryTest(SessionLimits limits = {})
      : registry_(limits, &clock_, &scheduler_, &statistics_) {}

  SessionBuilder::CreateResult Create(const std::string& id,
                                      const NetworkSpec& spec = Small(),
                                      SessionOptions options = {}) {
    std::promise<SessionBuilder::CreateResult> promise;
    builder_.Create(id, spec, options, [&](SessionBuilder::CreateResult c) {
      promise.set_value(std::move(c));
    });
    return promise.get_future().get();
  }

  template <typename Command>
  ResultOf<Command> Do(const std::shared_ptr<Session>& session,
                       Command command) {
    std::promise<ResultOf<Command>> promise;
    session->Post(std::move(command), [&](ResultOf<Command> r) {
      promise.set_value(std::move(r));
    });
    return promise.get_future().get();
  }

  Outcome Delete(const std::string& id,
                 const std::string& incarnation_id = "") {
    std::promise<Outcome> promise;
    registry_.Delete(
        id, [&](Outcome o) { promise.set_value(std::move(o)); },
        incarnation_id);
    return promise.get_future().get();
  }

  static NetworkSpec Small() {
    return testing::MakeColumnarNetwork(Precision::kFloat32, 3);
  }

  SteadyClock clock_;
  Statistics statistics_;
  Scheduler scheduler_{3, &clock_, &statistics_};
  SessionRegistry registry_;
  SessionBuilder builder_{&registry_};
};

TEST_F(SessionRegistryTest, CreatesAndFinds) {
  const auto creation = Create("demo");
  ASSERT_TRUE(creation.status.ok()) << creation.status;
  EXPECT_EQ(*registry_.Find("demo"), creation.session);
  EXPECT_GT(registry_.memory_bytes(), 0);
  EXPECT_EQ(statistics_.sessions_created.Get(), 1);
}

class SessionRegistryThreadsTest : public SessionRegistryTest {
 protected:
  SessionRegistryThreadsTest()
      : SessionRegistryTest({.max_session_threads = 4}) {}
};

// The memory is that of the requested or chosen number of threads.
TEST_F(SessionRegistryThreadsTest, MemoryIsThatOfTheThreads) {
  for (int thread_count : {1, 4, 0}) {
    NetworkSpec spec = testing::MakeNetwork(1);
    spec.populations = {testing::MakePopulation("p", "spike_source", 5000)};
    spec.projections = {testing::MakeProjection("p", "p", FixedOutdegree{250},
                                                1.0, Uniform{1, 20})};
    SessionOptions options;
    options.thread_count = thread_count;
    const auto creation = Create("demo", spec, options);
    ASSERT_TRUE(creation.status.ok()) << creation.status;
    if (thread_count > 0) {
      EXPECT_EQ(creation.session->built()->thread_count, thread_count);
    } else {
      EXPECT_GT(creation.session->built()->thread_count, 1);
    }
    EXPECT_EQ(registry_.memory_bytes(),
              static_cast<int64_t>(
                  EstimateNetwork(spec, creation.session->built()->thread_count)
                      .bytes));
    Delete("demo");
  }
  const NetworkSpec spec = Small();
  EXPECT_GT(EstimateNetwork(spec, 4).bytes, EstimateNetwork(spec, 1).bytes);
}

TEST_F(SessionRegistryTest, SmallNetworksHaveOneThread) {
  EXPECT_EQ(Create("demo").session->built()->thread_count, 1);
}

TEST_F(SessionRegistryTest, ChoosesAnIdIfThereIsNone) {
  const auto creation = Create("");
  ASSERT_TRUE(creation.status.ok());
  EXPECT_TRUE(SessionRegistry::IsSessionId(creation.session->id()));
}

TEST_F(SessionRegistryTest, ReportsAllViolationsAndKeepsNothing) {
  NetworkSpec spec = Small();
  spec.dt_ms = -1;
  spec.populations[0].model = "izikevich";
  const auto creation = Create("bad", spec);
  EXPECT_EQ(creation.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_GE(creation.violations.size(), 2u);
  EXPECT_EQ(registry_.session_count(), 0);
  EXPECT_EQ(registry_.memory_bytes(), 0);
}

TEST_F(SessionRegistryTest, RefusesATakenId) {
  Create("demo");
  EXPECT_EQ(Create("demo").status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(registry_.session_count(), 1);
}

TEST_F(SessionRegistryTest, DeleteGivesBackPlaceAndMemory) {
  Create("demo");
  EXPECT_TRUE(Delete("demo").status.ok());
  EXPECT_EQ(registry_.Find("demo").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(registry_.memory_bytes(), 0);
  EXPECT_EQ(Delete("demo").status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Create("demo").status.ok());
}

TEST_F(SessionRegistryTest, AnotherIncarnationIsNeitherFoundNorDeleted) {
  const std::string earlier = Create("demo").session->incarnation_id();
  ASSERT_TRUE(Delete("demo", earlier).status.ok());
  EXPECT_EQ(ReasonOf(registry_.Find("demo", earlier).status()),
            Reason::kSessionNotFound);
  const auto session = Create("demo").session;
  EXPECT_NE(session->incarnation_id(), earlier);
  for (const absl::Status& status : {registry_.Find("demo", earlier).status(),
                                     Delete("demo", earlier).status}) {
    EXPECT_EQ(ReasonOf(status), Reason::kIncarnationMismatch);
    EXPECT_EQ(MetadataOf(status).at("incarnation_id"),
              session->incarnation_id());
    EXPECT_EQ(MetadataOf(status).at("expected_incarnation_id"), earlier);
  }
  EXPECT_EQ(*registry_.Find("demo", session->incarnation_id()), session);
}

TEST_F(SessionRegistryTest, ListsInPages) {
  for (const char* id : {"c", "a", "b"}) Create(id);
  const auto first = registry_.List("", 2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[1]->id(), "b");
  const auto rest = registry_.List("b", 2);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0]->id(), "c");
}

TEST_F(SessionRegistryTest, DrainRefusesNewSessions) {
  Create("old");
  registry_.Drain();
  EXPECT_EQ(Create("new").status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(registry_.Find("old").ok());
}

TEST_F(SessionRegistryTest, ACancelledCreationIsNotBuilt) {
  std::promise<SessionBuilder::CreateResult> promise;
  builder_.Create(
      "gone", Small(), {},
      [&](SessionBuilder::CreateResult c) { promise.set_value(std::move(c)); },
      std::make_shared<std::atomic<bool>>(true));
  EXPECT_EQ(promise.get_future().get().status.code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(registry_.session_count(), 0);
}

TEST_F(SessionRegistryTest, SessionIdsAreChecked) {
  for (const char* good : {"a", "demo", "s-1", "a0"}) {
    EXPECT_TRUE(SessionRegistry::IsSessionId(good)) << good;
  }
  for (const char* bad : {"", "A", "1a", "a-", "a_b", "a/b", "../x"}) {
    EXPECT_FALSE(SessionRegistry::IsSessionId(bad)) << bad;
  }
  EXPECT_TRUE(SessionRegistry::IsSessionId(std::string(63, 'a')));
  EXPECT_FALSE(SessionRegistry::IsSessionId(std::string(64, 'a')));
}

class LimitedRegistryTest : public SessionRegistryTest {
 protected:
  LimitedRegistryTest()
      : SessionRegistryTest({.max_sessions = 2, .memory_bytes = 10 << 20}) {}
};

TEST_F(LimitedRegistryTest, RefusesMoreSessions) {
  Create("a");
  Create("b");
  const auto third = Create("c");
  EXPECT_EQ(third.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(third.status.message()), HasSubstr("at most 2"));
}

TEST_F(LimitedRegistryTest, RefusesANetworkLargerThanTheMemoryLimit) {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations.push_back(
      testing::MakePopulation("all", "izhikevich", 100'000));
  spec.projections.push_back(
      testing::MakeProjection("all", "all", AllToAll{}, 1.0, 1.0));
  // 10^10 synapses are refused by count, 10^8 by memory, before it is taken.
  EXPECT_EQ(Create("huge", spec).status.code(),
            absl::StatusCode::kInvalidArgument);
  spec.populations[0].size = 10'000;
  const auto creation = Create("large", spec);
  EXPECT_EQ(creation.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(creation.status.message()), HasSubstr("10.5 MB"));
  EXPECT_EQ(registry_.session_count(), 0);
}

// Memory for copies of changed weights counts, and is given back.
TEST_F(LimitedRegistryTest, CountsCopiesOfWeights) {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations = {testing::MakePopulation("p", "spike_source", 800)};
  spec.projections = {testing::MakeProjection("p", "p", PairwiseBernoulli{0.5},
                                              Uniform{0, 1}, 1.0)};
  spec.projections[0].weight_precision = WeightPrecision::kFull;
  ChangeCommand change;
  change.changes = std::make_shared<const ChangeSpecs>(
      ChangeSpecs{SetWeightsSpec{"p->p", WeightFactor{0.5}}});
  const auto first = Create("first", spec);
  ASSERT_TRUE(first.status.ok()) << first.status;
  const int64_t before = registry_.memory_bytes();
  ASSERT_TRUE(Do(first.session, change).status.ok());
  // 320,000 weights of 8 bytes.
  EXPECT_NEAR(registry_.memory_bytes() - before, 2.56e6, 0.1e6);
  EXPECT_EQ(registry_.memory_bytes(), first.session->memory_bytes());
  const auto second = Create("second", spec);
  ASSERT_TRUE(second.status.ok()) << second.status;
  const auto refused = Do(second.session, change);
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.status.message()),
              HasSubstr("the changes need about 2.6 MB"));
  Do(first.session, ResetCommand{});
  EXPECT_TRUE(Do(second.session, change).status.ok());
  Delete("first");
  Delete("second");
  EXPECT_EQ(registry_.memory_bytes(), 0);
}

// Memory of stimuli counts until they have ended.
TEST_F(LimitedRegistryTest, CountsStimuliThatWait) {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations = {testing::MakePopulation("p", "spike_source", 50'000)};
  const auto creation = Create("demo", spec, {.pacing = Pacing::kLockstep});
  ASSERT_TRUE(creation.status.ok()) << creation.status;
  const auto& session = creation.session;
  const int64_t before = registry_.memory_bytes();
  StimulusSpec all;
  all.population = "p";
  all.start = int64_t{3};
  all.kind = SpikeStimulusSpec{};
  // A small amount is free.
  ASSERT_TRUE(Do(session, InjectCommand{{all}}).status.ok());
  EXPECT_EQ(registry_.memory_bytes(), before);
  ASSERT_TRUE(Do(session, InjectCommand{std::vector<StimulusSpec>(20, all)})
                  .status.ok());
  EXPECT_NEAR(registry_.memory_bytes() - before, 20 * 200'000, 10'000);
  const auto refused =
      Do(session, InjectCommand{std::vector<StimulusSpec>(40, all)});
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.status.message()),
              HasSubstr("the list of stimuli needs 8.0 MB; "));
  // A train of spikes stores its neurons once.
  StimulusSpec train = all;
  train.kind = SpikeStimulusSpec{.offsets_ms = std::vector<double>(500)};
  ASSERT_TRUE(Do(session, InjectCommand{{train}}).status.ok());
  EXPECT_NEAR(registry_.memory_bytes() - before, 21 * 200'000 + 500 * 128,
              10'000);
  // They act in step 3, and are gone in step 4.
  Do(session, AdvanceCommand{.step_count = 4});
  EXPECT_GT(registry_.memory_bytes(), before);
  Do(session, AdvanceCommand{.step_count = 1});
  EXPECT_EQ(registry_.memory_bytes(), before);
  // A reset frees their memory, too.
  all.start = int64_t{100};
  ASSERT_TRUE(Do(session, InjectCommand{std::vector<StimulusSpec>(20, all)})
                  .status.ok());
  EXPECT_GT(registry_.memory_bytes(), before);
  Do(session, ResetCommand{});
  EXPECT_EQ(registry_.memory_bytes(), before);
}

TEST_F(LimitedRegistryTest, CountsStimuliOfEncodersAndCurrents) {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations = {testing::MakePopulation("p", "izhikevich", 50'000)};
  const auto creation = Create("demo", spec, {.pacing = Pacing::kLockstep});
  ASSERT_TRUE(creation.status.ok()) << creation.status;
  const int64_t before = registry_.memory_bytes();
  StimulusSpec current;
  current.population = "p";
  current.kind = CurrentStimulusSpec{
      .amplitudes = std::vector<double>(50'000, 1.0), .duration_ms = 2};
  ASSERT_TRUE(Do(creation.session, InjectCommand{{current}}).status.ok());
  EXPECT_NEAR(registry_.memory_bytes() - before, 12 * 50'000, 1000);
}

TEST_F(SessionRegistryTest, TenantsHaveSessionsOfTheSameId) {
  const auto a = Create("a/demo");
  const auto b = Create("b/demo");
  ASSERT_TRUE(a.status.ok()) << a.status;
  ASSERT_TRUE(b.status.ok()) << b.status;
  EXPECT_EQ(a.session->id(), "demo");
  EXPECT_EQ(*registry_.Find("a/demo"), a.session);
  EXPECT_EQ(*registry_.Find("b/demo"), b.session);
  EXPECT_EQ(registry_.Find("demo").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(std::string(Create("a/demo").status.message()),
            "session \"sessions/demo\" already exists");
  EXPECT_TRUE(Delete("a/demo").status.ok());
  EXPECT_TRUE(registry_.Find("b/demo").ok());
}

TEST_F(SessionRegistryTest, ListsTheSessionsOfATenant) {
  for (const char* key : {"a/x", "a/y", "a/z", "a-b/x", "ab/x", "x"}) {
    ASSERT_TRUE(Create(key).status.ok());
  }
  const auto ids = [&](const std::string& tenant, const std::string& after,
                       size_t max_count) {
    std::vector<std::string> ids;
    for (const auto& session : registry_.ListOf(tenant, after, max_count)) {
      ids.push_back(session->id());
    }
    return ids;
  };
  EXPECT_THAT(ids("a", "", 10), ElementsAre("x", "y", "z"));
  EXPECT_THAT(ids("a", "x", 1), ElementsAre("y"));
  EXPECT_THAT(ids("a-b", "", 10), ElementsAre("x"));
  EXPECT_THAT(ids("", "", 10), ElementsAre("x"));
  EXPECT_THAT(ids("c", "", 10), ElementsAre());
  EXPECT_EQ(registry_.List("", SIZE_MAX).size(), 6u);
}

TEST_F(SessionRegistryTest, AnEmptyIdOfATenantIsChosen) {
  const auto creation = Create("a/");
  ASSERT_TRUE(creation.status.ok()) << creation.status;
  EXPECT_TRUE(SessionRegistry::IsSessionId(creation.session->id()));
  EXPECT_EQ(creation.session->key(), "a/" + creation.session->id());
}

TEST_F(SessionRegistryTest, QuotasAreTakenAndGivenBack) {
  registry_.tenants()->SetQuotas(*ParseQuotas("a sessions=1"));
  EXPECT_TRUE(Create("a/x").status.ok());
  EXPECT_EQ(QuotaOf(Create("a/y").status), "sessions");
  EXPECT_TRUE(Create("b/y").status.ok());
  EXPECT_TRUE(Delete("a/x").status.ok());
  EXPECT_TRUE(Create("a/y").status.ok());
  registry_.tenants()->SetQuotas(*ParseQuotas("a neurons=122"));
  EXPECT_EQ(QuotaOf(Create("a/z").status), "neurons");
  EXPECT_EQ(registry_.Find("a/z").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SessionRegistryTest, ReservationsCountForTheirTenant) {
  registry_.tenants()->SetQuotas(*ParseQuotas("a memory_bytes=1e6"));
  const auto a = registry_.tenants()->Get("a");
  const auto b = registry_.tenants()->Get("b");
  {
    const auto taken = registry_.ledger()->Reserve(a, 800'000, "it");
    ASSERT_TRUE(taken.ok()) << taken.status();
    EXPECT_EQ(QuotaOf(registry_.ledger()->Reserve(a, 300'000, "it").status()),
              "memory_bytes");
    EXPECT_TRUE(registry_.ledger()->Reserve(b, 300'000, "it").ok());
  }
  EXPECT_TRUE(registry_.ledger()->Reserve(a, 300'000, "it").ok());
  EXPECT_EQ(registry_.memory_bytes(), 0);
}

// Memory for copies of weights counts for the tenant, and is refused while
// memory is tight.
TEST_F(SessionRegistryTest, CopiesOfWeightsCountForTheTenant) {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations = {testing::MakePopulation("p", "spike_source", 300)};
  spec.projections = {testing::MakeProjection("p", "p", PairwiseBernoulli{1},
                                              Uniform{0, 1}, 1.0)};
  spec.projections[0].weight_precision = WeightPrecision::kFull;
  SessionRegistry registry({.guarded_bytes = 1000}, &clock_, &scheduler_,
                           &statistics_);
  SessionBuilder builder(&registry);
  std::promise<std::shared_ptr<Session>> created;
  builder.Create("a/x", spec, {}, [&](const SessionBuilder::CreateResult& c) {
    created.set_value(c.session);
  });
  const std::shared_ptr<Session> session = created.get_future().get();
  ASSERT_NE(session, nullptr);
  ChangeCommand change;
  change.changes = std::make_shared<const ChangeSpecs>(
      ChangeSpecs{SetWeightsSpec{"p->p", WeightFactor{0.5}}});
  const int64_t before = registry.memory_bytes();

  registry.ledger()->guard()->Update(850);
  EXPECT_EQ(QuotaOf(Do(session, change).status), "server_memory");
  registry.ledger()->guard()->Update(100);
  registry.tenants()->SetQuotas(*ParseQuotas(
      absl::StrCat("a memory_bytes=", registry.memory_bytes() + 1000)));
  EXPECT_EQ(QuotaOf(Do(session, change).status), "memory_bytes");
  EXPECT_EQ(registry.memory_bytes(), before);
  registry.tenants()->SetQuotas({});
  EXPECT_TRUE(Do(session, change).status.ok());
  EXPECT_GT(registry.memory_bytes(), before);
  // The session must end before its registry.
  std::promise<void> deleted;
  registry.Delete("a/x", [&](const Outcome&) { deleted.set_value(); });
  deleted.get_future().get();
}

TEST_F(SessionRegistryTest, NothingIsCreatedWhileMemoryIsTight) {
  SessionRegistry registry({.guarded_bytes = 1000}, &clock_, &scheduler_,
                           &statistics_);
  SessionBuilder builder(&registry);
  const auto create = [&](const std::string& id) {
    std::promise<absl::Status> promise;
    builder.Create(id, Small(), {}, [&](const SessionBuilder::CreateResult& c) {
      promise.set_value(c.status);
    });
    return promise.get_future().get();
  };
  registry.ledger()->guard()->Update(850);
  EXPECT_EQ(QuotaOf(create("a")), "server_memory");
  registry.ledger()->guard()->Update(799);
  EXPECT_TRUE(create("a").ok());
  // Sessions call the registry, so they must end before it.
  std::promise<void> deleted;
  registry.Delete("a", [&](const Outcome&) { deleted.set_value(); });
  deleted.get_future().get();
}

// Sessions of all pacings at once, with commands from several threads: every
// session gives the spikes of a plain loop.
TEST_F(SessionRegistryTest, ManySessionsTogetherGiveWhatEachGivesAlone) {
  constexpr int kSessions = 12;
  constexpr int64_t kSteps = 120;
  testing::Simulation plain(Small());
  plain.Run(kSteps);
  std::vector<std::thread> clients;
  for (int i = 0; i < kSessions; ++i) {
    clients.emplace_back([&, i] {
      const SessionOptions options = {.pacing = static_cast<Pacing>(i % 3),
                                      .pace = 4};
      const auto creation = Create("s" + std::to_string(i), Small(), options);
      ASSERT_TRUE(creation.status.ok()) << creation.status;
      const auto& session = creation.session;
      if (options.pacing != Pacing::kLockstep) {
        ASSERT_TRUE(Do(session, StartCommand{.stop_step = 60}).status.ok());
        Do(session, InjectCommand{});
        Do(session, PauseCommand{});
      }
      for (;;) {
        const int64_t step = session->status().step;
        if (step == kSteps) break;
        const int64_t count = std::min<int64_t>(17, kSteps - step);
        ASSERT_TRUE(Do(session, AdvanceCommand{.expected_step = step,
                                               .step_count = count})
                        .status.ok());
      }
      EXPECT_EQ(session->metrics().spike_count,
                static_cast<int64_t>(plain.spikes().size()));
    });
  }
  for (std::thread& client : clients) client.join();
  for (int i = 0; i < kSessions; ++i) {
    EXPECT_TRUE(Delete("s" + std::to_string(i)).status.ok());
  }
}

}  // namespace
}  // namespace spiked
