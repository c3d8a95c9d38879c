// SPDX-License-Identifier: Apache-2.0

#include "server/drain_or_exit.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>

namespace spiked {
namespace {

constexpr std::chrono::seconds kLong{600};

void Never() { pause(); }

// Drains as the daemon does. For death tests, because the process exits.
void DrainHere(const std::function<void()>& drain,
               std::chrono::milliseconds limit) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  DrainOrExit(drain, limit, signals);
  _exit(0);
}

class DrainOrExitTest : public ::testing::Test {
 protected:
  DrainOrExitTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(DrainOrExitTest, ReturnsWhenDrained) {
  EXPECT_EXIT(DrainHere([] {}, kLong), ::testing::ExitedWithCode(0), "");
}

TEST_F(DrainOrExitTest, GivesUpWhatNeverEnds) {
  EXPECT_EXIT(DrainHere(Never, std::chrono::milliseconds(50)),
              ::testing::ExitedWithCode(70), "a call did not end");
}

TEST_F(DrainOrExitTest, StopsAtOnceAtASecondSignal) {
  const auto drain = [] {
    kill(getpid(), SIGTERM);
    Never();
  };
  EXPECT_EXIT(DrainHere(drain, kLong), ::testing::ExitedWithCode(128 + SIGTERM),
              "second signal");
}

TEST_F(DrainOrExitTest, DrainsOnWhenToldToReadFilesAgain) {
  const auto drain = [] {
    kill(getpid(), SIGHUP);
    usleep(100'000);  // five checks for signals
  };
  EXPECT_EXIT(DrainHere(drain, kLong), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace spiked
