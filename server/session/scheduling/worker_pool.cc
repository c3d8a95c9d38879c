// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/worker_pool.h"

#include <sys/prctl.h>

#include <algorithm>
#include <utility>

#include "server/base/light_thread.h"
#include "server/base/processors.h"
#include "server/base/short_turns.h"

namespace spiked {
namespace {

// The longest expected time of a batch, because a task with an earlier deadline
// may become ready meanwhile.
constexpr int64_t kBatchNanos = 20'000;
constexpr size_t kMaxBatch = 16;

// So much time of slices is measured at once.
constexpr int64_t kMeasureNanos = 1'000'000;

// The turns of light threads: longer than those of workers for tasks on time,
// which therefore interrupt them; and short, because such a worker may have to
// wait for the end of one when it has had its share of the processor.
constexpr int64_t kLightTurnNanos = 300'000;

}  // namespace

WorkerPool::WorkerPool(std::unique_ptr<ReadyTasks> ready, SliceJudge* judge,
                       Clock* clock, Statistics* statistics)
    : judge_(judge),
      clock_(clock),
      statistics_(statistics),
      ready_(std::move(ready)) {}

WorkerPool::~WorkerPool() { Stop(); }

void WorkerPool::AddWorkers(WorkerKind kind, int count) {
  is_on_time_ = kind == WorkerKind::kOnTime;
  for (int i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<Worker>(kind));
  }
}

void WorkerPool::Start(WorkerPool* peer) {
  peer_ = peer;
  for (size_t i = 0; i < workers_.size(); ++i) {
    Worker* const worker = workers_[i].get();
    const int index = static_cast<int>(i);
    threads_.emplace_back([this, worker, index] { Work(worker, index); });
  }
}

