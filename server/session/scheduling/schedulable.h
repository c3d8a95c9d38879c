// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULABLE_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULABLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "server/session/scheduling/schedule_heap.h"

namespace spiked {

class FairShare;

// How urgent the work of a task is, the most urgent first.
enum class Urgency {
  kOnTime,  // follows a schedule, and its load fits
  kLate,    // follows a schedule, but its load doesn't fit
  kFree     // commands, and steps as fast as possible
};

// A task that runs slices of work at times of its choice.
class Schedulable {
 public:
  // `share`: of the owner, in the time that tasks on time leave; null: that of
  // the tasks without an owner.
  explicit Schedulable(std::shared_ptr<FairShare> share = nullptr)
      : share_(std::move(share)) {}
  virtual ~Schedulable() = default;

  struct Due {
    bool idle = true;            // runs only after a Wake
    int64_t due_nanos = 0;       // runs not before this time
    int64_t deadline_nanos = 0;  // time to have ended by
    Urgency urgency = Urgency::kFree;
    // Of tasks on time: the part of a worker that was admitted, and the time
    // after which the schedule repeats.
    double load = 0;
    int64_t period_nanos = 0;
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
  friend class FairTasks;
  friend class OnTimeTasks;
  friend class Scheduler;
  friend class SliceJudge;
  friend class ScheduleHeap<Schedulable>;
  friend class TaskInbox;
  friend class WorkerPool;

  // Arriving: on its way from one pool to the other.
  enum class Stage { kNone, kWaiting, kReady, kTaken, kArriving };

  // Of any thread. The pool is that whose lock guards what follows.
  std::atomic<bool> is_in_on_time_pool_{false};
  std::atomic<bool> woken_{false};  // Wake was called since it was taken
  std::atomic<bool> is_in_inbox_{false};
  std::shared_ptr<Schedulable> inbox_self_;  // while it is in an inbox
  Schedulable* inbox_next_ = nullptr;

  // Of the pool, or of the worker that has taken the task.
  Stage stage_ = Stage::kNone;
  Urgency urgency_ = Urgency::kFree;  // of the next slice
  int64_t due_nanos_ = 0;             // while it arrives
  int64_t deadline_nanos_ = 0;
  // The longest recent slice; 1 ms before the first.
  int64_t slice_nanos_ = 1'000'000;
  int64_t mean_slice_nanos_ = 0;  // moving average
  bool is_long_ = false;
  size_t heap_index_ = 0;  // used by ScheduleHeap
  // Of tasks on time.
  bool follows_schedule_ = false;  // counted in Scheduler::on_time_
  bool is_counted_short_ = false;  // counted in OnTimeTasks::short_count_
  bool runs_long_ = false;         // counted in OnTimeTasks::running_long_
  double budget_nanos_ = 0;        // time that it may take ahead of others
  int64_t budget_time_nanos_ = 0;  // when that was so
  // Of other tasks.
  std::shared_ptr<FairShare> share_;
  int class_ = 0;              // of FairTasks, of the slice under way
  int64_t charged_nanos_ = 0;  // for the slice under way
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULABLE_H_
