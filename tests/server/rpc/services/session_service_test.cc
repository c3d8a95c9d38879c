// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/spike_decoder.h"

namespace spiked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

using enum grpc::StatusCode;

class SessionServiceTest : public RpcFixture {
 protected:
  // A network that takes a while to build.
  static v1::Network MakeSlowNetwork() {
    NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
    spec.populations = {MakePopulation("a", "izhikevich", 3000)};
    spec.projections = {
        MakeProjection("a", "a", AllToAll(), Uniform{0, 1}, 1.0)};
    return ToNetworkProto(spec);
  }
};

TEST_F(SessionServiceTest, CreatesAPausedSession) {
  const v1::Session session = Create("demo", MakeBusyNetwork(5));
  EXPECT_EQ(session.name(), "sessions/demo");
  EXPECT_EQ(session.state(), v1::PAUSED);
  EXPECT_EQ(session.pacing(), v1::LOCKSTEP);
  EXPECT_EQ(session.step(), 0);
  EXPECT_EQ(session.neuron_count(), 5);
  EXPECT_EQ(session.populations(0).name(), "source");
  EXPECT_EQ(Get("sessions/demo").neuron_count(), 5);
}

TEST_F(SessionServiceTest, ChoosesAnIdIfNoneIsGiven) {
  const std::string name = Create("", MakeBusyNetwork(1)).name();
  EXPECT_THAT(name, MatchesRegex("sessions/[a-z][-a-z0-9]+"));
  EXPECT_EQ(Get(name).name(), name);
}

TEST_F(SessionServiceTest, SeedOfTheRequestReplacesThatOfTheNetwork) {
  v1::CreateSessionRequest request;
  *request.mutable_network() = MakeBusyNetwork(1);
  request.mutable_network()->set_seed(7);
  v1::Session session;
  EXPECT_THAT(Create(request, &session), IsOk());
  EXPECT_EQ(session.seed(), 7);
  request.set_seed(0);
  EXPECT_THAT(Create(request, &session), IsOk());
  EXPECT_EQ(session.seed(), 0);
}

TEST_F(SessionServiceTest, ThreadsAreReportedAndLimited) {
  v1::CreateSessionRequest request;
  *request.mutable_network() = MakeBusyNetwork(1);
  v1::Session session;
  EXPECT_THAT(Create(request, &session), IsOk());
  EXPECT_EQ(session.thread_count(), 1);
  request.set_thread_count(3);
  EXPECT_THAT(Create(request, &session), IsOk());
  EXPECT_EQ(session.thread_count(), 3);
  EXPECT_EQ(Get(session.name()).thread_count(), 3);
  request.set_thread_count(4);
  const auto status = Create(request, &session);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_EQ(status.error_message(),
            "thread_count: 4 is not in [0, 3]; 0: the server chooses");
}

TEST_F(SessionServiceTest, ProjectionsAreToldOfOneSessionOnly) {
  const v1::Session session = Create(
      "demo", ToNetworkProto(MakeColumnarNetwork(Precision::kFloat32, 1)));
  ASSERT_EQ(session.projections_size(), 4);
  EXPECT_EQ(session.projections(3).name(), "bursting->internal");
  int64_t synapses = 0;
  for (const auto& projection : session.projections()) {
    synapses += projection.synapse_count();
  }
  EXPECT_EQ(synapses, session.synapse_count());
  EXPECT_EQ(Get("sessions/demo").projections_size(), 4);
  v1::ListSessionsResponse list;
  EXPECT_THAT(Call(*sessions_, &SessionStub::ListSessions,
                   v1::ListSessionsRequest(), &list),
              IsOk());
  ASSERT_EQ(list.sessions_size(), 1);
  EXPECT_EQ(list.sessions(0).projections_size(), 0);
}

TEST_F(SessionServiceTest, CreateReportsAllViolationsAtOnce) {
  v1::CreateSessionRequest request;
  request.set_session_id("Demo");
  request.set_pacing(static_cast<v1::Pacing>(9));
  request.set_pace(-1);
  *request.mutable_network() = MakeBusyNetwork(1);
  request.mutable_network()->set_precision(static_cast<v1::Precision>(9));
  request.mutable_network()->set_dt_ms(0);
  v1::Session session;
  const auto status = Create(request, &session);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(), HasSubstr("5 violations:\nsession_id: "));
  for (const char* field : {"\npacing: ", "\npace: ", "\nnetwork.precision: ",
                            "\nnetwork.dt_ms: "}) {
    EXPECT_THAT(status.error_message(), HasSubstr(field));
  }
}

