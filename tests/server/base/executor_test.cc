// SPDX-License-Identifier: Apache-2.0

#include "server/base/executor.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace spiked {
namespace {

TEST(Executor, RunsTasksInOrder) {
  std::vector<int> order;
  std::promise<void> last;
  Executor executor(1);
  for (int i = 0; i < 100; ++i) {
    executor.Post([&order, i] { order.push_back(i); });
  }
  executor.Post([&] { last.set_value(); });
  last.get_future().wait();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

TEST(Executor, OwnersTakeTurns) {
  std::string order;
  std::promise<void> begun, go;
  {
    Executor executor(1);
    executor.Post([&] {
      begun.set_value();
      go.get_future().wait();
    });
    begun.get_future().wait();
    for (char name : {'1', '2', '3'}) {
      executor.Post([&order, name] { order += name; }, "a");
    }
    for (char name : {'x', 'y'}) {
      executor.Post([&order, name] { order += name; }, "b");
    }
    go.set_value();
  }
  EXPECT_EQ(order, "1x2y3");
}

// What goes on comes before what begins; owners take turns in both.
TEST(Executor, FirstTasksComeBeforeAllOthers) {
  std::string order;
  std::promise<void> begun, go;
  {
    Executor executor(1);
    executor.Post([&] {
      begun.set_value();
      go.get_future().wait();
    });
    begun.get_future().wait();
    executor.Post([&order] { order += 'a'; }, "a");
    executor.Post([&order] { order += 'b'; }, "b");
    for (char name : {'1', '2'}) {
      executor.PostFirst([&order, name] { order += name; }, "b");
    }
    executor.PostFirst([&order] { order += 'x'; }, "c");
    go.set_value();
  }
  EXPECT_EQ(order, "1x2ab");
}

TEST(Executor, DestructorRunsWhatWasPosted) {
  int ran = 0;
  {
    Executor executor(1);
    for (int i = 0; i < 50; ++i) executor.Post([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 50);
}

TEST(Executor, ATaskThatThrowsIsReportedAndTheNextOneRuns) {
  std::vector<std::string> thrown;
  bool ran = false;
  Executor executor(1,
                    [&](const std::string& what) { thrown.push_back(what); });
  executor.Post([] { throw std::bad_alloc(); });
  executor.Post([] { throw std::length_error("too long"); });
  executor.Post([&] { ran = true; });
  executor.Stop();
  EXPECT_TRUE(ran);
  ASSERT_EQ(thrown.size(), 2u);
  EXPECT_EQ(thrown[1], "too long");
}

TEST(Executor, DropsTasksAfterStop) {
  Executor executor(2);
  executor.Stop();
  auto held = std::make_shared<int>();
  executor.Post([held] { FAIL(); });
  executor.PostFirst([held] { FAIL(); }, "");
  EXPECT_EQ(held.use_count(), 1);
  executor.Stop();
}

}  // namespace
}  // namespace spiked
