// SPDX-License-Identifier: Apache-2.0

#include "server/base/periodic.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

namespace spiked {
namespace {

TEST(Periodic, RunsAgainAndAgain) {
  Mutex mutex;
  CondVar changed;
  int runs = 0;
  Periodic periodic(std::chrono::milliseconds(1), [&] {
    MutexLock lock(&mutex);
    ++runs;
    changed.NotifyAll();
  });
  MutexLock lock(&mutex);
  while (runs < 3) changed.Wait(&mutex);
}

TEST(Periodic, EndsAtOnceThoughThePeriodIsLong) {
  std::atomic<int> runs = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::make_unique<Periodic>(std::chrono::hours(1), [&] { ++runs; }).reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace spiked
