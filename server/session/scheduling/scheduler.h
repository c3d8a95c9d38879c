// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/session/scheduling/fair_tasks.h"
#include "server/session/scheduling/schedulable.h"
#include "server/session/scheduling/schedule_heap.h"
#include "server/statistics/statistics.h"

namespace spiked {

// Worker threads that run due tasks, so that a thousand small real-time
// sessions can share two processors, and keep their times beside any number of
// others. Thread-safe.
//
// Tasks on time have threads of their own, and run earliest deadline first. All
// other tasks share other threads in a fair order (FairTasks). Linux gives the
// processors to the threads: one that wakes for a task on time interrupts the
// others (short_turns.h). As long as there are tasks on time, the others run on
// threads that Linux gives a tenth as much, about what admission leaves free,
// so that nothing starves; without tasks on time, on threads of full weight.
//
// A task on time that takes more time of a processor than was admitted counts
// as late until it has made up for it.
//
// A task is in `waiting` until it is due, then ready until a worker takes it. A
// worker takes several short tasks at once, because a slice of a small session
// costs no more than taking the lock.
//
// Idle workers sleep. Up to two of a kind watch the first two times in
// `waiting`, one each: a due time then wakes one thread by its own timer, and
// while that one works, another already watches the next time.
//
// A slice can't be shorter than a step, and a step of a large network takes
// many milliseconds. As long as there is a task on time with short slices, one
// worker is kept free of tasks on time with long slices, unless there is only
// one worker.
class Scheduler {
 public:
  // `workers`: threads of each kind. `clock` and `statistics` outlive the
  // scheduler.
  Scheduler(int workers, Clock* clock, Statistics* statistics);

  ~Scheduler();

  int worker_count() const { return worker_count_; }

  // The share of an owner in the time that tasks on time leave, in proportion
  // to its weight, which may change, and must always be greater than 0. Tasks
  // of an owner need the same weight.
  std::shared_ptr<FairShare> ShareOf(
      const std::string& owner,
      std::shared_ptr<const std::atomic<double>> weight);

  // Tasks whose slices have been longer than this have long slices.
  static constexpr int64_t kLongSliceNanos = 2'000'000;

  // Ends the workers after their running slices. No slice runs afterwards.
  void Stop();

  // Runs a slice of `task` soon. A running task runs again afterwards. The
  // scheduler keeps the task alive until it is idle.
  void Wake(const std::shared_ptr<Schedulable>& task);

  // Runs a slice of `task` at once on the caller's thread if the slice is
  // short, the task is idle and no other task is ready; else wakes it. Saves
  // waking a worker and waiting for it, which may take longer than the slice.
  void RunOrWake(const std::shared_ptr<Schedulable>& task);

 private:
  using Task = std::shared_ptr<Schedulable>;
  using Heap = ScheduleHeap<Schedulable>;

  // The threads: for tasks on time; and for others, without and with little
  // weight, of which one kind works at a time.
  enum class Kind { kOnTime, kOther, kLight };

  struct Worker {
    explicit Worker(Kind of) : kind(of) {}
    const Kind kind;
    CondVar wakes;
    int64_t watched_nanos = 0;  // watched time while it sleeps
    // The taken tasks, and the results and durations of their slices.
    std::vector<Task> batch;
    std::vector<Schedulable::Due> dues;
    std::vector<int64_t> slice_nanos;
    // The part of the last batch's time in which the thread had a processor.
    double cpu_part = 1;
  };
  // Tasks that wait for their time, and workers that wait for tasks.
  struct Pool {
    Heap waiting;  // by due time
    std::vector<Worker*> sleepers;
  };

  void Work(Worker* self);
  // Takes the next tasks to run, or returns false to stop.
  bool Take(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeOnTime(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeOthers(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts a ready task into the worker's batch; returns its expected time.
  int64_t AddToBatch(Task task, Worker* self)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The heap with the next task on time that may run, or null.
  Heap* ReadyOnTime() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static int64_t ExpectedNanos(const Schedulable& task);
  void RunBatch(Worker* self);
  // Puts tasks back that have run. Idle ones stay in the batch, so that the
  // caller drops them without the lock: the last reference may free a large
  // network.
  void PutBack(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Updates what the scheduler knows of a task after a slice.
  void Account(Schedulable* task, const Schedulable::Due& due,
               int64_t slice_nanos, int64_t cpu_nanos, int64_t now_nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts a slice of a task on time; false if it took more than it may.
  static bool KeepsBudget(Schedulable* task, const Schedulable::Due& due,
                          int64_t cpu_nanos, int64_t now_nanos);
  void CountOnTime(Schedulable* task, bool follows_schedule)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Pool& PoolOf(const Schedulable& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return task.urgency_ == Urgency::kOnTime ? on_time_pool_ : other_pool_;
  }
  Pool& PoolOf(const Worker& worker) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return worker.kind == Kind::kOnTime ? on_time_pool_ : other_pool_;
  }
  // Whether another kind of threads works now.
  bool IsParked(const Worker& worker) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasReady(const Pool& pool) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MoveDue(Pool* pool) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `nanos`: the deadline, or the time that orders the tasks of an owner.
  void MakeReady(Task task, int64_t nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Task RemoveReady(Schedulable* task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunAndPutBack(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes an idle task if its next slice is short; else returns false.
  bool TakeShort(const Task& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // A sleeper of the pool to notify without the lock, if a task is ready or the
  // next due time isn't watched; else null. And the same for both pools.
  Worker* CallIfNeeded(Pool* pool) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  using Calls = std::array<Worker*, 2>;
  Calls CallIfNeeded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Notify(const Calls& calls);

  // Sleeps until something may be due.
  void Sleep(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The time that a worker should watch when it goes to sleep.
  static int64_t UnwatchedNanos(const Pool& pool);
  // The number of sleeping workers that wake at or before a time.
  static int64_t WatchersUntil(const Pool& pool, int64_t nanos);
  // Removes and returns the sleeper that watches the latest time; null if there
  // is none.
  static Worker* CallSleeper(Pool* pool);

  const int worker_count_;
  Clock* const clock_;
  Statistics* const statistics_;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Pool on_time_pool_ ABSL_GUARDED_BY(mutex_);
  Pool other_pool_ ABSL_GUARDED_BY(mutex_);
  Heap ready_ ABSL_GUARDED_BY(mutex_);       // on time, by deadline
  Heap ready_long_ ABSL_GUARDED_BY(mutex_);  // the same; long slices
  FairTasks ready_others_ ABSL_GUARDED_BY(mutex_);
  int running_long_ ABSL_GUARDED_BY(mutex_) = 0;   // tasks on time
  int short_on_time_ ABSL_GUARDED_BY(mutex_) = 0;  // number of tasks
  int on_time_ ABSL_GUARDED_BY(mutex_) = 0;        // number of tasks
  // Of tasks without an owner.
  const std::shared_ptr<FairShare> ownerless_ = std::make_shared<FairShare>(
      std::make_shared<const std::atomic<double>>(1));
  std::map<std::string, std::weak_ptr<FairShare>> shares_
      ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_
