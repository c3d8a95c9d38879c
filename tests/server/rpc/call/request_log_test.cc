// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/request_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spiked/v1/session.pb.h"
#include "tests/server/fake_clock.h"

namespace spiked {
namespace {

using Found = RequestLog::Found;

class RequestLogTest : public ::testing::Test {
 protected:
  // Begins a request; its waiter adds the answer to `answers_`.
  Found Begin(const std::string& key, uint64_t fingerprint = 1) {
    return log_.Begin(key, fingerprint, [this](const RequestLog::Answer& a) {
      answers_.push_back(a.status.ok() ? a.bytes : a.status.error_message());
    });
  }
  void Finish(const std::string& key, const std::string& bytes) {
    log_.Finish(key, {grpc::Status::OK, bytes});
  }

  FakeClock clock_;
  Statistics statistics_;
  RequestLog log_{&clock_, &statistics_};
  std::vector<std::string> answers_;
};

TEST_F(RequestLogTest, ARepeatedRequestGetsTheSameAnswer) {
  EXPECT_EQ(Begin("a"), Found::kNothing);
  Finish("a", "answer");
  EXPECT_EQ(Begin("a"), Found::kSame);
  EXPECT_EQ(Begin("b"), Found::kNothing);
  EXPECT_EQ(answers_, std::vector<std::string>{"answer"});
  EXPECT_EQ(statistics_.repeated_requests.Get(), 1);
}

TEST_F(RequestLogTest, ItWaitsForOneInProgress) {
  Begin("a");
  EXPECT_EQ(Begin("a"), Found::kSame);
  EXPECT_EQ(Begin("a"), Found::kSame);
  EXPECT_TRUE(answers_.empty());
  Finish("a", "late");
  EXPECT_EQ(answers_, (std::vector<std::string>{"late", "late"}));
}

TEST_F(RequestLogTest, AnotherRequestWithTheSameIdIsRefused) {
  Begin("a", 1);
  EXPECT_EQ(Begin("a", 2), Found::kOther);
  Finish("a", "answer");
  EXPECT_EQ(Begin("a", 2), Found::kOther);
  EXPECT_TRUE(answers_.empty());
}

TEST_F(RequestLogTest, AFailureIsToldToThoseWhoWaitAndNotKept) {
  Begin("a");
  Begin("a");
  log_.Finish("a", {grpc::Status(grpc::INTERNAL, "why"), ""});
  EXPECT_EQ(answers_, std::vector<std::string>{"why"});
  EXPECT_EQ(Begin("a", 2), Found::kNothing);
}

TEST_F(RequestLogTest, AnswersAreKeptForTenMinutes) {
  Begin("a");
  Finish("a", "answer");
  clock_.AdvanceMs(599'999);
  EXPECT_EQ(Begin("a"), Found::kSame);
  clock_.AdvanceMs(1);
  EXPECT_EQ(Begin("a"), Found::kNothing);
}

TEST_F(RequestLogTest, TheOldestAreDroppedWhenThereAreTooMany) {
  Begin("in progress");
  for (size_t i = 0; i <= RequestLog::kMaxAnswers; ++i) {
    Begin(std::to_string(i));
    Finish(std::to_string(i), "x");
  }
  EXPECT_EQ(Begin("1"), Found::kSame);
  EXPECT_EQ(Begin("0"), Found::kNothing);
  EXPECT_EQ(Begin("in progress"), Found::kSame);
}

TEST_F(RequestLogTest, TheirBytesAreLimitedToo) {
  for (const char* key : {"a", "b", "c"}) {
    Begin(key);
    Finish(key, std::string(RequestLog::kMaxBytes / 2, 'x'));
  }
  EXPECT_EQ(Begin("a"), Found::kNothing);
  EXPECT_EQ(Begin("b"), Found::kSame);
  EXPECT_EQ(Begin("c"), Found::kSame);
}

TEST_F(RequestLogTest, TenantsHaveAnswersOfTheirOwn) {
  for (const char* key : {"b/Method/1", "/Method/1"}) {
    Begin(key);
    Finish(key, "x");
  }
  for (size_t i = 0; i <= RequestLog::kMaxAnswers; ++i) {
    const std::string key = "a/Method/" + std::to_string(i);
    Begin(key);
    Finish(key, "x");
  }
  EXPECT_EQ(Begin("a/Method/0"), Found::kNothing);
  EXPECT_EQ(Begin("b/Method/1"), Found::kSame);
  EXPECT_EQ(Begin("/Method/1"), Found::kSame);
}

TEST_F(RequestLogTest, AServerWithLittleMemoryKeepsFewer) {
  RequestLog log(&clock_, &statistics_, 1000);
  for (const char* key : {"a/m/1", "a/m/2"}) {
    log.Begin(key, 1, nullptr);
    log.Finish(key, {grpc::Status::OK, std::string(600, 'x')});
  }
  EXPECT_EQ(log.bytes(), 600u);
}

// Answers of the tenant that has the most bytes are dropped first.
TEST_F(RequestLogTest, AllTogetherAreLimitedToo) {
  const auto ask = [&](const std::string& key, size_t bytes) {
    Begin(key);
    Finish(key, std::string(bytes, 'x'));
  };
  constexpr size_t kPart = RequestLog::kMaxBytes / 4;
  static_assert(RequestLog::kMaxTotalBytes == 16 * kPart);
  ask("small/m/1", kPart);
  for (const char* tenant : {"a", "b", "c"}) {
    for (const char* id : {"/m/1", "/m/2", "/m/3", "/m/4"}) {
      ask(std::string(tenant) + id, kPart);
    }
  }
  for (const char* id : {"/m/1", "/m/2", "/m/3"}) {
    ask(std::string("d") + id, kPart);
  }
  EXPECT_EQ(Begin("a/m/1"), Found::kSame);  // all fits
  ask("d/m/4", kPart);
  EXPECT_EQ(Begin("small/m/1"), Found::kSame);
  EXPECT_EQ(Begin("a/m/1"), Found::kNothing);
  EXPECT_EQ(Begin("b/m/1"), Found::kSame);
}

TEST_F(RequestLogTest, OldAnswersOfSilentTenantsGoToo) {
  Begin("a/m/1");
  Finish("a/m/1", std::string(RequestLog::kMaxBytes, 'x'));
  clock_.AdvanceMs(600e3);
  Begin("b/m/1");
  EXPECT_EQ(log_.bytes(), 0u);
}

TEST(Fingerprint, IsOfTheContent) {
  v1::CreateSessionRequest a, b;
  for (int i = 0; i < 100; ++i) {
    (*a.mutable_labels())["k" + std::to_string(i)] = "v";
    (*b.mutable_labels())["k" + std::to_string(99 - i)] = "v";
  }
  EXPECT_EQ(FingerprintOf(a), FingerprintOf(b));
  (*b.mutable_labels())["k7"] = "w";
  EXPECT_NE(FingerprintOf(a), FingerprintOf(b));
}

TEST(RequestId, IsShortAndPlain) {
  Violations violations;
  CheckRequestId("", &violations);
  CheckRequestId("6f9619ff-8b86-d011-b42d-00c04fc964ff", &violations);
  CheckRequestId(std::string(64, 'a'), &violations);
  EXPECT_TRUE(violations.empty());
  for (const std::string& bad :
       {std::string("a b"), std::string("a/b"), std::string(65, 'a')}) {
    Violations wrong;
    CheckRequestId(bad, &wrong);
    ASSERT_EQ(wrong.size(), 1u) << bad;
    EXPECT_EQ(wrong.list()[0].field, "request_id");
  }
}

}  // namespace
}  // namespace spiked
