// SPDX-License-Identifier: Apache-2.0
//
// Sessions as clients see them: progress, pace, labels, time to live, repeated
// requests.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using enum grpc::StatusCode;

class SessionTimeTest : public RpcFixture {
 protected:
  // A network that takes some seconds to build.
  static v1::Network MakeLargeNetwork() {
    NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
    spec.populations = {MakePopulation("a", "izhikevich", 20'000)};
    spec.projections = {MakeProjection("a", "a", FixedIndegree{2000},
                                       Uniform{0, 1}, Uniform{1, 20})};
    return ToNetworkProto(spec);
  }

  grpc::Status Update(const v1::UpdateSessionRequest& request,
                      v1::Session* session) {
    return Call(*sessions_, &SessionStub::UpdateSession, request, session);
  }

  static v1::CreateSessionRequest Request(const std::string& id,
                                          v1::Network network) {
    v1::CreateSessionRequest request;
    request.set_session_id(id);
    *request.mutable_network() = std::move(network);
    return request;
  }

  // Returns the names of a page, and the token of the next page.
  std::vector<std::string> List(v1::ListSessionsRequest request,
                                std::string* token = nullptr) {
    v1::ListSessionsResponse response;
    EXPECT_THAT(
        Call(*sessions_, &SessionStub::ListSessions, request, &response),
        IsOk());
    std::vector<std::string> names;
    for (const auto& session : response.sessions()) {
      names.push_back(session.name());
    }
    if (token != nullptr) *token = response.next_page_token();
    return names;
  }
};

// ---- Building

TEST_F(SessionTimeTest, BuildingIsSeenAndGivenUp) {
  v1::CreateSessionRequest request = Request("large", MakeLargeNetwork());
  request.set_return_at_once(true);
  v1::Session session;
  ASSERT_THAT(Create(request, &session), IsOk());
  EXPECT_EQ(session.state(), v1::CREATING);
  EXPECT_NE(session.build_phase(), v1::BUILD_PHASE_UNSPECIFIED);

  grpc::ClientContext context;
  v1::WatchSessionRequest watch;
  watch.set_name("sessions/large");
  const auto watcher = sessions_->WatchSession(&context, watch);
  std::set<double> fractions;
  v1::WatchSessionResponse response;
  while (fractions.size() < 3 && watcher->Read(&response)) {
    EXPECT_EQ(response.session().state(), v1::CREATING);
    fractions.insert(response.session().build_fraction());
  }
  EXPECT_GE(Get("sessions/large").build_fraction(), *fractions.rbegin());
  EXPECT_EQ(Get("sessions/large").build_phase(), v1::BUILD_SYNAPSES);
  EXPECT_GT(registry_.memory_bytes(), 0);
  const auto started = Start("sessions/large");
  EXPECT_THAT(started, HasCode(FAILED_PRECONDITION));
  EXPECT_THAT(started.error_message(), HasSubstr("CREATING"));

  EXPECT_THAT(Delete("sessions/large"), IsOk());
  EXPECT_EQ(registry_.memory_bytes(), 0);
  EXPECT_THAT(Get("sessions/large", &session), HasCode(NOT_FOUND));
  while (watcher->Read(&response)) {
  }
  EXPECT_EQ(response.session().state(), v1::DELETING);
  EXPECT_THAT(watcher->Finish(), IsOk());
}

TEST_F(SessionTimeTest, ADeletionEndsTheCallThatCreates) {
  std::thread creator([this] {
    v1::Session session;
    EXPECT_THAT(Create(Request("large", MakeLargeNetwork()), &session),
                HasCode(CANCELLED));
  });
  v1::Session session;
  EXPECT_TRUE(Eventually([&] {
    return Get("sessions/large", &session).ok() && session.build_fraction() > 0;
  }));
  EXPECT_THAT(Delete("sessions/large"), IsOk());
  creator.join();
}

TEST_F(SessionTimeTest, AFailedBuildSaysWhyToThoseWhoLook) {
  v1::CreateSessionRequest request = Request("wrong", MakeBusyNetwork(3));
  request.mutable_network()->mutable_populations(0)->set_model("nonsense");
  request.set_return_at_once(true);
  v1::Session session;
  ASSERT_THAT(Create(request, &session), IsOk());
  EXPECT_TRUE(
      Eventually([&] { return Get("sessions/wrong").state() == v1::FAILED; }));
  EXPECT_THAT(Get("sessions/wrong").failure(),
              HasSubstr("network.populations[0].model"));
  const auto started = Start("sessions/wrong");
  EXPECT_THAT(started, HasCode(FAILED_PRECONDITION));
  EXPECT_THAT(started.error_message(), HasSubstr("could not be built"));
  EXPECT_THAT(Delete("sessions/wrong"), IsOk());
}

TEST_F(SessionTimeTest, WhatIsCheapIsCheckedAtOnce) {
  v1::CreateSessionRequest request = Request("Wrong", MakeBusyNetwork(3));
  request.set_return_at_once(true);
  request.set_ttl_s(-1);
  request.set_idle_timeout_s(2e9);
  request.set_request_id("a b");
  (*request.mutable_labels())["Key"] = "value";
  (*request.mutable_labels())["key"] = std::string(256, 'x');
  request.set_admission_policy(static_cast<v1::AdmissionPolicy>(9));
  v1::Session session;
  const auto status = Create(request, &session);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  for (const char* field :
       {"session_id: ", "ttl_s: -1 is not in", "idle_timeout_s: 2e+09",
        "request_id: ", "labels: \"Key\"", "labels[\"key\"]: has 256",
        "admission_policy: 9"}) {
    EXPECT_THAT(status.error_message(), HasSubstr(field));
  }
}

// ---- Pace

TEST_F(SessionTimeTest, PaceChangesWhileItRuns) {
  Create("demo", MakeQuietNetwork(), v1::REAL_TIME);
  ASSERT_THAT(Start("sessions/demo"), IsOk());
  v1::UpdateSessionRequest request;
  request.set_name("sessions/demo");
  request.set_pace(100);
  request.set_lateness_policy(v1::SLIP);
  v1::Session session;
  ASSERT_THAT(Update(request, &session), IsOk());
  EXPECT_EQ(session.pace(), 100);
  EXPECT_EQ(session.lateness_policy(), v1::SLIP);
  EXPECT_EQ(session.state(), v1::RUNNING);
  EXPECT_EQ(session.admission(), v1::FITS);
  const int64_t step = session.step();
  EXPECT_TRUE(
      Eventually([&] { return Get("sessions/demo").step() > step + 500; }));

  v1::UpdateSessionRequest lockstep;
  lockstep.set_name("sessions/demo");
  lockstep.set_pacing(v1::LOCKSTEP);
  ASSERT_THAT(Update(lockstep, &session), IsOk());
  EXPECT_EQ(session.pacing(), v1::LOCKSTEP);
  EXPECT_EQ(session.state(), v1::PAUSED);
  EXPECT_EQ(session.admission(), v1::ADMISSION_UNSPECIFIED);
  const int64_t paused = session.step();
  EXPECT_EQ(Advance("sessions/demo", 5).step(), paused + 5);

  // The session has its former pace again.
  lockstep.set_pacing(v1::REAL_TIME);
  ASSERT_THAT(Update(lockstep, &session), IsOk());
  EXPECT_EQ(session.pace(), 100);
}

TEST_F(SessionTimeTest, UpdateRefusesWhatMakesNoSense) {
  Create("demo", MakeQuietNetwork(), v1::LOCKSTEP);
  v1::UpdateSessionRequest request;
  request.set_name("sessions/demo");
  request.set_pacing(v1::FREE_RUN);
  request.set_pace(2000);
  request.set_lateness_policy(v1::SLIP);
  request.set_ttl_s(1e10);
  (*request.mutable_labels()->mutable_entries())["A"] = "";
  v1::Session session;
  const auto status = Update(request, &session);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  for (const char* text :
       {"pace: 2000 is not in [0.001, 1000]", "only REAL_TIME sessions have",
        "lateness_policy: is given", "ttl_s: 1e+10", "labels.entries: \"A\""}) {
    EXPECT_THAT(status.error_message(), HasSubstr(text));
  }
  v1::UpdateSessionRequest pace;
  pace.set_name("sessions/demo");
  pace.set_pace(2);
  EXPECT_THAT(Update(pace, &session), HasCode(FAILED_PRECONDITION));
  pace.set_name("sessions/other");
  EXPECT_THAT(Update(pace, &session), HasCode(NOT_FOUND));
}

TEST_F(SessionTimeTest, ALoadThatDoesNotFitIsRefusedOrSaid) {
  // A million steps per second are due, of at least a microsecond each.
  NetworkSpec spec = MakeNetwork(0.001, Precision::kFloat32);
  spec.populations = {MakePopulation("a", "hh_cond_exp", 20'000)};
  v1::CreateSessionRequest create = Request("demo", ToNetworkProto(spec));
  create.set_admission_policy(v1::REFUSE);
  v1::Session session;
  ASSERT_THAT(Create(create, &session), IsOk());
  const auto refused = Start("sessions/demo");
  EXPECT_THAT(refused, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_THAT(refused.error_message(), HasSubstr("of 1.800 are free"));

  v1::StartSessionRequest start;
  start.set_name("sessions/demo");
  start.set_admission_policy(v1::RUN_LATE);
  ASSERT_THAT(Call(*sessions_, &SessionStub::StartSession, start, &session),
              IsOk());
  EXPECT_EQ(session.admission(), v1::DOES_NOT_FIT);
  v1::GetSessionMetricsRequest get;
  get.set_name("sessions/demo");
  v1::SessionMetrics metrics;
  ASSERT_THAT(Call(*sessions_, &SessionStub::GetSessionMetrics, get, &metrics),
              IsOk());
  EXPECT_EQ(metrics.admission(), v1::DOES_NOT_FIT);
  EXPECT_GT(metrics.expected_load(), 1.8);
  EXPECT_NEAR(metrics.free_load(), 1.8, 1e-9);
}

// ---- Labels and lists

TEST_F(SessionTimeTest, ListsByLabelsAndStates) {
  const auto create = [&](const std::string& id, const std::string& team) {
    v1::CreateSessionRequest request = Request(id, MakeQuietNetwork());
    (*request.mutable_labels())["team"] = team;
    (*request.mutable_labels())["kind"] = "test";
    v1::Session session;
    EXPECT_THAT(Create(request, &session), IsOk());
    EXPECT_EQ(session.labels().at("team"), team);
  };
  for (const char* id : {"a", "c", "e"}) create(id, "red");
  for (const char* id : {"b", "d"}) create(id, "blue");
  Start("sessions/c");

  v1::ListSessionsRequest red;
  (*red.mutable_labels())["team"] = "red";
  EXPECT_THAT(List(red), ElementsAre("sessions/a", "sessions/c", "sessions/e"));
  v1::ListSessionsRequest paused = red;
  paused.add_states(v1::FAILED);
  paused.add_states(v1::PAUSED);
  EXPECT_THAT(List(paused), ElementsAre("sessions/a", "sessions/e"));
  (*paused.mutable_labels())["kind"] = "other";
  EXPECT_THAT(List(paused), IsEmpty());

  // Pages of the filtered list; a token is for its filter only.
  red.set_page_size(2);
  std::string token;
  EXPECT_THAT(List(red, &token), ElementsAre("sessions/a", "sessions/c"));
  red.set_page_token(token);
  EXPECT_THAT(List(red, &token), ElementsAre("sessions/e"));
  EXPECT_EQ(token, "");
  (*red.mutable_labels())["team"] = "blue";
  v1::ListSessionsResponse response;
  const auto status =
      Call(*sessions_, &SessionStub::ListSessions, red, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(), HasSubstr("page_token: belongs to"));
}

TEST_F(SessionTimeTest, ExactlyOnePageHasNoNextOne) {
  for (const char* id : {"a", "b"}) Create(id, MakeQuietNetwork());
  v1::ListSessionsRequest request;
  request.set_page_size(2);
  request.add_states(v1::PAUSED);
  std::string token;
  EXPECT_THAT(List(request, &token), ElementsAre("sessions/a", "sessions/b"));
  EXPECT_EQ(token, "");
}

TEST_F(SessionTimeTest, UpdateReplacesLabelsAndTimes) {
  v1::CreateSessionRequest create = Request("demo", MakeQuietNetwork());
  (*create.mutable_labels())["a"] = "1";
  create.set_ttl_s(1000);
  create.set_idle_timeout_s(500);
  v1::Session session;
  ASSERT_THAT(Create(create, &session), IsOk());
  EXPECT_EQ(session.ttl_s(), 1000);
  EXPECT_EQ(session.idle_timeout_s(), 500);
  const int64_t seconds =
      session.expire_time().seconds() - session.create_time().seconds();
  EXPECT_GE(seconds, 999);
  EXPECT_LE(seconds, 1001);

  v1::UpdateSessionRequest update;
  update.set_name("sessions/demo");
  update.set_ttl_s(0);
  update.mutable_labels();
  ASSERT_THAT(Update(update, &session), IsOk());
  EXPECT_EQ(session.labels_size(), 0);
  EXPECT_EQ(session.ttl_s(), 0);
  EXPECT_FALSE(session.has_expire_time());
  EXPECT_EQ(session.idle_timeout_s(), 500);
}

TEST_F(SessionTimeTest, AnExpiredSessionEndsItsStreams) {
  v1::CreateSessionRequest create = Request("demo", MakeQuietNetwork());
  create.set_ttl_s(0.001);
  v1::Session session;
  ASSERT_THAT(Create(create, &session), IsOk());
  grpc::ClientContext context;
  v1::StreamSpikesRequest stream;
  stream.set_session("sessions/demo");
  const auto reader = recordings_->StreamSpikes(&context, stream);
  v1::SpikeBatch batch;
  ASSERT_TRUE(reader->Read(&batch));
  EXPECT_TRUE(Eventually([&] {
    registry_.DeleteExpired();
    return statistics_.sessions_expired.Get() == 1;
  }));
  while (reader->Read(&batch)) {
  }
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_THAT(reader->Finish(), IsOk());
}

TEST_F(SessionTimeTest, EveryOpenStreamIsAUse) {
  v1::CreateSessionRequest create = Request("demo", MakeQuietNetwork());
  create.set_idle_timeout_s(0.001);
  v1::Session session;
  ASSERT_THAT(Create(create, &session), IsOk());
  {
    grpc::ClientContext context;
    v1::WatchSessionRequest watch;
    watch.set_name("sessions/demo");
    const auto watcher = sessions_->WatchSession(&context, watch);
    v1::WatchSessionResponse response;
    ASSERT_TRUE(watcher->Read(&response));
    // Wait for longer than the idle timeout.
    const int64_t later = clock_.NowNanos() + 5'000'000;
    EXPECT_TRUE(Eventually([&] { return clock_.NowNanos() > later; }));
    registry_.DeleteExpired();
    EXPECT_EQ(registry_.session_count(), 1);
    context.TryCancel();
    watcher->Finish();
  }
  EXPECT_TRUE(Eventually([&] {
    registry_.DeleteExpired();
    return registry_.session_count() == 0;
  }));
  EXPECT_EQ(statistics_.sessions_idle.Get(), 1);
}

// ---- Repeated requests

TEST_F(SessionTimeTest, ARepeatedCreationGivesTheSameSession) {
  v1::CreateSessionRequest request = Request("", MakeQuietNetwork());
  request.set_request_id("r-1");
  v1::Session first, second;
  ASSERT_THAT(Create(request, &first), IsOk());
  ASSERT_THAT(Create(request, &second), IsOk());
  EXPECT_EQ(first.name(), second.name());
  EXPECT_EQ(second.populations_size(), 1);
  EXPECT_EQ(registry_.session_count(), 1);

  request.set_pace(2);
  const auto status = Create(request, &second);
  EXPECT_THAT(status, HasCode(ALREADY_EXISTS));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "REQUEST_ID_REUSED");
}

TEST_F(SessionTimeTest, ARepetitionWaitsForTheFirst) {
  v1::CreateSessionRequest request = Request("", MakeLargeNetwork());
  request.set_request_id("r-1");
  // The first client gives up soon, but building continues.
  {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::milliseconds(100));
    v1::Session session;
    EXPECT_THAT(sessions_->CreateSession(&context, request, &session),
                HasCode(DEADLINE_EXCEEDED));
  }
  v1::Session session;
  ASSERT_THAT(Create(request, &session), IsOk());
  EXPECT_EQ(session.state(), v1::PAUSED);
  EXPECT_EQ(registry_.session_count(), 1);
  EXPECT_EQ(statistics_.sessions_created.Get(), 1);
}

TEST_F(SessionTimeTest, AFailedCreationIsTriedAgain) {
  Create("demo", MakeQuietNetwork());
  v1::CreateSessionRequest request = Request("demo", MakeQuietNetwork());
  request.set_request_id("r-1");
  v1::Session session;
  EXPECT_THAT(Create(request, &session), HasCode(ALREADY_EXISTS));
  Delete("sessions/demo");
  EXPECT_THAT(Create(request, &session), IsOk());
}

TEST_F(SessionTimeTest, StimuliAreInjectedOnce) {
  Create("demo", MakeBusyNetwork(3));
  v1::InjectStimulusRequest request;
  request.set_session("sessions/demo");
  request.set_request_id("i-1");
  *request.add_stimuli() = MakeSpike("source", 1);
  v1::InjectStimulusResponse response;
  const auto inject = [&] {
    return Call(*stimuli_, &v1::StimulusService::Stub::InjectStimulus, request,
                &response);
  };
  Advance("sessions/demo", 3);
  ASSERT_THAT(inject(), IsOk());
  EXPECT_EQ(response.applied_step(), 3);
  Advance("sessions/demo", 4);
  ASSERT_THAT(inject(), IsOk());
  EXPECT_EQ(response.applied_step(), 3);
  EXPECT_EQ(statistics_.spike_stimuli.Get(), 1);
  request.mutable_stimuli(0)->set_neuron_indices(0, 2);
  EXPECT_THAT(inject(), HasCode(ALREADY_EXISTS));
}

}  // namespace
}  // namespace spiked::testing
