// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/gate/request_turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/server/fake_clock.h"

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RequestTurnsTest : public ::testing::Test {
 protected:
  using Reading = RequestTurns::Readings::iterator;

  RequestTurns::Next Add(const std::string& connection, bool may_be_long) {
    RequestReading reading;
    reading.connection = connection;
    reading.may_be_long = may_be_long;
    return turns_.Add(std::move(reading), clock_.NowNanos());
  }
  RequestTurns::Next AddShort(const std::string& connection) {
    return Add(connection, false);
  }
  RequestTurns::Next AddLong(const std::string& connection) {
    return Add(connection, true);
  }
  RequestTurns::Next Complete(Reading reading) {
    return turns_.Remove(reading, true, clock_.NowNanos());
  }
  // A connection whose request ended in time.
  void Prove(const std::string& connection) {
    const RequestTurns::Next next = AddShort(connection);
    ASSERT_THAT(next, SizeIs(1));
    Complete(next[0]);
  }
  // As the server does: measures, then checks; the number of ended calls.
  size_t Check(const RequestTurns::ReceivedBytes& bytes = {}) {
    std::set<std::string> connections;
    turns_.ConnectionsToMeasure(clock_.NowNanos(), &connections);
    RequestTurns::ReceivedBytes received;
    for (const auto& [connection, count] : bytes) {
      if (connections.contains(connection)) received[connection] = count;
    }
    next_.clear();
    ended_ = turns_.CheckUnfinished(clock_.NowNanos(), received, &next_);
    return ended_.size();
  }
  void PassTrial() { clock_.Advance(RequestTurns::kTrialNanos); }

  FakeClock clock_;
  // Memory for some long requests.
  class FakeMemory : public RequestTurns::Memory {
   public:
    bool IsFree(const RequestReading&, int others) override {
      return free > others;
    }
    bool Take(RequestReading* reading) override {
      if (free == 0) return false;
      --free;
      return reading->has_kept_memory = true;
    }
    int free = 100;
  };
  FakeMemory memory_;
  RequestTurns turns_{&memory_};
  // Of the latest Check.
  RequestTurns::Next next_;
  std::vector<RequestTurns::Ended> ended_;
};

TEST_F(RequestTurnsTest, AProvenConnectionNeverWaitsForUnfinishedRequests) {
  Prove("good");
  for (int i = 0; i < 200; ++i) {
    for (int k = 0; k < 10; ++k) {
      AddShort("bad" + std::to_string(i));
      AddLong("bad" + std::to_string(i));
    }
  }
  for (int i = 0; i < 100; ++i) {
    const RequestTurns::Next next = AddShort("good");
    ASSERT_THAT(next, SizeIs(1));
    EXPECT_EQ(next[0]->connection, "good");
    Complete(next[0]);
    PassTrial();
    Check();
  }
  EXPECT_THAT(AddLong("good"), SizeIs(1));
}

TEST_F(RequestTurnsTest, SixteenAreReadAtMost) {
  size_t open = 0;
  for (const char* connection : {"a", "b", "c"}) {
    for (int i = 0; i < 40; ++i) {
      open += AddShort(connection).size() + AddLong(connection).size();
    }
    PassTrial();
    // Each call that is ended makes room only when its reading has ended.
    Check();
    open += next_.size();
  }
  EXPECT_LE(open, 16U);
}

TEST_F(RequestTurnsTest, AnUnfinishedShortRequestIsNotEndedIfNoneWaits) {
  AddShort("a");
  clock_.Advance(60 * RequestTurns::kSlowNanos);
  EXPECT_EQ(Check(), 0U);
  EXPECT_EQ(Check(), 0U);
}

TEST_F(RequestTurnsTest, AnUnfinishedShortRequestPassesToALongTurn) {
  // Two turns belong to proven connections and one to those with unfinished
  // requests, so the fourth waits.
  for (int i = 0; i < 3; ++i) ASSERT_THAT(AddShort("a"), SizeIs(1));
  ASSERT_THAT(AddShort("b"), IsEmpty());
  EXPECT_EQ(Check(), 0U);
  EXPECT_THAT(next_, IsEmpty());
  PassTrial();
  EXPECT_EQ(Check(), 0U);
  ASSERT_THAT(next_, SizeIs(1));
  EXPECT_EQ(next_[0]->connection, "b");
}

TEST_F(RequestTurnsTest, UnfinishedShortRequestsEndWithoutALongTurn) {
  for (int i = 0; i < 40; ++i) AddLong("long");
  PassTrial();
  Check();
  int ended = 0;
  for (int i = 0; i < 40; ++i) AddShort("short");
  for (int i = 0; i < 10; ++i) {
    PassTrial();
    ended += static_cast<int>(Check());
  }
  EXPECT_GT(ended, 0);
}

