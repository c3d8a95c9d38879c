// SPDX-License-Identifier: Apache-2.0

#include "server/base/executor.h"

#include <gtest/gtest.h>

#include <future>
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

TEST(Executor, DestructorRunsWhatWasPosted) {
  int ran = 0;
  {
    Executor executor(1);
    for (int i = 0; i < 50; ++i) executor.Post([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 50);
}

}  // namespace
}  // namespace spiked
