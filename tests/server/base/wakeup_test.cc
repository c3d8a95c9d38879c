// SPDX-License-Identifier: Apache-2.0

#include "server/base/wakeup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "server/base/clock.h"

namespace spiked {
namespace {

TEST(Wakeup, APostBeforeTheWaitIsNotLost) {
  Wakeup wakeup;
  wakeup.Post();
  wakeup.Post();
  wakeup.Wait();  // both are used up
  const SteadyClock clock;
  const int64_t until = clock.NowNanos() + 1'000'000;
  // May return early, but not always.
  while (clock.NowNanos() < until) wakeup.WaitUntil(until);
}

TEST(Wakeup, EveryPostEndsAWait) {
  Wakeup ping, pong;
  constexpr int kRounds = 2000;
  std::atomic<int> answered{0};
  std::thread other([&] {
    for (int i = 0; i < kRounds; ++i) {
      while (answered == i) {
        ping.Wait();
        answered = i + 1;
      }
      pong.Post();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    ping.Post();
    while (answered <= i) pong.Wait();
  }
  other.join();
  EXPECT_EQ(answered, kRounds);
}

TEST(Wakeup, WaitsInThePastReturnAtOnce) {
  Wakeup wakeup;
  wakeup.WaitUntil(-5);
  wakeup.WaitUntil(0);
}

}  // namespace
}  // namespace spiked
