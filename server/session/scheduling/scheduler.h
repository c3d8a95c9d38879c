// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/session/scheduling/schedule_heap.h"
#include "server/statistics/statistics.h"

namespace spiked {

// A task that runs slices of work at times of its choice.
class Schedulable {
 public:
  virtual ~Schedulable() = default;

  struct Due {
    bool idle = true;            // runs only after a Wake
    int64_t due_nanos = 0;       // runs not before this time
    int64_t deadline_nanos = 0;  // time to have ended by
    bool paced = false;          // times follow a schedule
  };
  // Runs the work that is due and returns when to run again. Never called on
  // two threads at once. Should take about a millisecond at most, because
  // nothing interrupts it.
  virtual Due RunSlice() = 0;

  // Whether a slice now would be short. If so, the next RunSlice must be short,
  // even if more work arrives meanwhile. Never called at the same time as
  // RunSlice.
  virtual bool BeginShortSlice() { return true; }

 private:
  friend class Scheduler;
  friend class ScheduleHeap<Schedulable>;

  // State of the scheduler, guarded by its lock.
  enum class Stage { kNone, kWaiting, kReady, kTaken };
  Stage stage_ = Stage::kNone;
  bool woken_ = false;  // Wake was called since it was taken
  int64_t deadline_nanos_ = 0;
  // The longest recent slice; 1 ms before the first.
  int64_t slice_nanos_ = 1'000'000;
  int64_t mean_slice_nanos_ = 0;  // moving average
  bool is_long_ = false;
  bool is_short_paced_ = false;
  size_t heap_index_ = 0;  // used by ScheduleHeap
};

// Worker threads that run due tasks, earliest deadline first, so that a
// thousand small real-time sessions can share two cores. Thread-safe.
//
// A task is in `waiting_` until it is due, then in `ready_` until a worker
// takes it. A worker takes several short tasks at once, because a slice of a
// small session costs no more than taking the lock.
//
// Idle workers sleep. Up to two of them watch the first two times in
// `waiting_`, one each: a due time then wakes one thread by its own timer, and
// while that one works, another already watches the next time.
//
// A slice can't be shorter than a step, and a step of a large network takes
// many milliseconds. As long as there is a paced task with short slices, one
// worker is kept free of tasks with long slices, unless there is only one
// worker.
class Scheduler {
 public:
  // `clock` and `statistics` outlive the scheduler.
  Scheduler(int workers, Clock* clock, Statistics* statistics);

  ~Scheduler() { Stop(); }

  int worker_count() const { return worker_count_; }

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

  struct Worker {
    CondVar wakes;
    int64_t watched_nanos = 0;  // watched time while it sleeps
    // The taken tasks, and the results and durations of their slices.
    std::vector<Task> batch;
    std::vector<Schedulable::Due> dues;
    std::vector<int64_t> slice_nanos;
  };

  void Work(Worker* self);
  // Takes the next tasks to run, or returns false to stop.
  bool Take(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The heap with the next task that may run, or null.
  Heap* ReadyToTake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static int64_t ExpectedNanos(const Schedulable& task);
  void RunBatch(Worker* self);
  // Puts tasks back that have run. Idle ones stay in the batch, so that the
  // caller drops them without the lock: the last reference may free a large
  // network.
  void PutBack(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Updates the task's averages and class after a slice.
  void Classify(Schedulable* task, bool is_paced, int64_t slice_nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MoveDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeReady(Task task, int64_t deadline_nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunAndPutBack(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes an idle task if its next slice is short; else returns false.
  bool TakeShort(const Task& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Worker* CallIfNeeded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Sleeps until something may be due.
  void Sleep(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The time that a worker should watch when it goes to sleep.
  int64_t UnwatchedNanos() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The number of sleeping workers that wake at or before a time.
  int64_t WatchersUntil(int64_t nanos) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Removes and returns the sleeper that watches the latest time, which the
  // caller notifies without the lock; null if there is none.
  Worker* CallSleeper() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int worker_count_;
  Clock* const clock_;
  Statistics* const statistics_;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Heap waiting_ ABSL_GUARDED_BY(mutex_);     // by due time
  Heap ready_ ABSL_GUARDED_BY(mutex_);       // by deadline
  Heap ready_long_ ABSL_GUARDED_BY(mutex_);  // by deadline; long slices
  int running_long_ ABSL_GUARDED_BY(mutex_) = 0;
  int short_paced_ ABSL_GUARDED_BY(mutex_) = 0;  // number of tasks
  std::vector<Worker*> sleepers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_
