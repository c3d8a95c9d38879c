// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/thread_team.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
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
