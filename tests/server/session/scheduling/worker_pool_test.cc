// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/worker_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "server/session/scheduling/fair_tasks.h"
#include "server/session/scheduling/on_time_tasks.h"
#include "server/session/scheduling/task_inbox.h"
#include "tests/server/fake_clock.h"

namespace spiked {
namespace {

class Slices : public Schedulable {
 public:
  explicit Slices(std::function<Due()> run) : run_(std::move(run)) {}
  Due RunSlice() override { return run_(); }

 private:
  std::function<Due()> run_;
};

// Linux may interrupt any thread while it holds the lock of its pool. Here the
// judge, which is asked under that lock, holds the other workers up.
TEST(WorkerPool, WorkersForTasksOnTimeNeverWaitForTheLockOfOthers) {
  class Judge : public SliceJudge {
   public:
    void Account(Schedulable* task, const Schedulable::Due& due, int64_t,
                 int64_t, int64_t) override {
      SetUrgency(task, due.urgency);
      if (task != held) return;
      is_held.set_value();
      release.get_future().wait();
    }
    bool IsParked(WorkerKind /*kind*/) const override { return false; }

    Schedulable* held = nullptr;
    std::promise<void> is_held, release;
  };
  FakeClock clock;
  Statistics statistics;
  Judge judge;
  const auto held = std::make_shared<Slices>([] { return Schedulable::Due{}; });
  judge.held = held.get();
  // A task on time: it is woken at every slice, as by commands, and leaves the
  // pool at the last one.
  std::promise<void> begun, done;
  int slices = 0;
  const auto on_time = std::make_shared<Slices>([&]() -> Schedulable::Due {
    const int64_t now = clock.NowNanos();
    if (++slices == 1) begun.set_value();
    if (slices == 1000) {
      done.set_value();
      return {false, now, now, Urgency::kLate};
    }
    return {false, now, now, Urgency::kOnTime, 0.1, 1'000'000};
  });
  WorkerPool on_time_pool(std::make_unique<OnTimeTasks>(1), &judge, &clock,
                          &statistics);
  WorkerPool other_pool(std::make_unique<FairTasks>(), &judge, &clock,
                        &statistics);
  on_time_pool.AddWorkers(WorkerKind::kOnTime, 1);
  other_pool.AddWorkers(WorkerKind::kOther, 1);
  on_time_pool.Start(&other_pool);
  other_pool.Start(&on_time_pool);
  other_pool.Wake(on_time);
  begun.get_future().wait();
  other_pool.Wake(held);
  judge.is_held.get_future().wait();
  // Neither the worker nor a thread that wakes a task waits.
  other_pool.Wake(on_time);
  other_pool.Wake(std::make_shared<Slices>([] { return Schedulable::Due{}; }));
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(20)),
            std::future_status::ready);
  judge.release.set_value();
  on_time_pool.Stop();
  other_pool.Stop();
}

TEST(TaskInbox, LosesNothingThatManyThreadsAddAndKeepsItsOrder) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 2000;  // of each thread
  const auto make = [] {
    return std::make_shared<Slices>([] { return Schedulable::Due{}; });
  };
  std::vector<std::vector<TaskInbox::Task>> added(kThreads);
  for (auto& tasks : added) {
    for (int i = 0; i < kTasks; ++i) tasks.push_back(make());
  }
  TaskInbox inbox;
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (auto& tasks : added) {
    threads.emplace_back([&] {
      for (const auto& task : tasks) EXPECT_TRUE(inbox.Add(task));
      --running;
    });
  }
  std::vector<TaskInbox::Task> taken;
  while (running > 0) inbox.TakeAll(&taken);
  for (std::thread& thread : threads) thread.join();
  inbox.TakeAll(&taken);
  ASSERT_EQ(taken.size(), static_cast<size_t>(kThreads * kTasks));
  EXPECT_TRUE(inbox.empty());
  for (const auto& tasks : added) {
    auto at = taken.begin();
    for (const auto& task : tasks) {
      at = std::find(at, taken.end(), task);
      ASSERT_NE(at, taken.end());
    }
  }
}

TEST(TaskInbox, HasATaskOnceUntilItIsTaken) {
  TaskInbox inbox;
  const auto task = std::make_shared<Slices>([] { return Schedulable::Due{}; });
  EXPECT_TRUE(inbox.Add(task));
  EXPECT_FALSE(inbox.Add(task));
  std::vector<TaskInbox::Task> taken;
  inbox.TakeAll(&taken);
  EXPECT_EQ(taken.size(), 1u);
  EXPECT_TRUE(inbox.Add(task));
}

TEST(TaskInbox, DropsItsTasksAtItsEnd) {
  std::weak_ptr<Schedulable> observer;
  {
    TaskInbox inbox;
    const auto task =
        std::make_shared<Slices>([] { return Schedulable::Due{}; });
    observer = task;
    inbox.Add(task);
  }
  EXPECT_TRUE(observer.expired());
}

}  // namespace
}  // namespace spiked
