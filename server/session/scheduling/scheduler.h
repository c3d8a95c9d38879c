// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/session/scheduling/fair_tasks.h"
#include "server/session/scheduling/schedulable.h"
#include "server/session/scheduling/worker_pool.h"
#include "server/statistics/statistics.h"

namespace spiked {

// Worker threads that run due tasks, so that a thousand small real-time
// sessions can share two processors, and keep their times beside any number of
// others. Thread-safe.
//
// Tasks on time have threads of their own, and run earliest deadline first
// (OnTimeTasks). All other tasks share other threads in a fair order
// (FairTasks). Linux gives the processors to the threads: one that wakes for a
// task on time interrupts the others (short_turns.h). As long as there are
// tasks on time, the others run on threads that Linux gives a tenth as much,
// about what admission leaves free, so that nothing starves; without tasks on
// time, on threads of full weight.
//
// A task on time that takes more time of a processor than was admitted counts
// as late until it has made up for it.
class Scheduler : private SliceJudge {
 public:
  // `workers`: threads of each kind. `clock` and `statistics` outlive the
  // scheduler.
  Scheduler(int workers, Clock* clock, Statistics* statistics);

  ~Scheduler() override;

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
  // scheduler keeps the task alive until it is idle. Takes no lock.
  void Wake(const std::shared_ptr<Schedulable>& task);

  // Runs a slice of `task` at once on the caller's thread if the slice is
  // short, the task is idle and no other task is ready; else wakes it. Saves
  // waking a worker and waiting for it, which may take longer than the slice.
  void RunOrWake(const std::shared_ptr<Schedulable>& task);

 private:
  void Account(Schedulable* task, const Schedulable::Due& due,
               int64_t slice_nanos, int64_t cpu_nanos,
               int64_t now_nanos) override;
  bool IsParked(WorkerKind kind) const override;
  // Counts a slice of a task on time; false if it took more than it may.
  static bool KeepsBudget(Schedulable* task, const Schedulable::Due& due,
                          int64_t cpu_nanos, int64_t now_nanos);
  void CountOnTime(Schedulable* task, bool follows_schedule);

  const int worker_count_;
  std::atomic<int> on_time_{0};  // number of tasks
  Mutex mutex_;
  std::map<std::string, std::weak_ptr<FairShare>> shares_
      ABSL_GUARDED_BY(mutex_);
  WorkerPool on_time_pool_;
  WorkerPool other_pool_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULER_H_
