// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/scheduler.h"

#include <algorithm>
#include <utility>

#include "server/session/scheduling/on_time_tasks.h"

namespace spiked {
namespace {

// What a task on time may take of a worker: its load and a part more, because
// loads vary; and at most so many periods of it at once.
constexpr double kBudgetFactor = 1.25;
constexpr double kLeastLoad = 0.01;
constexpr double kBudgetPeriods = 3;
constexpr double kLeastBudgetNanos = 2e6;

}  // namespace

Scheduler::Scheduler(int workers, Clock* clock, Statistics* statistics)
    : worker_count_(workers),
      on_time_pool_(std::make_unique<OnTimeTasks>(workers), this, clock,
                    statistics),
      other_pool_(std::make_unique<FairTasks>(), this, clock, statistics) {
  on_time_pool_.AddWorkers(WorkerKind::kOnTime, workers);
  other_pool_.AddWorkers(WorkerKind::kOther, workers);
  other_pool_.AddWorkers(WorkerKind::kLight, workers);
  on_time_pool_.Start(&other_pool_);
  other_pool_.Start(&on_time_pool_);
}

// Each pool hands tasks to the other until both have stopped.
Scheduler::~Scheduler() { Stop(); }

void Scheduler::Stop() {
  on_time_pool_.Stop();
  other_pool_.Stop();
}

std::shared_ptr<FairShare> Scheduler::ShareOf(
    const std::string& owner,
    std::shared_ptr<const std::atomic<double>> weight) {
  MutexLock lock(&mutex_);
  std::weak_ptr<FairShare>& known = shares_[owner];
  std::shared_ptr<FairShare> share = known.lock();
  if (share == nullptr) {
    share = std::make_shared<FairShare>(std::move(weight));
    known = share;
  }
  return share;
}

void Scheduler::Wake(const std::shared_ptr<Schedulable>& task) {
  other_pool_.Wake(task);
}

void Scheduler::RunOrWake(const std::shared_ptr<Schedulable>& task) {
  if (on_time_pool_.has_ready() || !other_pool_.TryRunHere(task)) Wake(task);
}

// ---- After a slice

bool Scheduler::IsParked(WorkerKind kind) const {
  return kind == (on_time_ > 0 ? WorkerKind::kOther : WorkerKind::kLight);
}

bool Scheduler::KeepsBudget(Schedulable* task, const Schedulable::Due& due,
                            int64_t cpu_nanos, int64_t now_nanos) {
  const double rate = kBudgetFactor * std::max(due.load, kLeastLoad);
  const double most =
      std::max(kBudgetPeriods * rate * static_cast<double>(due.period_nanos),
               kLeastBudgetNanos);
  if (!task->follows_schedule_) {
    task->budget_nanos_ = most;  // it begins
  } else {
    const auto passed =
        static_cast<double>(now_nanos - task->budget_time_nanos_);
    task->budget_nanos_ = std::min(task->budget_nanos_ + rate * passed, most) -
                          static_cast<double>(cpu_nanos);
  }
  task->budget_time_nanos_ = now_nanos;
  return task->budget_nanos_ >= 0;
}

void Scheduler::CountOnTime(Schedulable* task, bool follows_schedule) {
  if (task->follows_schedule_ == follows_schedule) return;
  task->follows_schedule_ = follows_schedule;
  const int before = on_time_.fetch_add(follows_schedule ? 1 : -1);
  // Another kind of threads takes over.
  if (before == (follows_schedule ? 0 : 1)) other_pool_.WakeAll();
}

void Scheduler::Account(Schedulable* task, const Schedulable::Due& due,
                        int64_t slice_nanos, int64_t cpu_nanos,
                        int64_t now_nanos) {
  // The maximum of recent slices decays by 1/8 per slice.
  task->slice_nanos_ =
      std::max(slice_nanos, task->slice_nanos_ - task->slice_nanos_ / 8);
  task->mean_slice_nanos_ += (slice_nanos - task->mean_slice_nanos_) / 4;
  task->is_long_ = task->mean_slice_nanos_ > kLongSliceNanos;

  task->urgency_ = due.idle ? Urgency::kFree : due.urgency;
  const bool follows_schedule = task->urgency_ == Urgency::kOnTime;
  if (follows_schedule && !KeepsBudget(task, due, cpu_nanos, now_nanos)) {
    task->urgency_ = Urgency::kLate;
  }
  CountOnTime(task, follows_schedule);
}

}  // namespace spiked