TEST_F(SessionServiceTest, CreateRefusesBadNetworks) {
  v1::CreateSessionRequest request;
  v1::Session session;
  EXPECT_EQ(Create(request, &session).error_message(), "network: is required");

  *request.mutable_network() = MakeBusyNetwork(1);
  request.mutable_network()->mutable_populations(0)->set_size(-1);
  const auto status = Create(request, &session);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(), HasSubstr("network.populations[0].size"));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "INVALID_NETWORK");
}

TEST_F(SessionServiceTest, CreateRefusesATakenId) {
  Create("demo", MakeBusyNetwork(1));
  v1::CreateSessionRequest request;
  request.set_session_id("demo");
  *request.mutable_network() = MakeBusyNetwork(1);
  v1::Session session;
  EXPECT_THAT(Create(request, &session), HasCode(ALREADY_EXISTS));
}

TEST_F(SessionServiceTest, CreateRefusesTooManySessions) {
  v1::CreateSessionRequest request;
  *request.mutable_network() = MakeBusyNetwork(1);
  v1::Session session;
  for (int i = 0; i < registry_.limits().max_sessions; ++i) {
    EXPECT_THAT(Create(request, &session), IsOk());
  }
  const auto status = Create(request, &session);
  EXPECT_THAT(status, HasCode(RESOURCE_EXHAUSTED));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "LIMIT_REACHED");
}

TEST_F(SessionServiceTest, CreateIsRefusedWhileTheServerDrains) {
  server_->SetDraining();
  v1::CreateSessionRequest request;
  *request.mutable_network() = MakeBusyNetwork(1);
  v1::Session session;
  EXPECT_THAT(Create(request, &session), HasCode(UNAVAILABLE));
}

TEST_F(SessionServiceTest, CreatedLargeNetworkIsReadOnAThreadOfItsOwn) {
  v1::Network network = MakeBusyNetwork(1);
  network.set_description(std::string(9000, 'x'));
  for (int i = 0; i < 4000; ++i) {
    *network.add_stimuli() = MakeSpike("source");
    network.mutable_stimuli()->rbegin()->mutable_spikes()->add_offsets_ms(i);
  }
  ASSERT_GT(network.ByteSizeLong(), size_t{64} << 10);
  Create("demo", network);
}

TEST_F(SessionServiceTest, SessionIsDeletedWhoseCreatorWentAway) {
  v1::CreateSessionRequest request;
  request.set_session_id("demo");
  *request.mutable_network() = MakeSlowNetwork();
  grpc::ClientContext context;
  std::thread creator([&] {
    v1::Session session;
    EXPECT_THAT(sessions_->CreateSession(&context, request, &session),
                HasCode(CANCELLED));
  });
  v1::Session session;
  ASSERT_TRUE(Eventually([&] { return Get("sessions/demo", &session).ok(); }));
  EXPECT_EQ(session.state(), v1::CREATING);
  EXPECT_THAT(Start("sessions/demo"), HasCode(FAILED_PRECONDITION));
  context.TryCancel();
  creator.join();
  EXPECT_TRUE(Eventually([&] {
    return Get("sessions/demo", &session).error_code() == NOT_FOUND;
  }));
}

TEST_F(SessionServiceTest, ShutdownDoesNotWaitForABuild) {
  v1::CreateSessionRequest request;
  request.set_session_id("demo");
  *request.mutable_network() = MakeSlowNetwork();
  std::thread creator([&] {
    v1::Session session;
    grpc::ClientContext context;
    sessions_->CreateSession(&context, request, &session);
  });
  v1::Session session;
  EXPECT_TRUE(Eventually([&] { return Get("sessions/demo", &session).ok(); }));
  server_->Shutdown(std::chrono::milliseconds(0));
  creator.join();
}

