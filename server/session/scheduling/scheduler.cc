// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/scheduler.h"

#include <sys/prctl.h>

#include <algorithm>
#include <utility>

#include "server/base/light_thread.h"
#include "server/base/short_turns.h"

namespace spiked {
namespace {

// The longest expected time of a batch, because a task with an earlier deadline
// may become ready meanwhile.
constexpr int64_t kBatchNanos = 20'000;
constexpr size_t kMaxBatch = 16;

// The turns of light threads: longer than those of workers for tasks on time,
// which therefore interrupt them; and short, because such a worker may have to
// wait for the end of one when it has had its share of the processor.
constexpr int64_t kLightTurnNanos = 300'000;

// What a task on time may take of a worker: its load and a part more, because
// loads vary; and at most so many periods of it at once.
constexpr double kBudgetFactor = 1.25;
constexpr double kLeastLoad = 0.01;
constexpr double kBudgetPeriods = 3;
constexpr double kLeastBudgetNanos = 2e6;

}  // namespace

Scheduler::Scheduler(int workers, Clock* clock, Statistics* statistics)
    : worker_count_(workers), clock_(clock), statistics_(statistics) {
  for (const Kind kind : {Kind::kOnTime, Kind::kOther, Kind::kLight}) {
    for (int i = 0; i < workers; ++i) {
      workers_.push_back(std::make_unique<Worker>(kind));
      Worker* const worker = workers_.back().get();
      threads_.emplace_back([this, worker] { Work(worker); });
    }
  }
}

Scheduler::~Scheduler() {
  Stop();
  // Tasks hold their shares, and shares their ready tasks.
  MutexLock lock(&mutex_);
  while (!ready_others_.empty()) ready_others_.PopFirst();
}

void Scheduler::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (const auto& worker : workers_) worker->wakes.NotifyOne();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
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

// ---- Ready tasks

void Scheduler::Wake(const std::shared_ptr<Schedulable>& task) {
  Worker* sleeper = nullptr;
  {
    MutexLock lock(&mutex_);
    const int64_t now = clock_->NowNanos();
    task->woken_ = true;
    if (task->share_ == nullptr) task->share_ = ownerless_;
    switch (task->stage_) {
      case Schedulable::Stage::kTaken:
        return;
      case Schedulable::Stage::kWaiting:
        MakeReady(PoolOf(*task).waiting.Remove(task.get()), now);
        break;
      case Schedulable::Stage::kReady:
        MakeReady(RemoveReady(task.get()), now);
        break;
      case Schedulable::Stage::kNone:
        MakeReady(task, now);
        break;
    }
    sleeper = CallSleeper(&PoolOf(*task));
  }
  if (sleeper != nullptr) sleeper->wakes.NotifyOne();
}

void Scheduler::MakeReady(Task task, int64_t nanos) {
  task->stage_ = Schedulable::Stage::kReady;
  task->deadline_nanos_ = nanos;
  if (task->urgency_ != Urgency::kOnTime) {
    ready_others_.Push(nanos, std::move(task));
  } else if (task->is_long_) {
    ready_long_.Push(nanos, std::move(task));
  } else {
    ready_.Push(nanos, std::move(task));
  }
}

Scheduler::Task Scheduler::RemoveReady(Schedulable* task) {
  if (task->urgency_ != Urgency::kOnTime) return ready_others_.Remove(task);
  return (task->is_long_ ? ready_long_ : ready_).Remove(task);
}

Scheduler::Heap* Scheduler::ReadyOnTime() {
  const bool reserves = worker_count_ > 1 && short_on_time_ > 0;
  const bool may_be_long =
      !ready_long_.empty() && (!reserves || running_long_ < worker_count_ - 1);
  if (may_be_long && ready_long_.FirstNanos() < ready_.FirstNanos()) {
    return &ready_long_;
  }
  return ready_.empty() ? nullptr : &ready_;
}

bool Scheduler::HasReady(const Pool& pool) {
  return &pool == &on_time_pool_ ? ReadyOnTime() != nullptr
                                 : !ready_others_.empty();
}

void Scheduler::MoveDue(Pool* pool) {
  if (pool->waiting.empty()) return;
  const int64_t now = clock_->NowNanos();
  while (pool->waiting.FirstNanos() <= now) {
    Task task = pool->waiting.PopFirst();
    // The deadlines of late tasks have passed, those of the latest the longest
    // ago: they take turns instead.
    const int64_t nanos =
        task->urgency_ == Urgency::kLate ? now : task->deadline_nanos_;
    MakeReady(std::move(task), nanos);
  }
}

// ---- Workers

void Scheduler::Work(Worker* self) {
  // The kernel may delay a timer by its slack, 50 us by default, to save power.
  prctl(PR_SET_TIMERSLACK, 1);
  // Other workers, and the threads that help to step a session, keep usual
  // turns, so that workers for tasks on time interrupt them.
  if (self->kind == Kind::kOnTime) AskForShortTurns();
  if (self->kind == Kind::kLight) {
    MakeThreadLight();
    AskForShortTurns(kLightTurnNanos);
  }
  MutexLock lock(&mutex_);
  while (Take(self)) {
    const Calls calls = CallIfNeeded();
    mutex_.Unlock();
    Notify(calls);
    RunBatch(self);
    mutex_.Lock();
    PutBack(self);
    if (self->batch.empty()) continue;
    mutex_.Unlock();
    self->batch.clear();
    mutex_.Lock();
  }
}

// A woken task has commands, whose time is unknown: it fills a batch.
int64_t Scheduler::ExpectedNanos(const Schedulable& task) {
  return task.woken_ ? kBatchNanos : task.slice_nanos_;
}

bool Scheduler::IsParked(const Worker& worker) const {
  return worker.kind == (on_time_ > 0 ? Kind::kOther : Kind::kLight);
}

bool Scheduler::Take(Worker* self) {
  // The last slices may have put tasks into the pool of other workers, also
  // into that which this worker has left because another kind of threads works
  // now.
  const bool on_time = self->kind == Kind::kOnTime;
  const Calls calls = {
      on_time ? nullptr : CallIfNeeded(&on_time_pool_),
      on_time || IsParked(*self) ? CallIfNeeded(&other_pool_) : nullptr};
  if (calls != Calls{}) {
    mutex_.Unlock();
    Notify(calls);
    mutex_.Lock();
  }
  for (;;) {
    if (stopping_) return false;
    if (IsParked(*self)) {
      self->wakes.Wait(&mutex_);
      continue;
    }
    MoveDue(&PoolOf(*self));
    if (self->kind == Kind::kOnTime ? TakeOnTime(self) : TakeOthers(self)) {
      return true;
    }
    Sleep(self);
  }
}

bool Scheduler::TakeOnTime(Worker* self) {
  Heap* const heap = ReadyOnTime();
  if (heap == nullptr) return false;
  int64_t nanos = 0;
  do {
    nanos += AddToBatch(heap->PopFirst(), self);
  } while (!heap->empty() && self->batch.size() < kMaxBatch &&
           nanos + ExpectedNanos(heap->First()) <= kBatchNanos);
  return true;
}

bool Scheduler::TakeOthers(Worker* self) {
  if (ready_others_.empty()) return false;
  int64_t nanos = 0;
  do {
    nanos += AddToBatch(ready_others_.PopFirst(), self);
  } while (!ready_others_.empty() && self->batch.size() < kMaxBatch &&
           nanos + ExpectedNanos(ready_others_.First()) <= kBatchNanos);
  return true;
}

int64_t Scheduler::AddToBatch(Task task, Worker* self) {
  const int64_t nanos = ExpectedNanos(*task);
  task->stage_ = Schedulable::Stage::kTaken;
  task->woken_ = false;
  if (task->urgency_ == Urgency::kOnTime) {
    task->runs_long_ = task->is_long_;
    if (task->runs_long_) ++running_long_;
  } else {
    // Until the slice is over, so that another worker takes that of another
    // owner.
    task->charged_nanos_ = task->mean_slice_nanos_;
    ready_others_.Charge(*task, task->charged_nanos_);
  }
  self->batch.push_back(std::move(task));
  return nanos;
}

void Scheduler::RunBatch(Worker* self) {
  const int64_t cpu_begin = clock_->ThreadCpuNanos();
  const int64_t begin = clock_->NowNanos();
  int64_t end = begin;
  for (const Task& task : self->batch) {
    self->dues.push_back(task->RunSlice());
    const int64_t now = clock_->NowNanos();
    self->slice_nanos.push_back(now - end);
    end = now;
  }
  statistics_->worker_busy_nanos.Add(end - begin);
  const int64_t cpu_nanos = clock_->ThreadCpuNanos() - cpu_begin;
  self->cpu_part = end > begin ? static_cast<double>(cpu_nanos) /
                                     static_cast<double>(end - begin)
                               : 1;
}

void Scheduler::RunAndPutBack(Worker* self) {
  mutex_.Unlock();
  RunBatch(self);
  mutex_.Lock();
  PutBack(self);
}

// ---- After a slice

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
  if (task->follows_schedule_ != follows_schedule) {
    task->follows_schedule_ = follows_schedule;
    on_time_ += follows_schedule ? 1 : -1;
    // Another kind of threads takes over.
    if (on_time_ == (follows_schedule ? 1 : 0)) {
      other_pool_.sleepers.clear();  // those that sleep are woken to park
      for (const auto& worker : workers_) {
        if (worker->kind != Kind::kOnTime) worker->wakes.NotifyOne();
      }
    }
  }
  if (task->is_short_on_time_) --short_on_time_;
  task->is_short_on_time_ = follows_schedule && !task->is_long_;
  if (task->is_short_on_time_) ++short_on_time_;
}

