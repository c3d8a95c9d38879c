// SPDX-License-Identifier: Apache-2.0
//
// Answers with a large network are made on the executor.

#include "server/rpc/call/session_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <new>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kManyPopulations = 10'000;

v1::Network ManyPopulations() {
  NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
  for (int i = 0; i < kManyPopulations; ++i) {
    spec.populations.push_back(
        MakePopulation(absl::StrCat("p", i), "spike_source", 1));
  }
  return ToNetworkProto(spec);
}

// Takes an answer like UnaryCall, and remembers on which thread it came.
struct FakeCall {
  template <typename Fill>
  bool Answer(Fill fill) {
    v1::Session session;
    fill(&session);
    thread = std::this_thread::get_id();
    answer.set_value(std::move(session));
    return true;
  }
  void Fail(grpc::Status status) { failure = std::move(status); }
  bool is_answered() {
    return future.wait_for(std::chrono::seconds(0)) ==
           std::future_status::ready;
  }

  std::promise<v1::Session> answer;
  std::future<v1::Session> future = answer.get_future();
  std::thread::id thread;
  grpc::Status failure;
};

class SessionMessageTest : public RpcFixture {
 protected:
  // Answers with a session whose message has all of its parts.
  std::shared_ptr<FakeCall> Ask(const std::string& id) {
    auto session = registry_.Find(id);
    EXPECT_TRUE(session.ok()) << session.status();
    auto call = std::make_shared<FakeCall>();
    AnswerWithSession(environment_, call,
                      {*session, (*session)->status(), true});
    return call;
  }

  RpcEnvironment environment_ = [] {
    RpcEnvironment environment{};
    environment.executor = std::make_shared<Executor>(1);
    return environment;
  }();
};

// While the executor is busy, a large answer waits, and a small one doesn't.
TEST_F(SessionMessageTest, LargeAnswersAreMadeOnTheExecutor) {
  Create("large", ManyPopulations());
  Create("small", MakeQuietNetwork());
  std::promise<void> go;
  environment_.executor->Post([&] { go.get_future().wait(); });
  const auto large = Ask("large");
  const auto small = Ask("small");
  EXPECT_TRUE(small->is_answered());
  EXPECT_EQ(small->thread, std::this_thread::get_id());
  EXPECT_FALSE(large->is_answered());
  go.set_value();
  EXPECT_EQ(large->future.get().populations_size(), kManyPopulations);
  environment_.executor->Stop();
  EXPECT_NE(large->thread, std::this_thread::get_id());
}

// An answer that comes after the server has ended, from a worker.
TEST_F(SessionMessageTest, AnswersAfterTheEndAreDropped) {
  Create("large", ManyPopulations());
  environment_.executor->Stop();
  EXPECT_FALSE(Ask("large")->is_answered());
}

// All methods answer with all populations, wherever the answer is made.
TEST_F(SessionMessageTest, AllMethodsAnswerWithLargeNetworks) {
  EXPECT_EQ(Create("large", ManyPopulations()).populations_size(),
            kManyPopulations);
  EXPECT_EQ(Get("sessions/large").populations_size(), kManyPopulations);
  v1::Session session;
  EXPECT_THAT(Pause("sessions/large", &session), IsOk());
  EXPECT_EQ(session.populations_size(), kManyPopulations);

  v1::WatchSessionRequest request;
  request.set_name("sessions/large");
  grpc::ClientContext context;
  const auto watch = sessions_->WatchSession(&context, request);
  v1::WatchSessionResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.session().populations_size(), kManyPopulations);
  EXPECT_THAT(Delete("sessions/large"), IsOk());
  while (watch->Read(&response)) continue;
  EXPECT_EQ(response.session().state(), v1::DELETING);
  EXPECT_THAT(watch->Finish(), IsOk());
}

// ---- Work that throws

TEST_F(SessionMessageTest, WorkThatThrowsEndsTheCall) {
  for (const size_t size : {size_t{0}, RpcEnvironment::kSmallRequestBytes}) {
    const auto call = std::make_shared<FakeCall>();
    std::promise<void> done;
    environment_.Run(size, call, [] { throw std::bad_alloc(); });
    environment_.Run(size, call, [&] { done.set_value(); });
    done.get_future().wait();
    EXPECT_THAT(call->failure, HasCode(grpc::StatusCode::INTERNAL));
    EXPECT_THAT(call->failure.error_message(), HasSubstr("bad_alloc"));
  }
}

}  // namespace
}  // namespace spiked::testing