TEST_F(SessionServiceTest, RefusesNamesThatAreNone) {
  v1::Session session;
  for (const char* name : {"", "demo", "sessions/", "sessions/Demo"}) {
    const auto status = Get(name, &session);
    EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
    EXPECT_THAT(status.error_message(), HasSubstr("name: "));
    EXPECT_THAT(Delete(name), HasCode(INVALID_ARGUMENT));
    EXPECT_THAT(Start(name), HasCode(INVALID_ARGUMENT));
    EXPECT_THAT(Pause(name), HasCode(INVALID_ARGUMENT));
    EXPECT_THAT(Reset(name), HasCode(INVALID_ARGUMENT));
  }
}

TEST_F(SessionServiceTest, EveryMethodSaysWhenThereIsNoSession) {
  const std::string name = "sessions/x";
  v1::Session session;
  const auto status = Get(name, &session);
  EXPECT_THAT(status, HasCode(NOT_FOUND));
  EXPECT_EQ(status.error_message(), "session \"sessions/x\" not found");
  EXPECT_EQ(ErrorInfoOf(status).reason(), "SESSION_NOT_FOUND");
  EXPECT_THAT(Delete(name), HasCode(NOT_FOUND));
  EXPECT_THAT(Start(name), HasCode(NOT_FOUND));
  EXPECT_THAT(Pause(name), HasCode(NOT_FOUND));
  EXPECT_THAT(Reset(name), HasCode(NOT_FOUND));
  v1::AdvanceSessionRequest advance;
  advance.set_name(name);
  v1::AdvanceSessionResponse advanced;
  EXPECT_THAT(Advance(advance, &advanced), HasCode(NOT_FOUND));
  v1::GetSessionMetricsRequest metrics;
  metrics.set_name(name);
  v1::SessionMetrics measured;
  EXPECT_THAT(
      Call(*sessions_, &SessionStub::GetSessionMetrics, metrics, &measured),
      HasCode(NOT_FOUND));
}

