// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/stream_life.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace spiked {
namespace {

TEST(StreamLife, WritesOneMessageAtATime) {
  StreamLife life;
  EXPECT_TRUE(life.BeginWrite());
  EXPECT_FALSE(life.BeginWrite());
  EXPECT_FALSE(life.EndWrite(true).has_value());
  EXPECT_TRUE(life.BeginWrite());
}

TEST(StreamLife, EndsAtOnceWhenIdle) {
  StreamLife life;
  const auto status = life.End(grpc::Status::OK);
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(status->ok());
  EXPECT_FALSE(life.BeginWrite());
}

TEST(StreamLife, EndsAfterTheWriteInFlight) {
  StreamLife life;
  EXPECT_TRUE(life.BeginWrite());
  EXPECT_FALSE(life.End(grpc::Status::OK).has_value());
  const auto status = life.EndWrite(true);
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(status->ok());
}

TEST(StreamLife, FailedWriteEndsIt) {
  StreamLife life;
  EXPECT_TRUE(life.BeginWrite());
  const auto status = life.EndWrite(false);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->error_code(), grpc::StatusCode::CANCELLED);
}

TEST(StreamLife, TheFirstEndCounts) {
  StreamLife life;
  EXPECT_TRUE(life.BeginWrite());
  life.End(grpc::Status(grpc::StatusCode::DATA_LOSS, ""));
  life.Cancel();
  EXPECT_EQ(life.EndWrite(false)->error_code(), grpc::StatusCode::DATA_LOSS);
}

// Tries all sequences of eight events: Finish is asked for at most once, never
// during a write, and always if the stream has an end.
TEST(StreamLife, FinishesExactlyOnceInEveryOrder) {
  constexpr int kEvents = 4;  // begin or end a write, failed write, end, cancel
  constexpr int kLength = 8;
  for (int code = 0; code < 1 << (2 * kLength); ++code) {
    StreamLife life;
    bool writing = false;
    bool has_end = false;
    int finished = 0;
    const auto count = [&](const std::optional<grpc::Status>& status) {
      if (!status.has_value()) return;
      EXPECT_FALSE(writing);
      ++finished;
    };
    // Two bits of the code choose each event.
    for (int i = 0; i < kLength; ++i) {
      switch ((code >> (2 * i)) % kEvents) {
        case 0:
          if (writing) {
            writing = false;
            count(life.EndWrite(true));
          } else if (life.BeginWrite()) {
            EXPECT_EQ(finished, 0);
            writing = true;
          }
          break;
        case 1:
          if (!writing) break;
          writing = false;
          has_end = true;
          count(life.EndWrite(false));
          break;
        case 2:
          has_end = true;
          count(life.End(grpc::Status::OK));
          break;
        case 3:
          has_end = true;
          count(life.Cancel());
          break;
      }
    }
    if (writing) {
      writing = false;
      count(life.EndWrite(true));
    }
    EXPECT_EQ(finished, has_end ? 1 : 0) << code;
  }
}

TEST(StreamLife, FinishesOnceFromManyThreads) {
  for (int round = 0; round < 100; ++round) {
    StreamLife life;
    std::atomic<int> finished{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        if (life.BeginWrite()) {
          if (life.EndWrite(true).has_value()) ++finished;
        }
        if (life.Cancel().has_value()) ++finished;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(finished, 1);
  }
}

}  // namespace
}  // namespace spiked
