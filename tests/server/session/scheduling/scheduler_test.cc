// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/base/light_thread.h"
#include "server/base/short_turns.h"
#include "tests/server/fake_clock.h"

namespace spiked {
namespace {

constexpr int64_t kMillisecond = 1'000'000;

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
  // All tasks become due at the same time, with deadlines in reverse order of
  // waking.
  std::vector<std::shared_ptr<Task>> tasks;
  for (int i = 0; i < 5; ++i) {
    tasks.push_back(std::make_shared<Task>([&, i, first = true]() mutable
                                           -> Schedulable::Due {
      if (std::exchange(first, false)) {
        if (++scheduled == 5) all_scheduled.set_value();
        return {false, now + 10 * kMillisecond, now + (20 - i) * kMillisecond};
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

// Two workers, and tasks with long slices: the first slice takes ten
// milliseconds by the clock, so that the task counts as long, and the second as
// long as the test wants.
class LongSlices : public ::testing::Test {
 protected:
  std::shared_ptr<Task> MakeLong(std::promise<void>* second) {
    return std::make_shared<Task>(
        [this, second, slice = 0]() mutable -> Schedulable::Due {
          const int64_t now = clock_.NowNanos();
          ++slice;
          if (slice == 1) {
            clock_.AdvanceMs(10);
            return {false, now, now, Urgency::kOnTime, 1, 1000 * kMillisecond};
          }
          if (slice == 2) {
            second->set_value();
            release_.wait();
          }
          return {};
        });
  }

  // Returns when both workers have ended their slices. Moving the clock before
  // that would make a short slice a long one.
  static void WaitForWorkers(Scheduler* scheduler) {
    const auto all = std::make_shared<std::latch>(3);
    const auto task = [all] {
      return std::make_shared<Task>([all]() -> Schedulable::Due {
        all->arrive_and_wait();
        return {};
      });
    };
    scheduler->Wake(task());
    scheduler->Wake(task());
    all->arrive_and_wait();
  }

  static bool IsReady(std::future<void>& future) {
    return future.wait_for(std::chrono::seconds(20)) ==
           std::future_status::ready;
  }

  FakeClock clock_;
  Statistics statistics_;
  std::promise<void> released_;
  std::shared_future<void> release_ = released_.get_future().share();
};

TEST_F(LongSlices, LeaveAWorkerToATaskOnTimeWithShortOnes) {
  std::promise<void> scheduled, ran, long_a, long_b;
  auto short_scheduled = scheduled.get_future();
  auto short_ran = ran.get_future();
  auto a_began = long_a.get_future();
  auto b_began = long_b.get_future();
  const int64_t due = clock_.NowNanos() + 1000 * kMillisecond;
  const auto paced =
      std::make_shared<Task>([&, slice = 0]() mutable -> Schedulable::Due {
        if (++slice == 1) {
          scheduled.set_value();
          return {false, due,         due + kMillisecond, Urgency::kOnTime,
                  0.01,  kMillisecond};
        }
        EXPECT_NE(b_began.wait_for(std::chrono::seconds(0)),
                  std::future_status::ready);
        ran.set_value();
        return {};
      });
  const auto a = MakeLong(&long_a);
  const auto b = MakeLong(&long_b);
  {
    Scheduler scheduler(2, &clock_, &statistics_);
    scheduler.Wake(paced);
    ASSERT_TRUE(IsReady(short_scheduled));
    WaitForWorkers(&scheduler);
    scheduler.Wake(a);
    ASSERT_TRUE(IsReady(a_began));
    // The other worker takes the first slice of b, whose length is unknown yet,
    // but not the second, although it is due before the paced task.
    scheduler.Wake(b);
    clock_.AdvanceMs(2000);
    EXPECT_TRUE(IsReady(short_ran));
    // Without a task with short slices, b may take the worker.
    EXPECT_TRUE(IsReady(b_began));
    released_.set_value();
  }
}

TEST_F(LongSlices, HaveAllWorkersWhenNobodyElseWantsThem) {
  std::promise<void> long_a, long_b;
  auto a_began = long_a.get_future();
  auto b_began = long_b.get_future();
  const auto a = MakeLong(&long_a);
  const auto b = MakeLong(&long_b);
  Scheduler scheduler(2, &clock_, &statistics_);
  scheduler.Wake(a);
  scheduler.Wake(b);
  EXPECT_TRUE(IsReady(a_began));
  EXPECT_TRUE(IsReady(b_began));
  released_.set_value();
}

// One worker of each kind. Every slice takes a millisecond by the clock, and
// tasks are always ready, until a number of slices has run.
class SharedTime : public ::testing::Test {
 protected:
  std::shared_ptr<FairShare> Share(const std::string& owner,
                                   double weight = 1) {
    return scheduler_.ShareOf(
        owner, std::make_shared<const std::atomic<double>>(weight));
  }
  // `name` counts the slices; the share may be null.
  std::shared_ptr<Schedulable> MakeTask(const std::string& name,
                                        std::shared_ptr<FairShare> share,
                                        Urgency urgency = Urgency::kFree) {
    class Busy : public Schedulable {
     public:
      Busy(std::shared_ptr<FairShare> share, std::function<Due()> run)
          : Schedulable(std::move(share)), run_(std::move(run)) {}
      Due RunSlice() override { return run_(); }

     private:
      std::function<Due()> run_;
    };
    return std::make_shared<Busy>(
        std::move(share), [this, name, urgency]() -> Schedulable::Due {
          const int64_t now = clock_.NowNanos();
          if (begun_ < task_count_) {
            // Wait for the others, so that all are ready from the start.
            if (++begun_ == task_count_) all_begun_.set_value();
            return {false, start_nanos_, start_nanos_, urgency};
          }
          if (total_ == wanted_) return {};
          ++slices_[name];
          if (on_slice_ != nullptr) on_slice_();
          if (++total_ == wanted_) done_.set_value();
          clock_.Advance(kMillisecond);
          return {false, now + kMillisecond, now + 20 * kMillisecond, urgency};
        });
  }

  // Runs so many slices of the tasks, and returns their numbers by name.
  std::map<std::string, int> Run(
      const std::vector<std::shared_ptr<Schedulable>>& tasks, int slices) {
    task_count_ = static_cast<int>(tasks.size());
    wanted_ = slices;
    start_nanos_ = clock_.NowNanos() + kMillisecond;
    for (const auto& task : tasks) scheduler_.Wake(task);
    all_begun_.get_future().wait();
    clock_.Advance(kMillisecond);
    done_.get_future().wait();
    scheduler_.Stop();
    return slices_;
  }

  FakeClock clock_;
  Statistics statistics_;
  std::map<std::string, int> slices_;
  int task_count_ = 0, begun_ = 0, total_ = 0, wanted_ = 0;
  int64_t start_nanos_ = 0;
  std::function<void()> on_slice_;  // called before the slice is counted
  std::promise<void> all_begun_, done_;
  Scheduler scheduler_{1, &clock_, &statistics_};
};

TEST_F(SharedTime, OwnersShareItHoweverManyTasksTheyHave) {
  std::vector<std::shared_ptr<Schedulable>> tasks = {
      MakeTask("few", Share("few"))};
  for (int i = 0; i < 20; ++i) {
    tasks.push_back(MakeTask("many", Share("many")));
  }
  const auto slices = Run(tasks, 1000);
  EXPECT_NEAR(slices.at("few"), 500, 20);
}

TEST_F(SharedTime, WeightsDecideHowOwnersShareIt) {
  const auto slices =
      Run({MakeTask("a", Share("a")), MakeTask("b", Share("b", 3))}, 1000);
  EXPECT_NEAR(slices.at("b"), 750, 20);
}

TEST_F(SharedTime, LateTasksComeBeforeFreeOnesWhichDoNotStarve) {
  std::vector<std::shared_ptr<Schedulable>> tasks;
  for (int i = 0; i < 10; ++i) {
    tasks.push_back(MakeTask("late", nullptr, Urgency::kLate));
    tasks.push_back(MakeTask("free", nullptr, Urgency::kFree));
  }
  const auto slices = Run(tasks, 1000);
  EXPECT_NEAR(slices.at("late"), 750, 20);
}

TEST_F(SharedTime, TasksOfAnOwnerTakeTurns) {
  std::vector<std::shared_ptr<Schedulable>> tasks;
  for (int i = 0; i < 10; ++i) {
    tasks.push_back(MakeTask(std::to_string(i), nullptr,
                             i < 5 ? Urgency::kLate : Urgency::kFree));
  }
  for (const auto& [name, slices] : Run(tasks, 1000)) {
    EXPECT_NEAR(slices, name < "5" ? 150 : 50, 10) << name;
  }
}

TEST_F(SharedTime, ACommandDoesNotWaitUntilAllOthersHaveHadATurn) {
  int ran_at = -1;
  const auto command = std::make_shared<Task>([&]() -> Schedulable::Due {
    ran_at = total_;
    return {};
  });
  on_slice_ = [&] {
    if (total_ == 500) scheduler_.Wake(command);
  };
  std::vector<std::shared_ptr<Schedulable>> tasks;
  for (int i = 0; i < 200; ++i) tasks.push_back(MakeTask("free", nullptr));
  Run(tasks, 1000);
  EXPECT_GE(ran_at, 500);
  EXPECT_LE(ran_at, 505);
}

// Without a budget, a task that was admitted with a small load could take a
// worker for itself.
TEST(Scheduler, ATaskThatTakesMoreThanWasAdmittedCountsAsLate) {
  FakeClock clock;
  Statistics statistics;
  std::set<std::thread::id> threads;
  std::promise<void> done;
  int slices = 0;
  // A slice takes half of a period instead of a tenth.
  const auto task = std::make_shared<Task>([&]() -> Schedulable::Due {
    const int64_t now = clock.NowNanos();
    if (slices > 0) threads.insert(std::this_thread::get_id());
    if (++slices == 200) {
      done.set_value();
      return {};
    }
    clock.Advance(kMillisecond);
    return {false, now + kMillisecond, now + 2 * kMillisecond, Urgency::kOnTime,
            0.1,   2 * kMillisecond};
  });
  Scheduler scheduler(1, &clock, &statistics);
  scheduler.Wake(task);
  done.get_future().wait();
  EXPECT_EQ(threads.size(), 2u);  // that for tasks on time, and another
}

// A task on time runs at once while all other threads are busy.
TEST(Scheduler, TasksOnTimeHaveThreadsOfTheirOwn) {
  FakeClock clock;
  Statistics statistics;
  std::promise<void> scheduled, busy, ran, release;
  const auto released = release.get_future().share();
  const int64_t due = clock.NowNanos() + kMillisecond;
  int slices = 0;
  const auto on_time = std::make_shared<Task>([&]() -> Schedulable::Due {
    if (++slices == 1) {
      scheduled.set_value();
      return {false, due, due, Urgency::kOnTime, 0.1, kMillisecond};
    }
    ran.set_value();
    return {};
  });
  const auto endless = std::make_shared<Task>([&]() -> Schedulable::Due {
    busy.set_value();
    released.wait();
    return {};
  });
  Scheduler scheduler(1, &clock, &statistics);
  scheduler.Wake(on_time);
  scheduled.get_future().wait();
  scheduler.Wake(endless);
  busy.get_future().wait();
  clock.Advance(kMillisecond);
  ran.get_future().wait();
  release.set_value();
}

// What a light thread does weighs little beside tasks on time.
TEST(Scheduler, OtherTasksRunOnLightThreadsBesideTasksOnTime) {
  FakeClock clock;
  Statistics statistics;
  std::promise<int> before, beside, after;
  std::promise<void> scheduled, ended;
  const auto niceness = [](std::promise<int>* promise) {
    return std::make_shared<Task>([promise]() -> Schedulable::Due {
      promise->set_value(ThreadNiceness());
      return {};
    });
  };
  const int64_t due = clock.NowNanos() + kMillisecond;
  int slices = 0;
  const auto on_time = std::make_shared<Task>([&]() -> Schedulable::Due {
    if (++slices == 1) {
      scheduled.set_value();
      return {false, due, due, Urgency::kOnTime, 0.1, kMillisecond};
    }
    ended.set_value();
    return {};
  });
  Scheduler scheduler(1, &clock, &statistics);
  scheduler.Wake(niceness(&before));
  const int usual = before.get_future().get();
  scheduler.Wake(on_time);
  scheduled.get_future().wait();
  scheduler.Wake(niceness(&beside));
  EXPECT_EQ(beside.get_future().get(), std::min(usual + 10, 19));
  clock.Advance(kMillisecond);
  ended.get_future().wait();
  // The task on time may still be about to be put back: look until it has been.
  for (;;) {
    std::promise<int> now;
    scheduler.Wake(niceness(&now));
    if (now.get_future().get() == usual) break;
  }
}

// A task that goes on is not lost if, during its slice, the other kind of
// threads has taken over and gone to sleep.
TEST(Scheduler, TheOtherKindOfThreadsGoesOnWithATaskOfTheFirst) {
  FakeClock clock;
  Statistics statistics;
  std::promise<void> began, may_end, again, scheduled;
  const auto held =
      std::make_shared<Task>([&, slice = 0]() mutable -> Schedulable::Due {
        if (++slice == 1) {
          began.set_value();
          may_end.get_future().wait();
          return {false, clock.NowNanos(), clock.NowNanos()};
        }
        again.set_value();
        return {};
      });
  const int64_t due = clock.NowNanos() + 1000 * kMillisecond;
  const auto on_time = std::make_shared<Task>([&]() -> Schedulable::Due {
    scheduled.set_value();
    return {false, due, due, Urgency::kOnTime, 0.1, kMillisecond};
  });
  Scheduler scheduler(1, &clock, &statistics);
  scheduler.Wake(held);
  began.get_future().wait();
  // The only thread of its kind is held, so this runs here.
  scheduler.RunOrWake(on_time);
  scheduled.get_future().wait();
  // The light thread works, and has nothing to do afterwards.
  for (int i = 0; i < 10; ++i) {
    std::promise<void> ran;
    const auto other = std::make_shared<Task>([&]() -> Schedulable::Due {
      ran.set_value();
      return {};
    });
    scheduler.Wake(other);
    ran.get_future().wait();
  }
  may_end.set_value();
  ASSERT_EQ(again.get_future().wait_for(std::chrono::seconds(20)),
            std::future_status::ready);
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

// A worker takes several tasks at once only if they are known to be short, so
// that an idle worker can run the others.
TEST(Scheduler, ATaskIsNotHeldUpByALongOneWhileAWorkerIsIdle) {
  FakeClock clock;
  Statistics statistics;
  std::promise<void> release, ran;
  const int64_t due = clock.NowNanos() + 10 * kMillisecond;
  int long_runs = 0, short_runs = 0;
  std::promise<void> scheduled[2];
  const auto long_task = std::make_shared<Task>([&]() -> Schedulable::Due {
    if (++long_runs == 1) {
      scheduled[0].set_value();
      return {false, due, due};
    }
    release.get_future().wait();
    return {};
  });
  const auto short_task = std::make_shared<Task>([&]() -> Schedulable::Due {
    if (++short_runs == 1) {
      scheduled[1].set_value();
      return {false, due, due + 1};
    }
    ran.set_value();
    return {};
  });
  // Declared last, so that it ends first: its tasks use the variables above.
  Scheduler scheduler(2, &clock, &statistics);
  scheduler.Wake(long_task);
  scheduler.Wake(short_task);
  for (auto& promise : scheduled) promise.get_future().wait();
  clock.AdvanceMs(10);
  ran.get_future().wait();
  release.set_value();
}

// When a worker wakes, another watches the next due time.
TEST(Scheduler, EveryDueTimeWakesAWorker) {
  FakeClock clock;
  Statistics statistics;
  constexpr int kTasks = 7;
  constexpr int kRounds = 100;
  std::atomic<int> ran{0};
  std::vector<std::shared_ptr<Task>> tasks;
  for (int i = 0; i < kTasks; ++i) {
    tasks.push_back(std::make_shared<Task>(
        [&, next = clock.NowNanos() + i]() mutable -> Schedulable::Due {
          ++ran;
          next += kTasks;
          return {false, next, next};
        }));
  }
  Scheduler scheduler(2, &clock, &statistics);
  for (const auto& task : tasks) scheduler.Wake(task);
  while (ran < kTasks) std::this_thread::yield();
  for (int round = 1; round <= kRounds * kTasks; ++round) {
    clock.Advance(1);
    while (ran < kTasks + round - (kTasks - 1)) std::this_thread::yield();
  }
}

// Without workers, slices can only run on this thread.
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
  wait = 5 * kMillisecond;
  scheduler.RunOrWake(task);
  EXPECT_EQ(runs, 3);
  // The task isn't idle, so it is left to a worker.
  scheduler.RunOrWake(task);
  EXPECT_EQ(runs, 3);
  // While the task is ready, another one is left to a worker, too.
  bool ran = false;
  const auto other = std::make_shared<Task>([&]() -> Schedulable::Due {
    ran = true;
    return {};
  });
  scheduler.RunOrWake(other);
  EXPECT_FALSE(ran);
}

// Slices that may be long are left to a worker, which runs them in full.
TEST(Scheduler, RunsOnlyShortSlicesOnTheCallersThread) {
  class Judged : public Task {
   public:
    using Task::Task;
    bool BeginShortSlice() override {
      if (meanwhile != nullptr) meanwhile();
      return is_short;
    }
    bool is_short = false;
    std::function<void()> meanwhile;
  };
  FakeClock clock;
  Statistics statistics;
  Scheduler scheduler(1, &clock, &statistics);
  std::vector<std::thread::id> threads;
  std::promise<void> first, second;
  // A task that is not short runs on the worker.
  const auto task = std::make_shared<Judged>([&]() -> Schedulable::Due {
    threads.push_back(std::this_thread::get_id());
    first.set_value();
    return {};
  });
  scheduler.RunOrWake(task);
  first.get_future().wait();
  ASSERT_EQ(threads.size(), 1u);
  EXPECT_NE(threads[0], std::this_thread::get_id());
  // A short one runs on this thread.
  const auto here = std::make_shared<Judged>([&]() -> Schedulable::Due {
    threads.push_back(std::this_thread::get_id());
    return {};
  });
  here->is_short = true;
  scheduler.RunOrWake(here);
  ASSERT_EQ(threads.size(), 2u);
  EXPECT_EQ(threads[1], std::this_thread::get_id());
  // A Wake during BeginShortSlice is not lost.
  const auto woken = std::make_shared<Judged>([&]() -> Schedulable::Due {
    threads.push_back(std::this_thread::get_id());
    second.set_value();
    return {};
  });
  woken->meanwhile = [&] { scheduler.Wake(woken); };
  scheduler.RunOrWake(woken);
  second.get_future().wait();
  EXPECT_EQ(threads.size(), 3u);
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
    // Wakes tasks from this thread meanwhile.
    for (int i = 0; i < 2000; ++i) scheduler.Wake(tasks[i % kTasks]);
    all.get_future().wait();
  }
  EXPECT_EQ(finished, kTasks);
}

// Shorter turns let a worker that wakes for a real-time session interrupt
// threads that help with a long step of another.
TEST(Scheduler, WorkersForTasksOnTimeHaveShorterTurnsThanOtherThreads) {
  std::atomic<int64_t> granted{0};
  std::thread([&] {
    AskForShortTurns();
    granted = TurnNanos();
  }).join();
  if (granted != kShortTurnNanos) GTEST_SKIP() << "Linux before 6.12";
  EXPECT_GT(TurnNanos(), kShortTurnNanos);

  SteadyClock clock;
  Statistics statistics;
  Scheduler scheduler(1, &clock, &statistics);
  std::promise<int64_t> of_worker;
  int slices = 0;
  const auto task = std::make_shared<Task>([&]() -> Schedulable::Due {
    const int64_t now = clock.NowNanos();
    if (++slices == 1) {
      return {false, now, now, Urgency::kOnTime, 0.1, kMillisecond};
    }
    of_worker.set_value(TurnNanos());
    return {};
  });
  scheduler.Wake(task);
  EXPECT_EQ(of_worker.get_future().get(), kShortTurnNanos);
}

}  // namespace
}  // namespace spiked