TEST_F(SessionServiceTest, ListsSessionsInPages) {
  for (const char* id : {"c", "a", "e", "b", "d"}) {
    Create(id, MakeBusyNetwork(1));
  }
  for (int page_size : {1, 2, 3, 5, 6, 0}) {
    v1::ListSessionsRequest request;
    request.set_page_size(page_size);
    std::string ids;
    do {
      v1::ListSessionsResponse response;
      EXPECT_THAT(
          Call(*sessions_, &SessionStub::ListSessions, request, &response),
          IsOk());
      EXPECT_LE(response.sessions_size(), page_size == 0 ? 50 : page_size);
      for (const auto& session : response.sessions()) {
        ids += session.name().back();
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(ids, "abcde");
  }
}

// Clients with the default limit of 4 MiB can list sessions with networks of
// any size.
TEST_F(SessionServiceTest, PagesEndByBytes) {
  NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
  for (int i = 0; i < 4000; ++i) {
    spec.populations.push_back(MakePopulation(
        absl::StrCat("population_with_a_very_long_name_number_", i),
        "spike_source", 1));
  }
  const v1::Network network = ToNetworkProto(spec);
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    Create(id, network);
  }
  Create("small", MakeBusyNetwork(1));
  v1::ListSessionsRequest request;
  std::string ids;
  size_t bytes = 0;
  int pages = 0;
  do {
    v1::ListSessionsResponse response;
    ASSERT_THAT(
        Call(*sessions_, &SessionStub::ListSessions, request, &response),
        IsOk());
    ++pages;
    bytes += response.ByteSizeLong();
    ASSERT_GE(response.sessions_size(), 1);
    // A session takes a third of a page, so that each page has all that fit.
    const size_t last =
        response.sessions(response.sessions_size() - 1).ByteSizeLong();
    EXPECT_LT(response.ByteSizeLong() - last, size_t{1} << 20);
    if (!response.next_page_token().empty()) {
      EXPECT_GE(response.ByteSizeLong(), size_t{1} << 20);
    }
    for (const auto& session : response.sessions()) {
      ids += session.name().substr(9);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(ids, "abcdefghsmall");
  EXPECT_GT(bytes, size_t{2} << 20);
  EXPECT_GE(pages, 2);
}

TEST_F(SessionServiceTest, RefusesBadPages) {
  v1::ListSessionsRequest request;
  request.set_page_size(-1);
  request.set_page_token("b");
  v1::ListSessionsResponse response;
  const auto status =
      Call(*sessions_, &SessionStub::ListSessions, request, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(),
              HasSubstr("2 violations:\npage_size: -1 is not in [0, 2^31)\n"
                        "page_token: "));
}

TEST_F(SessionServiceTest, DeletesASession) {
  Create("demo", MakeBusyNetwork(1));
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  EXPECT_THAT(Delete("sessions/demo"), HasCode(NOT_FOUND));
  Create("demo", MakeBusyNetwork(1));
}

TEST_F(SessionServiceTest, RunsUntilTheStopStep) {
  Create("demo", MakeBusyNetwork(1), v1::FREE_RUN);
  v1::Session session;
  EXPECT_THAT(Start("sessions/demo", 50, &session), IsOk());
  EXPECT_EQ(session.state(), v1::RUNNING);
  EXPECT_EQ(session.stop_step(), 50);
  EXPECT_TRUE(
      Eventually([&] { return Get("sessions/demo").state() == v1::PAUSED; }));
  EXPECT_EQ(Get("sessions/demo").step(), 50);
  EXPECT_THAT(Start("sessions/demo", 50), HasCode(FAILED_PRECONDITION));
  EXPECT_THAT(Start("sessions/demo", -1), HasCode(INVALID_ARGUMENT));
}

TEST_F(SessionServiceTest, PausesAndResets) {
  Create("demo", MakeBusyNetwork(1), v1::FREE_RUN);
  EXPECT_THAT(Start("sessions/demo"), IsOk());
  v1::Session session;
  EXPECT_THAT(Pause("sessions/demo", &session), IsOk());
  EXPECT_EQ(session.state(), v1::PAUSED);
  EXPECT_THAT(Pause("sessions/demo"), IsOk());
  EXPECT_THAT(Reset("sessions/demo", &session), IsOk());
  EXPECT_EQ(session.step(), 0);
  EXPECT_EQ(session.epoch(), 1);
}

TEST_F(SessionServiceTest, OnlyAdvanceMovesALockstepSession) {
  Create("demo", MakeBusyNetwork(1));
  EXPECT_THAT(Start("sessions/demo"), HasCode(FAILED_PRECONDITION));
}

TEST_F(SessionServiceTest, FailedSessionSaysWhyAndCanBeReset) {
  v1::Network network = MakeQuietNetwork();
  auto* stimulus = network.add_stimuli();
  stimulus->set_population("cells");
  stimulus->mutable_current()->add_amplitudes(1e300);
  stimulus->mutable_current()->set_duration_ms(10);
  Create("demo", network);
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  request.set_step_count(1000);
  v1::AdvanceSessionResponse response;
  const auto status = Advance(request, &response);
  EXPECT_THAT(status, HasCode(FAILED_PRECONDITION));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "SESSION_STATE");
  const v1::Session session = Get("sessions/demo");
  EXPECT_EQ(session.state(), v1::FAILED);
  EXPECT_THAT(session.failure(), HasSubstr("cells"));
  EXPECT_THAT(Pause("sessions/demo"), HasCode(FAILED_PRECONDITION));
  EXPECT_THAT(Reset("sessions/demo"), IsOk());
  EXPECT_EQ(Get("sessions/demo").failure(), "");
}

TEST_F(SessionServiceTest, AdvancesAndReturnsSpikes) {
  Create("demo", MakeBusyNetwork(2));
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  request.set_step_count(3);
  request.set_return_spikes(true);
  for (auto encoding : {v1::DELTA_VARINT, v1::FIXED32_BYTES}) {
    request.set_spike_encoding(encoding);
    const int64_t first = Get("sessions/demo").step();
    v1::AdvanceSessionResponse response;
    EXPECT_THAT(Advance(request, &response), IsOk());
    EXPECT_EQ(response.completed_step_count(), 3);
    EXPECT_EQ(response.step(), first + 3);
    EXPECT_EQ(response.spikes().first_step(), first);
    EXPECT_EQ(response.spikes().end_step(), first + 3);
    EXPECT_EQ(response.spikes().session_step(), first + 3);
    EXPECT_THAT(
        DecodeSpikes(response.spikes()),
        ElementsAre(DecodedSpike{first, 0}, DecodedSpike{first, 1},
                    DecodedSpike{first + 1, 0}, DecodedSpike{first + 1, 1},
                    DecodedSpike{first + 2, 0}, DecodedSpike{first + 2, 1}));
  }
}

TEST_F(SessionServiceTest, AdvanceInjectsStimuliBeforeTheFirstStep) {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("source", "spike_source", 3)};
  Create("demo", ToNetworkProto(spec));
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  request.set_step_count(2);
  request.set_return_spikes(true);
  *request.add_stimuli() = MakeSpike("source", 2);
  v1::AdvanceSessionResponse response;
  EXPECT_THAT(Advance(request, &response), IsOk());
  EXPECT_THAT(DecodeSpikes(response.spikes()), ElementsAre(DecodedSpike{0, 2}));
}

TEST_F(SessionServiceTest, AdvanceTellsTheStepItIsReallyAt) {
  Create("demo", MakeBusyNetwork(1));
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  request.set_step_count(10);
  request.set_expected_step(0);
  v1::AdvanceSessionResponse response;
  EXPECT_THAT(Advance(request, &response), IsOk());
  const auto status = Advance(request, &response);
  EXPECT_THAT(status, HasCode(ABORTED));
  const v1::ErrorInfo info = ErrorInfoOf(status);
  EXPECT_EQ(info.reason(), "STEP_MISMATCH");
  EXPECT_EQ(info.metadata().at("current_step"), "10");
  EXPECT_EQ(info.metadata().at("epoch"), "0");
}

TEST_F(SessionServiceTest, AdvanceReportsAllViolationsAtOnce) {
  Create("demo", MakeBusyNetwork(1));
  v1::AdvanceSessionRequest request;
  request.set_name("demo");
  request.set_step_count(1'000'000'001);
  request.set_spike_encoding(static_cast<v1::SpikeEncoding>(5));
  v1::AdvanceSessionResponse response;
  auto status = Advance(request, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_EQ(status.error_message(),
            "3 violations:\n"
            "name: \"demo\" is not the name of a session: sessions/{id}\n"
            "step_count: 1000000001 is not in [0, 1000000000]\n"
            "spike_encoding: 5 is no SpikeEncoding; known: DELTA_VARINT, "
            "FIXED32_BYTES");

  request.Clear();
  request.set_name("sessions/demo");
  *request.add_stimuli() = MakeSpike("source", 1);
  *request.add_stimuli() = MakeSpike("nobody", 0);
  status = Advance(request, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(),
              HasSubstr("stimuli[0].neuron_indices[0]: 1 is not in [0, 1)"));
  EXPECT_THAT(status.error_message(), HasSubstr("stimuli[1].population"));
}

TEST_F(SessionServiceTest, AdvanceIsRefusedWhileTheSessionRuns) {
  Create("demo", MakeBusyNetwork(1), v1::FREE_RUN);
  EXPECT_THAT(Start("sessions/demo"), IsOk());
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  v1::AdvanceSessionResponse response;
  EXPECT_THAT(Advance(request, &response), HasCode(FAILED_PRECONDITION));
}

TEST_F(SessionServiceTest, AdvanceStopsBeforeTheDeadline) {
  Create("demo", MakeBusyNetwork(1));
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  request.set_step_count(1'000'000'000);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(2));
  v1::AdvanceSessionResponse response;
  EXPECT_THAT(sessions_->AdvanceSession(&context, request, &response), IsOk());
  EXPECT_GT(response.completed_step_count(), 0);
  EXPECT_LT(response.completed_step_count(), request.step_count());
  EXPECT_EQ(response.step(), response.completed_step_count());
}

TEST_F(SessionServiceTest, CancelledAdvanceStopsTheSession) {
  Create("demo", MakeBusyNetwork(1));
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  request.set_step_count(1'000'000'000);
  grpc::ClientContext context;
  std::thread client([&] {
    v1::AdvanceSessionResponse response;
    EXPECT_THAT(sessions_->AdvanceSession(&context, request, &response),
                HasCode(CANCELLED));
  });
  EXPECT_TRUE(Eventually([&] { return Get("sessions/demo").step() > 0; }));
  context.TryCancel();
  client.join();
  // The session can be advanced again.
  EXPECT_TRUE(Eventually([&] {
    v1::AdvanceSessionRequest next;
    next.set_name("sessions/demo");
    next.set_step_count(1);
    v1::AdvanceSessionResponse response;
    return Advance(next, &response).ok();
  }));
}

TEST_F(SessionServiceTest, LongAdvanceDoesNotBlockOtherCalls) {
  Create("busy", MakeBusyNetwork(1));
  Create("other", MakeBusyNetwork(1));
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::thread> clients;
  for (int i = 0; i < 10; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    clients.emplace_back([this, context = contexts.back().get()] {
      v1::AdvanceSessionRequest request;
      request.set_name("sessions/busy");
      request.set_step_count(1'000'000'000);
      v1::AdvanceSessionResponse response;
      sessions_->AdvanceSession(context, request, &response);
    });
  }
  EXPECT_TRUE(Eventually([&] { return Get("sessions/busy").step() > 0; }));
  EXPECT_EQ(Advance("sessions/other", 5).step(), 5);
  for (const auto& context : contexts) context->TryCancel();
  for (std::thread& client : clients) client.join();
}

TEST_F(SessionServiceTest, WatchReportsEveryState) {
  Create("demo", MakeBusyNetwork(1), v1::FREE_RUN);
  grpc::ClientContext context;
  v1::WatchSessionRequest request;
  request.set_name("sessions/demo");
  const auto reader = sessions_->WatchSession(&context, request);
  v1::WatchSessionResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.session().state(), v1::PAUSED);
  EXPECT_EQ(response.session().neuron_count(), 1);
  EXPECT_THAT(Start("sessions/demo"), IsOk());
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.session().state(), v1::RUNNING);
  EXPECT_THAT(Reset("sessions/demo"), IsOk());
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.session().state(), v1::PAUSED);
  EXPECT_EQ(response.session().epoch(), 1);
  EXPECT_THAT(Delete("sessions/demo"), IsOk());
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.session().state(), v1::DELETING);
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_THAT(reader->Finish(), IsOk());
}

TEST_F(SessionServiceTest, WatchRefusesUnknownSessions) {
  for (const auto& [name, code] :
       {std::pair("sessions/x", NOT_FOUND), {"x", INVALID_ARGUMENT}}) {
    grpc::ClientContext context;
    v1::WatchSessionRequest request;
    request.set_name(name);
    const auto reader = sessions_->WatchSession(&context, request);
    v1::WatchSessionResponse response;
    EXPECT_FALSE(reader->Read(&response));
    EXPECT_THAT(reader->Finish(), HasCode(code));
  }
}

TEST_F(SessionServiceTest, MeasuresASession) {
  Create("demo", MakeBusyNetwork(5));
  Advance("sessions/demo", 100);
  v1::GetSessionMetricsRequest request;
  request.set_name("sessions/demo");
  v1::SessionMetrics metrics;
  EXPECT_THAT(
      Call(*sessions_, &SessionStub::GetSessionMetrics, request, &metrics),
      IsOk());
  EXPECT_EQ(metrics.step(), 100);
  EXPECT_EQ(metrics.spike_count(), 500);
  EXPECT_DOUBLE_EQ(metrics.model_time_s(), 0.1);
  EXPECT_GT(metrics.compute_time_s(), 0);
}

TEST_F(SessionServiceTest, SessionsDoNotAffectEachOther) {
  Create("a", MakeRandomNetwork());
  Create("b", MakeRandomNetwork());
  const auto a = Advance("sessions/a", 20, true);
  Advance("sessions/b", 5);
  EXPECT_THAT(Reset("sessions/a"), IsOk());
  EXPECT_EQ(Get("sessions/b").step(), 5);
  Advance("sessions/b", 5);
  EXPECT_THAT(Reset("sessions/b"), IsOk());
  const auto b = Advance("sessions/b", 20, true);
  EXPECT_EQ(DecodeSpikes(a.spikes()), DecodeSpikes(b.spikes()));
  EXPECT_THAT(Delete("sessions/a"), IsOk());
  EXPECT_EQ(Get("sessions/b").step(), 20);
}

}  // namespace
}  // namespace spiked::testing