TEST_F(RequestTurnsTest, LongRequestsThatMakeProgressAreNotEnded) {
  for (int i = 0; i < 20; ++i) {
    const std::string connection = "upload" + std::to_string(i);
    Prove(connection);
    AddLong(connection);
  }
  RequestTurns::ReceivedBytes received;
  for (int second = 0; second < 100; ++second) {
    clock_.Advance(RequestTurns::kSlowNanos);
    for (int i = 0; i < 20; ++i) {
      received["upload" + std::to_string(i)] += RequestTurns::kMinBytes;
    }
    EXPECT_EQ(Check(received), 0U);
    Prove("poller");
  }
}

TEST_F(RequestTurnsTest, LongRequestsWithoutProgressEndIfOthersWait) {
  std::vector<Reading> open;
  for (int i = 0; i < 40; ++i) {
    for (const Reading reading : AddLong("bad")) open.push_back(reading);
  }
  ASSERT_FALSE(open.empty());
  PassTrial();
  EXPECT_EQ(Check({{"bad", 1000}}), 0U);
  clock_.Advance(RequestTurns::kSlowNanos);
  EXPECT_EQ(Check({{"bad", 1000}}), open.size());
  EXPECT_EQ(Check({{"bad", 1000}}), 0U) << "they have been ended";
}

TEST_F(RequestTurnsTest, EachLongRequestOfAConnectionNeedsProgress) {
  size_t open = 0;
  for (int i = 0; i < 40; ++i) open += AddLong("bad").size();
  PassTrial();
  Check({{"bad", 0}});
  clock_.Advance(RequestTurns::kSlowNanos);
  EXPECT_EQ(Check({{"bad", RequestTurns::kMinBytes}}), open);
}

TEST_F(RequestTurnsTest, NoRequestTakesLongerThanTheLongestWould) {
  for (int i = 0; i < 40; ++i) AddLong("bad");
  PassTrial();
  int64_t received = 0;
  Check({{"bad", received}});
  size_t ended = 0;
  int64_t passed_nanos = 0;
  while (ended == 0 && passed_nanos < 2 * RequestTurns::kLongestNanos) {
    clock_.Advance(RequestTurns::kSlowNanos);
    passed_nanos += RequestTurns::kSlowNanos;
    received += 100 * RequestTurns::kMinBytes;
    ended = Check({{"bad", received}});
  }
  EXPECT_GT(ended, 0U);
  EXPECT_GE(passed_nanos, RequestTurns::kLongestNanos);
}

TEST_F(RequestTurnsTest, LongRequestsWaitForMemory) {
  memory_.free = 1;
  Prove("a");
  ASSERT_THAT(AddLong("a"), SizeIs(1));
  EXPECT_THAT(AddLong("a"), IsEmpty()) << "both might take long";
  PassTrial();
  EXPECT_EQ(Check(), 0U);
  EXPECT_THAT(next_, IsEmpty());
  // They don't hold up short ones.
  Prove("b");
  // The memory may have become free by something else.
  memory_.free = 1;
  EXPECT_EQ(Check(), 0U);
  ASSERT_THAT(next_, SizeIs(1));
  EXPECT_EQ(next_[0]->connection, "a");
}

TEST_F(RequestTurnsTest, LongRequestsThatArriveAtOnceTakeNoMemory) {
  memory_.free = 1;
  for (int i = 0; i < 10; ++i) {
    const RequestTurns::Next next = AddLong("a");
    ASSERT_THAT(next, SizeIs(1));
    Complete(next[0]);
  }
  EXPECT_EQ(memory_.free, 1);
}

TEST_F(RequestTurnsTest, UnfinishedLongRequestsEndIfTheirMemoryIsGone) {
  memory_.free = 2;
  AddLong("a");
  AddLong("b");
  memory_.free = 1;  // taken by something else
  PassTrial();
  EXPECT_EQ(Check(), 1U);
  EXPECT_TRUE(ended_[0].lacks_memory);
}

TEST_F(RequestTurnsTest, ShortRequestsThatTurnOutLongEndWithoutMemory) {
  memory_.free = 1;
  ASSERT_THAT(AddShort("a"), SizeIs(1));
  ASSERT_THAT(AddShort("b"), SizeIs(1));
  PassTrial();
  EXPECT_EQ(Check(), 1U);  // one has passed to a long turn
  EXPECT_TRUE(ended_[0].lacks_memory);
  EXPECT_EQ(Check(), 0U) << "it is ended once";
}

TEST_F(RequestTurnsTest, ConnectionsTakeTurns) {
  std::vector<Reading> open;
  for (const char* connection : {"a", "a", "a", "a", "b"}) {
    for (const Reading reading : AddShort(connection)) open.push_back(reading);
  }
  ASSERT_THAT(open, SizeIs(3));
  AddShort("a");
  AddShort("c");
  std::vector<std::string> order;
  for (size_t i = 0; i < 3; ++i) {
    for (const Reading reading : Complete(open[i])) {
      order.push_back(reading->connection);
    }
  }
  EXPECT_THAT(order, ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace spiked
