// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_WORKER_POOL_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_WORKER_POOL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/base/wakeup.h"
#include "server/session/scheduling/ready_tasks.h"
#include "server/session/scheduling/schedulable.h"
#include "server/session/scheduling/schedule_heap.h"
#include "server/session/scheduling/task_inbox.h"
#include "server/statistics/statistics.h"

namespace spiked {

// What a worker thread is for: tasks on time; and others, without and with
// little weight, of which one kind works at a time.
enum class WorkerKind { kOnTime, kOther, kLight };

// What the pools ask their scheduler.
class SliceJudge {
 public:
  virtual ~SliceJudge() = default;

  // Updates what is known of a task after a slice, and how urgent its next one
  // is.
  virtual void Account(Schedulable* task, const Schedulable::Due& due,
                       int64_t slice_nanos, int64_t cpu_nanos,
                       int64_t now_nanos) = 0;

  // Whether another kind of threads works now.
  virtual bool IsParked(WorkerKind kind) const = 0;

 protected:
  static void SetUrgency(Schedulable* task, Urgency urgency) {
    task->urgency_ = urgency;
  }
};

// Worker threads and the tasks that they run: those on time, or all others.
// There are two pools, between which tasks change with their urgency.
//
// A task is in `waiting_` until it is due, then ready until a worker takes it.
// A worker takes several short tasks at once, because a slice of a small
// session costs no more than taking the lock.
//
// The lock of the pool on time is that of its workers alone. Any other thread,
// also a worker of the other pool, only puts tasks into the inbox, and wakes a
// worker: it may be interrupted at any instruction, and Linux may let it wait
// for long, so nothing that it holds may be what a worker for tasks on time
// waits for.
//
// Idle workers sleep. Up to two of them watch the first two times in
// `waiting_`, one each: a due time then wakes one thread by its own timer, and
// while that one works, another already watches the next time.
class WorkerPool {
 public:
  using Task = std::shared_ptr<Schedulable>;

  // All outlive the pool.
  WorkerPool(std::unique_ptr<ReadyTasks> ready, SliceJudge* judge, Clock* clock,
             Statistics* statistics);
  ~WorkerPool();

  // Adds threads that begin with Start. Tasks on time are only taken by workers
  // of that kind, and a pool has no others beside them.
  void AddWorkers(WorkerKind kind, int count);
  // `peer` gets the tasks whose urgency is no longer of this pool.
  void Start(WorkerPool* peer);

  // Ends the workers after their running slices.
  void Stop();

  // Runs a slice of the task soon, and another one if it is running. The task
  // may be of the peer. Takes no lock. Any thread.
  void Wake(const Task& task);

  // Lets all workers look again whether they are parked. Takes no lock.
  void WakeAll();

  // Runs a slice of the task here if it is short, the task is idle and no other
  // is ready; else returns false.
  bool TryRunHere(const Task& task);

  bool has_ready() const { return ready_count_ > 0; }

 private:
  using Heap = ScheduleHeap<Schedulable>;

  struct Worker {
    explicit Worker(WorkerKind of) : kind(of) {}
    const WorkerKind kind;
    Wakeup wakeup;
    std::atomic<bool> is_asleep{false};
    std::atomic<int64_t> watched_nanos{0};  // watched time while it sleeps
    // The taken tasks, and the results and durations of their slices.
    std::vector<Task> batch;
    std::vector<Schedulable::Due> dues;
    std::vector<int64_t> slice_nanos;
    // The part of its slices' time in which the thread had a processor, and
    // from what it is measured next.
    double cpu_part = 1;
    int64_t measured_nanos = 0;
    int64_t cpu_begin_nanos = 0;
    // Tasks for the peer; and tasks to drop without the lock, because the last
    // reference may free a large network.
    std::vector<Task> leaving;
    std::vector<Task> dropped;
  };

  // Lets a worker look at the task: it has been woken, or comes from the peer.
  // Takes no lock.
  void Post(const Task& task);
  void Work(Worker* self, int index);
  // Takes the next tasks to run, or returns false to stop.
  bool Take(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeReady(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReadInbox(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Looks at a task from the inbox; returns it if there is nothing to do.
  Task Receive(Task task, int64_t now_nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeReady(Task task, int64_t nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MoveDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static int64_t ExpectedNanos(const Schedulable& task);
  void RunBatch(Worker* self);
  // Sets `cpu_part` after slices that took so long.
  void MeasureCpu(Worker* self, int64_t nanos);
  // Puts tasks back that have run.
  void PutBack(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Hands over and drops what PutBack and ReadInbox have left. Without the
  // lock.
  void Dispose(Worker* self);
  bool RunHere(const Task& task, Worker* here)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // A sleeper to wake, which is asleep no longer, if there is something to do
  // or the next due time isn't watched; else null.
  Worker* CallIfNeeded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The sleeper that watches the latest time; null if there is none.
  Worker* CallSleeper();
  static void Call(Worker* called);
  // Sleeps until something may be due.
  void Sleep(Worker* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The time that a worker should watch when it goes to sleep.
  int64_t UnwatchedNanos() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The number of sleeping workers that wake at or before a time.
  int64_t WatchersUntil(int64_t nanos);

  SliceJudge* const judge_;
  Clock* const clock_;
  Statistics* const statistics_;
  bool is_on_time_ = false;                       // constant since Start
  WorkerPool* peer_ = nullptr;                    // the same
  std::vector<std::unique_ptr<Worker>> workers_;  // the same
  std::atomic<bool> stopping_{false};
  TaskInbox inbox_;
  Mutex mutex_;
  const std::unique_ptr<ReadyTasks> ready_ ABSL_PT_GUARDED_BY(mutex_);
  Heap waiting_ ABSL_GUARDED_BY(mutex_);                // by due time
  std::vector<Task> received_ ABSL_GUARDED_BY(mutex_);  // empty between uses
  std::atomic<int> ready_count_{0};
  std::vector<std::thread> threads_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_WORKER_POOL_H_