void WorkerPool::Stop() {
  stopping_ = true;
  WakeAll();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::Wake(const Task& task) {
  task->woken_ = true;
  (task->is_in_on_time_pool_ == is_on_time_ ? this : peer_)->Post(task);
}

void WorkerPool::Post(const Task& task) {
  if (inbox_.Add(task)) Call(CallSleeper());
}

void WorkerPool::WakeAll() {
  for (const auto& worker : workers_) worker->wakeup.Post();
}

// ---- Ready tasks

void WorkerPool::ReadInbox(Worker* self) {
  if (inbox_.empty()) return;
  inbox_.TakeAll(&received_);
  const int64_t now = clock_->NowNanos();
  for (Task& task : received_) {
    Task left = Receive(std::move(task), now);
    if (left != nullptr) self->dropped.push_back(std::move(left));
  }
  received_.clear();
}

WorkerPool::Task WorkerPool::Receive(Task task, int64_t now_nanos) {
  // It was woken while it changed pools.
  if (task->is_in_on_time_pool_ != is_on_time_) {
    peer_->Post(task);
    return task;
  }
  switch (task->stage_) {
    case Schedulable::Stage::kArriving:
      ready_->Enter(task.get());
      if (task->woken_) {
        MakeReady(std::move(task), now_nanos);
      } else {
        task->stage_ = Schedulable::Stage::kWaiting;
        const int64_t due_nanos = task->due_nanos_;
        waiting_.Push(due_nanos, std::move(task));
      }
      return nullptr;
    case Schedulable::Stage::kTaken:  // its worker looks at `woken_`
      return task;
    case Schedulable::Stage::kNone:
      if (!task->woken_) return task;
      MakeReady(std::move(task), now_nanos);
      return nullptr;
    case Schedulable::Stage::kWaiting:
      if (!task->woken_) return task;
      MakeReady(waiting_.Remove(task.get()), now_nanos);
      return task;
    case Schedulable::Stage::kReady:
      if (!task->woken_) return task;
      --ready_count_;
      MakeReady(ready_->Remove(task.get()), now_nanos);
      return task;
  }
  return task;
}

void WorkerPool::MakeReady(Task task, int64_t nanos) {
  task->stage_ = Schedulable::Stage::kReady;
  task->deadline_nanos_ = nanos;
  ++ready_count_;
  ready_->Push(nanos, std::move(task));
}

void WorkerPool::MoveDue() {
  if (waiting_.empty()) return;
  const int64_t now = clock_->NowNanos();
  while (waiting_.FirstNanos() <= now) {
    Task task = waiting_.PopFirst();
    // The deadlines of late tasks have passed, those of the latest the longest
    // ago: they take turns instead.
    const int64_t nanos =
        task->urgency_ == Urgency::kLate ? now : task->deadline_nanos_;
    MakeReady(std::move(task), nanos);
  }
}

// ---- Workers

void WorkerPool::Work(Worker* self, int index) {
  // The kernel may delay a timer by its slack, 50 us by default, to save power.
  prctl(PR_SET_TIMERSLACK, 1);
  if (self->kind == WorkerKind::kOnTime) {
    // Other workers, and the threads that help to step a session, keep usual
    // turns, so that workers for tasks on time interrupt them.
    AskForShortTurns();
    // Linux leaves two threads that take short turns on one processor together,
    // while the others have the rest of the machine.
    const std::vector<int> processors = AllowedProcessors();
    if (processors.size() == workers_.size()) {
      StayOnProcessor(processors[static_cast<size_t>(index)]);
    }
  } else if (self->kind == WorkerKind::kLight) {
    MakeThreadLight();
    AskForShortTurns(kLightTurnNanos);
  }
  self->cpu_begin_nanos = clock_->ThreadCpuNanos();
  MutexLock lock(&mutex_);
  while (Take(self)) {
    Worker* const called = CallIfNeeded();
    mutex_.Unlock();
    Call(called);
    RunBatch(self);
    mutex_.Lock();
    PutBack(self);
    mutex_.Unlock();
    Dispose(self);
    mutex_.Lock();
  }
}

bool WorkerPool::Take(Worker* self) {
  for (;;) {
    if (stopping_) return false;
    if (judge_->IsParked(self->kind)) {
      // Its last slices may have left something to the other kind.
      Worker* const called = CallIfNeeded();
      mutex_.Unlock();
      Call(called);
      clock_->WaitUntil(&self->wakeup, Heap::kNever);
      mutex_.Lock();
      continue;
    }
    ReadInbox(self);
    MoveDue();
    if (TakeReady(self)) return true;
    if (!self->dropped.empty()) {
      mutex_.Unlock();
      Dispose(self);
      mutex_.Lock();
      continue;
    }
    Sleep(self);
  }
}

// A woken task has commands, whose time is unknown: it fills a batch.
int64_t WorkerPool::ExpectedNanos(const Schedulable& task) {
  return task.woken_ ? kBatchNanos : task.slice_nanos_;
}

bool WorkerPool::TakeReady(Worker* self) {
  int64_t nanos = 0;
  for (const Schedulable* next = ready_->Next();
       next != nullptr && self->batch.size() < kMaxBatch;
       next = ready_->Next()) {
    nanos += ExpectedNanos(*next);
    if (!self->batch.empty() && nanos > kBatchNanos) break;
    Task task = ready_->Begin();
    --ready_count_;
    task->stage_ = Schedulable::Stage::kTaken;
    task->woken_ = false;
    self->batch.push_back(std::move(task));
  }
  return !self->batch.empty();
}

void WorkerPool::RunBatch(Worker* self) {
  const int64_t begin = clock_->NowNanos();
  int64_t end = begin;
  for (const Task& task : self->batch) {
    self->dues.push_back(task->RunSlice());
    const int64_t now = clock_->NowNanos();
    self->slice_nanos.push_back(now - end);
    end = now;
  }
  statistics_->worker_busy_nanos.Add(end - begin);
  MeasureCpu(self, end - begin);
}

// Not after each batch: the call that reads the time of a thread lets Linux see
// that the thread's turn is over, and take the processor away.
void WorkerPool::MeasureCpu(Worker* self, int64_t nanos) {
  self->measured_nanos += nanos;
  if (self->measured_nanos < kMeasureNanos) return;
  const int64_t cpu_nanos = clock_->ThreadCpuNanos();
  self->cpu_part =
      std::min(1.0, static_cast<double>(cpu_nanos - self->cpu_begin_nanos) /
                        static_cast<double>(self->measured_nanos));
  self->cpu_begin_nanos = cpu_nanos;
  self->measured_nanos = 0;
}

void WorkerPool::PutBack(Worker* self) {
  const int64_t now = clock_->NowNanos();
  for (size_t i = 0; i < self->batch.size(); ++i) {
    Task task = std::move(self->batch[i]);
    const Schedulable::Due& due = self->dues[i];
    const auto cpu_nanos = static_cast<int64_t>(
        self->cpu_part * static_cast<double>(self->slice_nanos[i]));
    judge_->Account(task.get(), due, self->slice_nanos[i], cpu_nanos, now);
    ready_->End(task.get(), cpu_nanos);
    task->deadline_nanos_ = due.deadline_nanos;
    const bool stays = (task->urgency_ == Urgency::kOnTime) == is_on_time_;
    const bool ends = due.idle && !task->woken_;
    if (!stays) {
      ready_->Leave(task.get());
      task->due_nanos_ = due.due_nanos;
      task->stage_ =
          ends ? Schedulable::Stage::kNone : Schedulable::Stage::kArriving;
      // From here on it belongs to the peer's workers. A Wake that came too
      // late for `ends` has put the task into an inbox.
      task->is_in_on_time_pool_ = !is_on_time_;
      (ends ? self->dropped : self->leaving).push_back(std::move(task));
    } else if (task->woken_) {
      MakeReady(std::move(task), now);
    } else if (ends) {
      task->stage_ = Schedulable::Stage::kNone;
      self->dropped.push_back(std::move(task));
    } else {
      task->stage_ = Schedulable::Stage::kWaiting;
      waiting_.Push(due.due_nanos, std::move(task));
    }
  }
  self->batch.clear();
  self->dues.clear();
  self->slice_nanos.clear();
}

void WorkerPool::Dispose(Worker* self) {
  for (const Task& task : self->leaving) peer_->Post(task);
  self->leaving.clear();
  self->dropped.clear();
}

// ---- Slices on the caller's thread

bool WorkerPool::TryRunHere(const Task& task) {
  Worker here(WorkerKind::kOther);
  Worker* called = nullptr;
  bool has_run = false;
  {
    MutexLock lock(&mutex_);
    ReadInbox(&here);
    MoveDue();
    has_run = RunHere(task, &here);
    called = CallIfNeeded();
  }
  Call(called);
  Dispose(&here);
  return has_run;
}

bool WorkerPool::RunHere(const Task& task, Worker* here) {
  if (stopping_ || ready_->Next() != nullptr) return false;
  if (task->is_in_on_time_pool_ != is_on_time_ ||
      task->stage_ != Schedulable::Stage::kNone) {
    return false;
  }
  task->stage_ = Schedulable::Stage::kTaken;  // no other thread takes it
  task->woken_ = false;
  mutex_.Unlock();
  const bool is_short = task->BeginShortSlice();
  mutex_.Lock();
  if (!is_short) {
    // A Wake meanwhile has left the task to this thread; the caller wakes it.
    task->stage_ = Schedulable::Stage::kNone;
    return false;
  }
  ready_->BeginAtOnce(task.get());
  here->batch.push_back(task);
  mutex_.Unlock();
  RunBatch(here);
  mutex_.Lock();
  PutBack(here);
  return true;
}

// ---- Sleepers

WorkerPool::Worker* WorkerPool::CallIfNeeded() {
  const int64_t first = waiting_.FirstNanos();
  const bool is_watched = first == Heap::kNever || WatchersUntil(first) > 0;
  return ready_->Next() != nullptr || !inbox_.empty() || !is_watched
             ? CallSleeper()
             : nullptr;
}

WorkerPool::Worker* WorkerPool::CallSleeper() {
  for (;;) {
    Worker* last = nullptr;
    for (const auto& worker : workers_) {
      if (worker->is_asleep &&
          (last == nullptr || worker->watched_nanos > last->watched_nanos)) {
        last = worker.get();
      }
    }
    if (last == nullptr || last->is_asleep.exchange(false)) return last;
  }
}

void WorkerPool::Call(Worker* called) {
  if (called != nullptr) called->wakeup.Post();
}

void WorkerPool::Sleep(Worker* self) {
  self->watched_nanos = UnwatchedNanos();
  self->is_asleep = true;
  // A task that came before `is_asleep` was seen has woken nobody.
  if (inbox_.empty() && !stopping_) {
    mutex_.Unlock();
    clock_->WaitUntil(&self->wakeup, self->watched_nanos);
    mutex_.Lock();
  }
  self->is_asleep = false;
}

int64_t WorkerPool::UnwatchedNanos() {
  const int64_t first = waiting_.FirstNanos();
  if (WatchersUntil(first) == 0) return first;
  const int64_t second = waiting_.SecondNanos();
  return WatchersUntil(second) < 2 ? second : Heap::kNever;
}

int64_t WorkerPool::WatchersUntil(int64_t nanos) {
  return std::count_if(workers_.begin(), workers_.end(),
                       [&](const std::unique_ptr<Worker>& worker) {
                         return worker->is_asleep &&
                                worker->watched_nanos <= nanos;
                       });
}

}  // namespace spiked
