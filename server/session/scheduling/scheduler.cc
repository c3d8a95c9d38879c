// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/scheduler.h"

#include <sys/prctl.h>

#include <algorithm>
#include <utility>

#include "server/base/short_turns.h"

namespace spiked {
namespace {

// The longest expected time of a batch, because a task with an earlier deadline
// may become ready meanwhile.
constexpr int64_t kBatchNanos = 20'000;
constexpr size_t kMaxBatch = 16;

}  // namespace

Scheduler::Scheduler(int workers, Clock* clock, Statistics* statistics)
    : worker_count_(workers), clock_(clock), statistics_(statistics) {
  for (int i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker* const worker = workers_.back().get();
    threads_.emplace_back([this, worker] { Work(worker); });
  }
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

void Scheduler::Wake(const std::shared_ptr<Schedulable>& task) {
  Worker* sleeper = nullptr;
  {
    MutexLock lock(&mutex_);
    const int64_t now = clock_->NowNanos();
    task->woken_ = true;
    switch (task->stage_) {
      case Schedulable::Stage::kTaken:
        return;
      case Schedulable::Stage::kWaiting:
        MakeReady(waiting_.Remove(task.get()), now);
        break;
      case Schedulable::Stage::kReady:
        MakeReady((task->is_long_ ? ready_long_ : ready_).Remove(task.get()),
                  now);
        break;
      case Schedulable::Stage::kNone:
        MakeReady(task, now);
        break;
    }
    sleeper = CallSleeper();
  }
  if (sleeper != nullptr) sleeper->wakes.NotifyOne();
}

void Scheduler::MakeReady(Task task, int64_t deadline_nanos) {
  task->stage_ = Schedulable::Stage::kReady;
  task->deadline_nanos_ = deadline_nanos;
  Heap& heap = task->is_long_ ? ready_long_ : ready_;
  heap.Push(deadline_nanos, std::move(task));
}

void Scheduler::RunOrWake(const Task& task) {
  Worker here;
  Worker* sleeper = nullptr;
  bool has_run = false;
  {
    MutexLock lock(&mutex_);
    MoveDue();
    if (!stopping_ && ready_.empty() && ready_long_.empty() &&
        TakeShort(task)) {
      if (task->is_long_) ++running_long_;
      here.batch.push_back(task);
      RunAndPutBack(&here);
      sleeper = CallIfNeeded();
      has_run = true;
    }
  }
  if (sleeper != nullptr) sleeper->wakes.NotifyOne();
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

void Scheduler::RunAndPutBack(Worker* self) {
  mutex_.Unlock();
  RunBatch(self);
  mutex_.Lock();
  PutBack(self);
}

// Returns a sleeper to notify if a task is ready or the next due time is not
// watched; else null.
Scheduler::Worker* Scheduler::CallIfNeeded() {
  const bool is_watched = waiting_.FirstNanos() == Heap::kNever ||
                          WatchersUntil(waiting_.FirstNanos()) > 0;
  return ReadyToTake() == nullptr && is_watched ? nullptr : CallSleeper();
}

void Scheduler::Work(Worker* self) {
  // The kernel may delay a timer by its slack, 50 us by default, to save power.
  prctl(PR_SET_TIMERSLACK, 1);
  // Only for workers: the threads that help to step a session keep usual turns.
  AskForShortTurns();
  MutexLock lock(&mutex_);
  while (Take(self)) {
    Worker* const sleeper = CallIfNeeded();
    if (sleeper != nullptr) {
      mutex_.Unlock();
      sleeper->wakes.NotifyOne();
      mutex_.Lock();
    }
    RunAndPutBack(self);
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

Scheduler::Heap* Scheduler::ReadyToTake() {
  const bool reserves = worker_count_ > 1 && short_paced_ > 0;
  const bool may_be_long =
      !ready_long_.empty() && (!reserves || running_long_ < worker_count_ - 1);
  if (may_be_long && ready_long_.FirstNanos() < ready_.FirstNanos()) {
    return &ready_long_;
  }
  return ready_.empty() ? nullptr : &ready_;
}

bool Scheduler::Take(Worker* self) {
  Heap* heap = nullptr;
  for (;;) {
    if (stopping_) return false;
    MoveDue();
    heap = ReadyToTake();
    if (heap != nullptr) break;
    Sleep(self);
  }
  int64_t nanos = 0;
  do {
    self->batch.push_back(heap->PopFirst());
    Schedulable& task = *self->batch.back();
    nanos += ExpectedNanos(task);
    task.stage_ = Schedulable::Stage::kTaken;
    task.woken_ = false;
    if (task.is_long_) ++running_long_;
  } while (!heap->empty() && self->batch.size() < kMaxBatch &&
           nanos + ExpectedNanos(heap->First()) <= kBatchNanos);
  return true;
}

void Scheduler::MoveDue() {
  if (waiting_.empty()) return;
  const int64_t now = clock_->NowNanos();
  while (waiting_.FirstNanos() <= now) {
    Task task = waiting_.PopFirst();
    const int64_t deadline_nanos = task->deadline_nanos_;
    MakeReady(std::move(task), deadline_nanos);
  }
}

void Scheduler::RunBatch(Worker* self) {
  const int64_t begin = clock_->NowNanos();
  int64_t end = begin;
  for (const Task& task : self->batch) {
    self->dues.push_back(task->RunSlice());
    const int64_t now = clock_->NowNanos();
    self->slice_nanos.push_back(now - end);
    end = now;
  }
  statistics_->worker_busy_nanos.Add(end - begin);
}

void Scheduler::Classify(Schedulable* task, bool is_paced,
                         int64_t slice_nanos) {
  if (task->is_long_) --running_long_;
  // The maximum of recent slices decays by 1/8 per slice.
  task->slice_nanos_ =
      std::max(slice_nanos, task->slice_nanos_ - task->slice_nanos_ / 8);
  task->mean_slice_nanos_ += (slice_nanos - task->mean_slice_nanos_) / 4;
  task->is_long_ = task->mean_slice_nanos_ > kLongSliceNanos;
  if (task->is_short_paced_) --short_paced_;
  task->is_short_paced_ = is_paced && !task->is_long_;
  if (task->is_short_paced_) ++short_paced_;
}

void Scheduler::PutBack(Worker* self) {
  size_t idle_count = 0;
  for (size_t i = 0; i < self->batch.size(); ++i) {
    Task task = std::move(self->batch[i]);
    const Schedulable::Due& due = self->dues[i];
    Classify(task.get(), due.paced, self->slice_nanos[i]);
    if (task->woken_) {
      MakeReady(std::move(task), clock_->NowNanos());
      continue;
    }
    if (due.idle) {
      task->stage_ = Schedulable::Stage::kNone;
      self->batch[idle_count++] = std::move(task);
      continue;
    }
    task->stage_ = Schedulable::Stage::kWaiting;
    task->deadline_nanos_ = due.deadline_nanos;
    waiting_.Push(due.due_nanos, std::move(task));
  }
  self->batch.resize(idle_count);
  self->dues.clear();
  self->slice_nanos.clear();
}

void Scheduler::Sleep(Worker* self) {
  self->watched_nanos = UnwatchedNanos();
  sleepers_.push_back(self);
  if (self->watched_nanos == Heap::kNever) {
    self->wakes.Wait(&mutex_);
  } else {
    clock_->WaitUntil(&self->wakes, &mutex_, self->watched_nanos);
  }
  // A sleeper that CallSleeper returned is removed already.
  std::erase(sleepers_, self);
}

int64_t Scheduler::UnwatchedNanos() const {
  const int64_t first = waiting_.FirstNanos();
  if (WatchersUntil(first) == 0) return first;
  const int64_t second = waiting_.SecondNanos();
  return WatchersUntil(second) < 2 ? second : Heap::kNever;
}

int64_t Scheduler::WatchersUntil(int64_t nanos) const {
  return std::count_if(
      sleepers_.begin(), sleepers_.end(),
      [&](const Worker* worker) { return worker->watched_nanos <= nanos; });
}

Scheduler::Worker* Scheduler::CallSleeper() {
  if (sleepers_.empty()) return nullptr;
  const auto last = std::max_element(
      sleepers_.begin(), sleepers_.end(), [](const Worker* a, const Worker* b) {
        return a->watched_nanos < b->watched_nanos;
      });
  Worker* const worker = *last;
  sleepers_.erase(last);
  return worker;
}

}  // namespace spiked
