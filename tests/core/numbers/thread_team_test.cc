// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/thread_team.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <vector>

namespace spiked {
namespace {

TEST(ThreadTeam, EveryMemberWorksOnce) {
  for (int size : {1, 2, 5}) {
    ThreadTeam team(size);
    std::vector<int> calls(size);
    for (int round = 1; round <= 200; ++round) {
      team.Run([&](int member) { ++calls[member]; });
      for (int count : calls) ASSERT_EQ(count, round);
    }
  }
}

TEST(ThreadTeam, WaitSeparatesWhatIsBeforeFromWhatIsAfter) {
  ThreadTeam team(3);
  std::vector<int> written(3);
  std::atomic<int> wrong{0};
  for (int round = 1; round <= 500; ++round) {
    team.Run([&](int member) {
      written[member] = round;
      team.Wait();
      for (int value : written) wrong += value != round;
    });
  }
  EXPECT_EQ(wrong, 0);
}

// What one member throws comes out of Run on the caller, whoever it was and
// however often the members were still to meet; the team works on.
TEST(ThreadTeam, RunThrowsWhatAMemberThrows) {
  for (int size : {1, 2, 4}) {
    ThreadTeam team(size);
    for (int thrower = 0; thrower < size; ++thrower) {
      for (int meetings = 0; meetings < 4; ++meetings) {
        std::atomic<int> ended{0};
        const auto work = [&](int member) {
          for (int i = 0; i < 3; ++i) {
            if (member == thrower && i == meetings) throw std::bad_alloc();
            team.Wait();
          }
          if (member == thrower && meetings == 3) throw std::bad_alloc();
          ++ended;
        };
        EXPECT_THROW(team.Run(work), std::bad_alloc);
        // Before the last meeting nobody ends; after it, all the others do.
        EXPECT_EQ(ended, meetings == 3 ? size - 1 : 0);
        std::atomic<int> worked{0};
        team.Run([&](int) { ++worked; });
        EXPECT_EQ(worked, size);
      }
    }
  }
}

TEST(ThreadTeam, AllMembersMayThrowAtOnce) {
  ThreadTeam team(4);
  for (int round = 0; round < 200; ++round) {
    EXPECT_THROW(team.Run([&](int) {
      team.Wait();
      throw std::length_error("too long");
    }),
                 std::length_error);
  }
}

TEST(ParallelFor, ThrowsWhatTheBodyThrows) {
  ThreadTeam team(3);
  EXPECT_THROW(ParallelFor(team, 1000, 10,
                           [](int64_t begin, int64_t) {
                             if (begin == 500) throw std::bad_alloc();
                           }),
               std::bad_alloc);
}

TEST(ParallelFor, CoversTheRangeOnce) {
  ThreadTeam team(3);
  std::vector<std::atomic<int>> seen(1001);
  ParallelFor(team, 1001, 10, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) ++seen[i];
  });
  for (const auto& count : seen) EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace spiked