void Scheduler::Account(Schedulable* task, const Schedulable::Due& due,
                        int64_t slice_nanos, int64_t cpu_nanos,
                        int64_t now_nanos) {
  if (std::exchange(task->runs_long_, false)) --running_long_;
  if (task->urgency_ != Urgency::kOnTime) {
    ready_others_.Charge(*task, cpu_nanos - task->charged_nanos_);
    task->charged_nanos_ = 0;
  }
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

void Scheduler::PutBack(Worker* self) {
  size_t idle_count = 0;
  const int64_t now = clock_->NowNanos();
  for (size_t i = 0; i < self->batch.size(); ++i) {
    Task task = std::move(self->batch[i]);
    const Schedulable::Due& due = self->dues[i];
    const auto cpu_nanos = static_cast<int64_t>(
        self->cpu_part * static_cast<double>(self->slice_nanos[i]));
    Account(task.get(), due, self->slice_nanos[i], cpu_nanos, now);
    if (task->woken_) {
      MakeReady(std::move(task), now);
      continue;
    }
    if (due.idle) {
      task->stage_ = Schedulable::Stage::kNone;
      self->batch[idle_count++] = std::move(task);
      continue;
    }
    task->stage_ = Schedulable::Stage::kWaiting;
    task->deadline_nanos_ = due.deadline_nanos;
    Pool& pool = PoolOf(*task);
    pool.waiting.Push(due.due_nanos, std::move(task));
  }
  self->batch.resize(idle_count);
  self->dues.clear();
  self->slice_nanos.clear();
}

// ---- Slices on the caller's thread

void Scheduler::RunOrWake(const Task& task) {
  Worker here(Kind::kOther);
  Calls calls{};
  bool has_run = false;
  {
    MutexLock lock(&mutex_);
    MoveDue(&on_time_pool_);
    MoveDue(&other_pool_);
    if (task->share_ == nullptr) task->share_ = ownerless_;
    if (!stopping_ && ready_.empty() && ready_long_.empty() &&
        ready_others_.empty() && TakeShort(task)) {
      task->charged_nanos_ = 0;
      task->class_ = 1;  // it has commands
      here.batch.push_back(task);
      RunAndPutBack(&here);
      calls = CallIfNeeded();
      has_run = true;
    }
  }
  Notify(calls);
  if (!has_run) Wake(task);
}

bool Scheduler::TakeShort(const Task& task) {
  if (task->stage_ != Schedulable::Stage::kNone) return false;
  task->stage_ = Schedulable::Stage::kTaken;  // no other thread takes it
  task->woken_ = false;
  mutex_.Unlock();
  const bool is_short = task->BeginShortSlice();
  mutex_.Lock();
  // A Wake meanwhile has left the task to this thread; the caller wakes it now.
  if (!is_short) task->stage_ = Schedulable::Stage::kNone;
  return is_short;
}

// ---- Sleepers

Scheduler::Worker* Scheduler::CallIfNeeded(Pool* pool) {
  const int64_t first = pool->waiting.FirstNanos();
  const bool is_watched =
      first == Heap::kNever || WatchersUntil(*pool, first) > 0;
  return HasReady(*pool) || !is_watched ? CallSleeper(pool) : nullptr;
}

Scheduler::Calls Scheduler::CallIfNeeded() {
  return {CallIfNeeded(&on_time_pool_), CallIfNeeded(&other_pool_)};
}

void Scheduler::Notify(const Calls& calls) {
  for (Worker* worker : calls) {
    if (worker != nullptr) worker->wakes.NotifyOne();
  }
}

void Scheduler::Sleep(Worker* self) {
  std::vector<Worker*>& sleepers = PoolOf(*self).sleepers;
  self->watched_nanos = UnwatchedNanos(PoolOf(*self));
  sleepers.push_back(self);
  if (self->watched_nanos == Heap::kNever) {
    self->wakes.Wait(&mutex_);
  } else {
    clock_->WaitUntil(&self->wakes, &mutex_, self->watched_nanos);
  }
  // A sleeper that CallSleeper returned is removed already.
  std::erase(sleepers, self);
}

int64_t Scheduler::UnwatchedNanos(const Pool& pool) {
  const int64_t first = pool.waiting.FirstNanos();
  if (WatchersUntil(pool, first) == 0) return first;
  const int64_t second = pool.waiting.SecondNanos();
  return WatchersUntil(pool, second) < 2 ? second : Heap::kNever;
}

int64_t Scheduler::WatchersUntil(const Pool& pool, int64_t nanos) {
  return std::count_if(
      pool.sleepers.begin(), pool.sleepers.end(),
      [&](const Worker* worker) { return worker->watched_nanos <= nanos; });
}

Scheduler::Worker* Scheduler::CallSleeper(Pool* pool) {
  std::vector<Worker*>& sleepers = pool->sleepers;
  if (sleepers.empty()) return nullptr;
  const auto last = std::max_element(
      sleepers.begin(), sleepers.end(), [](const Worker* a, const Worker* b) {
        return a->watched_nanos < b->watched_nanos;
      });
  Worker* const worker = *last;
  sleepers.erase(last);
  return worker;
}

}  // namespace spiked
