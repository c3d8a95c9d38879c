// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/schedule_heap.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace spiked {
namespace {

struct HeapTask {
  int64_t nanos = 0;
  size_t heap_index_ = 0;
};
using Heap = ScheduleHeap<HeapTask>;

// Compares with a sorted map while tasks are added and removed at random.
TEST(ScheduleHeap, KnowsTheFirstTwoAndGivesTasksBackByTime) {
  std::mt19937 random(1);
  Heap heap;
  std::multimap<int64_t, std::shared_ptr<HeapTask>> wanted;
  const auto check = [&] {
    ASSERT_EQ(heap.size(), wanted.size());
    const auto first = wanted.begin();
    EXPECT_EQ(heap.FirstNanos(), wanted.empty() ? Heap::kNever : first->first);
    EXPECT_EQ(heap.SecondNanos(),
              wanted.size() < 2 ? Heap::kNever : std::next(first)->first);
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto what = random() % 5;
    if (what < 2 || wanted.empty()) {
      auto task = std::make_shared<HeapTask>();
      task->nanos = static_cast<int64_t>(random() % 1000);
      wanted.emplace(task->nanos, task);
      heap.Push(task->nanos, task);
    } else if (what < 4) {
      auto it = wanted.begin();
      std::advance(it, random() % wanted.size());
      EXPECT_EQ(heap.Remove(it->second.get()), it->second);
      wanted.erase(it);
    } else {
      EXPECT_EQ(heap.First().nanos, wanted.begin()->first);
      const auto task = heap.PopFirst();
      ASSERT_EQ(task->nanos, wanted.begin()->first);
      auto it = wanted.begin();
      while (it->second != task) ++it;
      wanted.erase(it);
    }
    check();
  }
}

}  // namespace
}  // namespace spiked
