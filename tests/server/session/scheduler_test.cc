// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <vector>

#include "tests/server/fake_clock.h"

namespace spiked {
namespace {

constexpr int64_t kMs = 1'000'000;

class Task : public Schedulable {
 public:
  explicit Task(std::function<Due()> run) : run_(std::move(run)) {}
  Due RunSlice() override {
    EXPECT_FALSE(running_.exchange(true)) << "on two threads at once";
    const Due due = run_();
    running_ = false;
    return due;
  }

 private:
  std::function<Due()> run_;
  std::atomic<bool> running_{false};
};

TEST(Scheduler, RunsTheEarliestDeadlineFirst) {
  FakeClock clock;
  Statistics statistics;
  Scheduler scheduler(1, &clock, &statistics);
  const int64_t now = clock.NowNanos();
  std::vector<int> order;
  std::promise<void> all_scheduled, all_ran;
  int scheduled = 0;
  // All become due at the same time, with deadlines in reverse order of waking.
  std::vector<std::shared_ptr<Task>> tasks;
  for (int i = 0; i < 5; ++i) {
    tasks.push_back(std::make_shared<Task>(
        [&, i, first = true]() mutable -> Schedulable::Due {
          if (std::exchange(first, false)) {
            if (++scheduled == 5) all_scheduled.set_value();
            return {false, now + 10 * kMs, now + (20 - i) * kMs};
          }
          order.push_back(i);
          if (order.size() == 5) all_ran.set_value();
          return {};
        }));
  }
  for (const auto& task : tasks) scheduler.Wake(task);
  all_scheduled.get_future().wait();
  clock.AdvanceMs(10);
  all_ran.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{4, 3, 2, 1, 0}));
}

TEST(Scheduler, ATaskWokenWhileItRunsRunsAgain) {
  FakeClock clock;
  Statistics statistics;
  Scheduler scheduler(2, &clock, &statistics);
  std::promise<void> again;
  std::shared_ptr<Task> task;
  int runs = 0;
  task = std::make_shared<Task>([&]() -> Schedulable::Due {
    if (++runs == 1) scheduler.Wake(task);
    if (runs == 2) again.set_value();
    return {};
  });
  scheduler.Wake(task);
  again.get_future().wait();
  EXPECT_EQ(runs, 2);
}

TEST(Scheduler, ForgetsIdleTasks) {
  FakeClock clock;
  Statistics statistics;
  std::weak_ptr<Task> observer;
  {
    Scheduler scheduler(1, &clock, &statistics);
    std::promise<void> ran;
    auto task = std::make_shared<Task>([&]() -> Schedulable::Due {
      ran.set_value();
      return {};
    });
    observer = task;
    scheduler.Wake(task);
    ran.get_future().wait();
  }
  EXPECT_TRUE(observer.expired());
}

// There is no worker: whatever runs, runs on this thread.
TEST(Scheduler, RunsAnIdleTaskAtOnceOnTheCallersThread) {
  FakeClock clock;
  Statistics statistics;
  Scheduler scheduler(0, &clock, &statistics);
  int runs = 0;
  int64_t wait = -1;  // -1: idle
  const auto task = std::make_shared<Task>([&]() -> Schedulable::Due {
    ++runs;
    if (wait < 0) return {};
    return {false, clock.NowNanos() + wait, clock.NowNanos() + wait};
  });
  scheduler.RunOrWake(task);
  scheduler.RunOrWake(task);
  EXPECT_EQ(runs, 2);
  wait = 5 * kMs;
  scheduler.RunOrWake(task);
  EXPECT_EQ(runs, 3);
  // It isn't idle now: left to a worker.
  scheduler.RunOrWake(task);
  EXPECT_EQ(runs, 3);
  // And it is ready before another.
  bool ran = false;
  const auto other = std::make_shared<Task>([&]() -> Schedulable::Due {
    ran = true;
    return {};
  });
  scheduler.RunOrWake(other);
  EXPECT_FALSE(ran);
}

TEST(Scheduler, ManyTasksOnFewWorkersAllRunAndNeverTwiceAtOnce) {
  SteadyClock clock;
  Statistics statistics;
  constexpr int kTasks = 50;
  constexpr int kSlices = 200;
  std::atomic<int> finished{0};
  std::promise<void> all;
  std::vector<std::shared_ptr<Task>> tasks;
  {
    Scheduler scheduler(3, &clock, &statistics);
    for (int i = 0; i < kTasks; ++i) {
      tasks.push_back(
          std::make_shared<Task>([&, slices = 0]() mutable -> Schedulable::Due {
            if (++slices == kSlices && ++finished == kTasks) all.set_value();
            if (slices >= kSlices) return {};
            const int64_t now = clock.NowNanos();
            return {false, now + (slices % 3) * 10'000, now + 100'000};
          }));
    }
    for (const auto& task : tasks) scheduler.Wake(task);
    // Woken from outside all the time, too.
    for (int i = 0; i < 2000; ++i) scheduler.Wake(tasks[i % kTasks]);
    all.get_future().wait();
  }
  EXPECT_EQ(finished, kTasks);
}

}  // namespace
}  // namespace spiked
