// SPDX-License-Identifier: Apache-2.0

#include "server/base/periodic.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "tests/server/fake_clock.h"

namespace spiked {
namespace {

TEST(Periodic, RunsOncePerPeriod) {
  FakeClock clock;
  Mutex mutex;
  CondVar changed;
  int runs = 0;
  Periodic periodic(&clock, 1'000'000, [&] {
    MutexLock lock(&mutex);
    ++runs;
    changed.NotifyAll();
  });
  for (int wanted = 1; wanted <= 3; ++wanted) {
    // The thread may not be waiting yet, so move the clock until the task runs.
    for (;;) {
      clock.AdvanceMs(1);
      MutexLock lock(&mutex);
      if (runs >= wanted) break;
    }
  }
  EXPECT_GE(runs, 3);
}

TEST(Periodic, RunsAgainAfterATaskThatThrows) {
  FakeClock clock;
  std::atomic<int> runs{0};
  std::atomic<int> reports{0};
  Periodic periodic(
      &clock, 1'000'000,
      [&] {
        ++runs;
        throw std::length_error("too long");
      },
      [&](const std::string& what) {
        EXPECT_EQ(what, "too long");
        ++reports;
      });
  while (reports < 3) clock.AdvanceMs(1);
  EXPECT_GE(runs, 3);
}

TEST(Periodic, StopsWithoutWaitingForThePeriod) {
  SteadyClock clock;
  Periodic periodic(&clock, int64_t{3600} * 1'000'000'000, [] { FAIL(); });
}

}  // namespace
}  // namespace spiked
