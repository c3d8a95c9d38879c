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

// Something that wants to run a slice of work at a time of its choice.
class Schedulable {
 public:
  virtual ~Schedulable() = default;

  struct Due {
    bool idle = true;            // not before it is woken
    int64_t due_nanos = 0;       // not before this
    int64_t deadline_nanos = 0;  // should have ended by this
    bool paced = false;          // the times are those of a schedule
  };
  // Runs what is due; never on two threads at once. Should take about a
  // millisecond at most, because nothing interrupts it.
  virtual Due RunSlice() = 0;

  // Whether a slice that is run now is short; if so, the next RunSlice keeps it
  // short, whatever comes meanwhile. Never at the same time as RunSlice.
  virtual bool BeginShortSlice() { return true; }

 private:
  friend class Scheduler;
  friend class ScheduleHeap<Schedulable>;

  // The scheduler's, under its lock.
  enum class Place { kNone, kWaiting, kReady, kTaken };
  Place place_ = Place::kNone;
  bool woken_ = false;  // since it was taken, or to be taken
  int64_t deadline_nanos_ = 0;
  // The longest of the recent slices; long until they are known.
  int64_t slice_nanos_ = 1'000'000;
  int64_t mean_slice_nanos_ = 0;  // of late
  bool is_long_ = false;
  bool is_short_paced_ = false;
  size_t heap_index_ = 0;  // ScheduleHeap's
};

// Worker threads that run what is due, earliest deadline first, so that a
// thousand small real-time sessions share two cores. Thread-safe.
//
// A task is in `waiting_` until it is due, then in `ready_` until a worker
// takes it. A worker takes several short tasks at once, because a slice of a
// small session costs no more than taking the lock.
//
// Workers that have nothing to do sleep, each until one of the first times in
// `waiting_` that no other watches: so a due time wakes one thread, by its own
// timer, and while that one works, the next time is being watched already.
//
// A slice can't be shorter than a step, and a large network's takes many
// milliseconds. As long as there is a paced task with short slices, tasks with
// long ones never have all workers: one is left for it. With one worker there
// is none to leave.
class Scheduler {
 public:
  // `clock` and `statistics` outlive the scheduler.
  Scheduler(int workers, Clock* clock, Statistics* statistics);

  ~Scheduler() { Stop(); }

  int worker_count() const { return worker_count_; }

  // Tasks whose slices have been longer than this have long slices.
  static constexpr int64_t kLongSliceNanos = 2'000'000;

  // Ends the workers after the slices that are running. Nothing runs after.
  void Stop();

  // Runs a slice of `task` soon. A task that is running runs again after. The
  // scheduler keeps the task alive until it is idle.
  void Wake(const std::shared_ptr<Schedulable>& task);

  // Runs a slice of `task` at once, on the caller's thread, if it is a short
  // one, the task is idle and nothing else is ready; else wakes it. Saves the
  // way to a worker and back, for work that is shorter than that.
  void RunOrWake(const std::shared_ptr<Schedulable>& task);

 private:
  using Task = std::shared_ptr<Schedulable>;
  using Heap = ScheduleHeap<Schedulable>;

  struct Worker {
    CondVar wakes;
    int64_t watched_nanos = 0;  // while it sleeps
    // What it has taken, and what became of it.
    std::vector<Task> batch;
    std::vector<Schedulable::Due> dues;
    std::vector<int64_t> slice_nanos;
  };

  void Work(Worker* self);
  // Takes the next tasks to run, or returns false to stop.
  bool Take(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Where the next task is that may run, or null.
  Heap* ReadyToTake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static int64_t ExpectedNanos(const Schedulable& task);
  void RunBatch(Worker* self);
  // Puts back what was run; leaves in the batch what is idle, to be forgotten
  // without the lock: the last reference may free a large network.
  void PutBack(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Notes how long a slice took that has ended.
  void Classify(Schedulable* task, bool is_paced, int64_t slice_nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MoveDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeReady(Task task, int64_t deadline_nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunAndPutBack(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes an idle task for a short slice, if that is what it has.
  bool TakeShort(const Task& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Worker* CallIfNeeded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Sleeps until something may be due.
  void Sleep(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The first waiting time that a worker should watch which goes to sleep.
  int64_t UnwatchedNanos() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How many sleeping workers wake at or before a time.
  int64_t WatchersUntil(int64_t nanos) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whom to notify, without the lock: the sleeper that watches the latest time.
  Worker* CallSleeper() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int worker_count_;
  Clock* const clock_;
  Statistics* const statistics_;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Heap waiting_ ABSL_GUARDED_BY(mutex_);     // by due time
  Heap ready_ ABSL_GUARDED_BY(mutex_);       // by deadline
  Heap ready_long_ ABSL_GUARDED_BY(mutex_);  // those with long slices
  int running_long_ ABSL_GUARDED_BY(mutex_) = 0;
  int short_paced_ ABSL_GUARDED_BY(mutex_) = 0;  // tasks
  std::vector<Worker*> sleepers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_
