// SPDX-License-Identifier: Apache-2.0

#include "server/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace spiked {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { SetLogLevel(LogLevel::kInfo); }

  // Returns a line as it is written to stderr.
  static std::string Written(LogLevel level, const std::string& message,
                             std::initializer_list<LogField> fields = {}) {
    ::testing::internal::CaptureStderr();
    Log(level, message, fields);
    EXPECT_TRUE(FlushLog());
    return ::testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, LineIsTimeLevelMessageAndFields) {
  const std::string line =
      Written(LogLevel::kInfo, "session created", {{"id", "demo"}, {"n", 3}});
  EXPECT_THAT(line, MatchesRegex("time=[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]"
                                 "+\\.[0-9]+Z level=info msg=.*\n"));
  EXPECT_THAT(line, EndsWith(" msg=\"session created\" id=demo n=3\n"));
}

TEST_F(LogTest, PlainValuesStandAsTheyAreAndOthersInQuotes) {
  EXPECT_THAT(Written(LogLevel::kInfo, "ready", {{"address", "[::1]:50051"}}),
              EndsWith(" msg=ready address=[::1]:50051\n"));
  EXPECT_THAT(Written(LogLevel::kInfo, "", {{"a", ""}, {"b", "x=y"}}),
              EndsWith(" msg=\"\" a=\"\" b=\"x=y\"\n"));
  EXPECT_THAT(Written(LogLevel::kInfo, "said \"no\"", {{"path", "a\\b"}}),
              EndsWith(" msg=\"said \\\"no\\\"\" path=\"a\\\\b\"\n"));
}

TEST_F(LogTest, NewlineInAValueForgesNoLine) {
  const std::string line =
      Written(LogLevel::kInfo, "a\nb",
              {{"id", "x\r\ntime=2026-01-01T00:00:00.000Z level=error"}});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, Not(HasSubstr("\r")));
  EXPECT_THAT(line, AllOf(HasSubstr(" msg=\"a\\nb\" "),
                          HasSubstr(" id=\"x\\r\\ntime=")));
}

TEST_F(LogTest, FormatCharactersAreTakenLiterally) {
  EXPECT_THAT(Written(LogLevel::kInfo, "{}%s", {{"k", "{0}%n"}}),
              EndsWith(" msg={}%s k={0}%n\n"));
}

TEST_F(LogTest, EachLevelHasItsName) {
  SetLogLevel(LogLevel::kDebug);
  for (size_t i = 0; i < LogLevelNames().size(); ++i) {
    EXPECT_THAT(Written(static_cast<LogLevel>(i), "m"),
                HasSubstr(" level=" + LogLevelNames()[i] + " "));
  }
}

TEST_F(LogTest, LinesBelowTheLevelAreDropped) {
  EXPECT_THAT(Written(LogLevel::kDebug, "m"), IsEmpty());
  SetLogLevel(LogLevel::kWarning);
  EXPECT_THAT(Written(LogLevel::kInfo, "m"), IsEmpty());
  EXPECT_THAT(Written(LogLevel::kWarning, "m"), Not(IsEmpty()));
  SetLogLevel(LogLevel::kError);
  EXPECT_THAT(Written(LogLevel::kWarning, "m"), IsEmpty());
  EXPECT_THAT(Written(LogLevel::kError, "m"), Not(IsEmpty()));
}

// A pipe in the place of stderr that nothing reads.
class StuckLogTest : public LogTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe(pipe_), 0);
    stderr_ = dup(STDERR_FILENO);
    dup2(pipe_[1], STDERR_FILENO);
  }
  void TearDown() override {
    // Without a reader of the pipe, every write fails at once.
    close(pipe_[0]);
    EXPECT_TRUE(FlushLog());
    dup2(stderr_, STDERR_FILENO);
    close(pipe_[1]);
    close(stderr_);
  }

  int pipe_[2] = {-1, -1};
  int stderr_ = -1;
};

TEST_F(StuckLogTest, HoldsUpNobodyAndCountsWhatIsDropped) {
  signal(SIGPIPE, SIG_IGN);
  const int64_t before = DroppedLogLines();
  const std::string line(1000, 'x');
  for (int i = 0; i < 10'000; ++i) Log(LogLevel::kInfo, line);
  EXPECT_FALSE(FlushLog(std::chrono::milliseconds(1)));
  // The pipe holds some of the lines, the queue most of the others.
  EXPECT_GT(DroppedLogLines() - before, 1000);
}

}  // namespace
}  // namespace spiked
