// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULER_H_
#define SPIKED_SERVER_SESSION_SCHEDULER_H_

#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/base/mutex.h"
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
  };
  // Runs what is due; never on two threads at once. Should take about a
  // millisecond at most, because nothing interrupts it.
  virtual Due RunSlice() = 0;
};

// Worker threads that run what is due, earliest deadline first, so that a
// thousand small real-time sessions share two cores. Thread-safe.
class Scheduler {
 public:
  // `clock` and `statistics` outlive the scheduler.
  Scheduler(int workers, Clock* clock, Statistics* statistics);

  ~Scheduler() { Stop(); }

  // Ends the workers after the slices that are running. Nothing runs after.
  void Stop();

  // Runs a slice of `task` soon. A task that is running runs again after. The
  // scheduler keeps the task alive until it is idle.
  void Wake(const std::shared_ptr<Schedulable>& task);

  // Runs a slice of `task` at once, on the caller's thread, if the task is idle
  // and nothing else is ready; else wakes it. Saves the way to a worker and
  // back, for work that is shorter than that. The caller must be able to spare
  // the time of a slice.
  void RunOrWake(const std::shared_ptr<Schedulable>& task);

 private:
  struct Entry {
    std::shared_ptr<Schedulable> task;
    Schedulable::Due due;
    bool running = false;
    bool woken = false;  // while running
  };
  using Queue = std::set<std::pair<int64_t, Schedulable*>>;

  void Work();
  // The next task to run, or null to stop.
  Schedulable* Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MoveDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Insert(Schedulable* task, Entry& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunAndFinish(Schedulable* task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(Schedulable* task, Schedulable::Due due)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NotifyWorker() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock* const clock_;
  Statistics* const statistics_;
  Mutex mutex_;
  // One idle worker, the leader, waits for the earliest due time; the others
  // wait until the leader leaves to work. So a due time wakes one thread.
  CondVar leader_wakes_;
  CondVar follower_wakes_;
  bool has_leader_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_map<Schedulable*, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  Queue waiting_ ABSL_GUARDED_BY(mutex_);  // by due time
  Queue ready_ ABSL_GUARDED_BY(mutex_);    // by deadline
  std::vector<std::thread> workers_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULER_H_
