// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/transit_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kMb = 1'000'000;
constexpr int64_t kSecond = 1'000'000'000;

class TransitGuardTest : public ::testing::Test {
 protected:
  // A connection that has received so much.
  void Receive(const std::string& peer, int64_t bytes, int64_t waiting = 0) {
    connections_.push_back({.peer = peer,
                            .port = 50051,
                            .received_bytes = bytes,
                            .waiting_bytes = waiting});
  }
  void LookAt(int64_t resident_bytes) {
    resident_bytes_ = resident_bytes;
    guard_.Look(now_ += TransitGuard::kPeriodNanos);
  }

  int64_t now_ = kSecond;
  int64_t resident_bytes_ = 0;
  int measured_ = 0;
  int given_back_ = 0;
  std::vector<TcpConnection> connections_;
  std::vector<std::string> ended_;
  TransitBook book_;
  Statistics statistics_;
  TransitGuard guard_{{.process_bytes = 200 * kMb, .transit_bytes = 16 * kMb},
                      {[this] { return resident_bytes_; },
                       [this] {
                         ++measured_;
                         return connections_;
                       },
                       [this](const TcpConnection& connection) {
                         ended_.push_back(connection.peer);
                       },
                       [this] { ++given_back_; }},
                      &book_,
                      &statistics_};
};

TEST_F(TransitGuardTest, NobodyIsEndedWhileThereIsMemory) {
  Receive("a", 300 * kMb);
  LookAt(200 * kMb);
  EXPECT_THAT(ended_, IsEmpty());
  EXPECT_EQ(given_back_, 0);
}

TEST_F(TransitGuardTest, WithoutMemoryTheLargestAreEnded) {
  Receive("a", 8 * kMb);
  Receive("b", 30 * kMb);
  Receive("c", 7 * kMb);
  Receive("d", 20 * kMb);
  LookAt(201 * kMb);
  EXPECT_THAT(ended_, ElementsAre("b", "d"));
  EXPECT_EQ(statistics_.transit_disconnects.Get(), 2);
}

TEST_F(TransitGuardTest, EachIsEndedOnce) {
  Receive("a", 30 * kMb);
  Receive("b", 15 * kMb);
  LookAt(201 * kMb);
  LookAt(201 * kMb);  // gRPC has not closed it yet
  EXPECT_THAT(ended_, ElementsAre("a"));
  connections_.clear();
  LookAt(201 * kMb);
  Receive("a", 40 * kMb);  // another one from the same port
  LookAt(201 * kMb);
  EXPECT_THAT(ended_, ElementsAre("a", "a"));
}

TEST_F(TransitGuardTest, WhatSessionsUseEndsNobody) {
  Receive("a", 16 * kMb);
  LookAt(900 * kMb);
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(TransitGuardTest, WhatWaitsInTheKernelIsNotTheProcesss) {
  Receive("a", 30 * kMb, 20 * kMb);
  LookAt(201 * kMb);
  EXPECT_THAT(ended_, IsEmpty());
}

TEST_F(TransitGuardTest, WhatCallsHaveTakenIsTheirs) {
  const auto use = book_.Find("a");
  use->CountMessage(90 * kMb);
  Receive("a", 90 * kMb);
  Receive("b", 17 * kMb);
  LookAt(201 * kMb);
  EXPECT_THAT(ended_, ElementsAre("b"));
}

TEST_F(TransitGuardTest, FreeMemoryIsGivenBackAboveTheLimit) {
  const auto look_for = [&](int64_t seconds, int64_t resident_bytes) {
    given_back_ = 0;
    for (int64_t nanos = 0; nanos < seconds * kSecond;
         nanos += TransitGuard::kPeriodNanos) {
      LookAt(resident_bytes);
    }
    return given_back_;
  };
  // After 0, 0.5, 1.5, 3.5 and 7.5 s, then every five.
  EXPECT_EQ(look_for(10, 201 * kMb), 5);
  EXPECT_EQ(look_for(50, 201 * kMb), 10);
  // Again at once, when it was below or a connection has ended.
  EXPECT_EQ(look_for(1, 1 * kMb), 0);
  EXPECT_GE(look_for(1, 201 * kMb), 1);
  look_for(50, 201 * kMb);
  Receive("a", 30 * kMb);
  EXPECT_GE(look_for(1, 201 * kMb), 1);
}

// With 10,000 connections, which take 20 ms to measure.
TEST_F(TransitGuardTest, ManyConnectionsAreMeasuredRarely) {
  for (int i = 0; i < 10'000; ++i) Receive(std::to_string(i), 1);
  for (int64_t nanos = 0; nanos < 2 * kSecond;
       nanos += TransitGuard::kPeriodNanos) {
    LookAt(201 * kMb);
  }
  EXPECT_GE(measured_, 19);
  EXPECT_LE(measured_, 21);
}

TEST_F(TransitGuardTest, ConnectionsAreMeasuredOnceASecondBelowTheLimit) {
  for (int64_t nanos = 0; nanos < 5 * kSecond;
       nanos += TransitGuard::kPeriodNanos) {
    LookAt(1);
  }
  EXPECT_GE(measured_, 5);
  EXPECT_LE(measured_, 6);
}

}  // namespace
}  // namespace spiked
