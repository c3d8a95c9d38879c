// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduler.h"

#include <sys/prctl.h>

namespace spiked {

Scheduler::Scheduler(int workers, Clock* clock, Statistics* statistics)
    : clock_(clock), statistics_(statistics) {
  for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { Work(); });
}

void Scheduler::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  leader_wakes_.NotifyAll();
  follower_wakes_.NotifyAll();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void Scheduler::Wake(const std::shared_ptr<Schedulable>& task) {
  MutexLock lock(&mutex_);
  Entry& entry = entries_[task.get()];
  if (entry.running) {
    entry.woken = true;
    return;
  }
  if (entry.task == nullptr) {
    entry.task = task;
  } else {
    waiting_.erase({entry.due.due_nanos, task.get()});
    ready_.erase({entry.due.deadline_nanos, task.get()});
  }
  const int64_t now = clock_->NowNanos();
  entry.due = {.idle = false, .due_nanos = now, .deadline_nanos = now};
  Insert(task.get(), entry);
  NotifyWorker();
}

void Scheduler::RunOrWake(const std::shared_ptr<Schedulable>& task) {
  {
    MutexLock lock(&mutex_);
    MoveDue();
    if (!stopping_ && ready_.empty() && !entries_.contains(task.get())) {
      Entry& entry = entries_[task.get()];
      entry.task = task;
      entry.running = true;
      RunAndFinish(task.get());
      return;
    }
  }
  Wake(task);
}

void Scheduler::RunAndFinish(Schedulable* task) {
  mutex_.Unlock();
  const int64_t begin = clock_->NowNanos();
  const Schedulable::Due due = task->RunSlice();
  statistics_->worker_busy_nanos.Add(clock_->NowNanos() - begin);
  mutex_.Lock();
  Finish(task, due);
}

void Scheduler::Work() {
  // The kernel may delay a timer by its slack, 50 us by default, to save power.
  prctl(PR_SET_TIMERSLACK, 1);
  MutexLock lock(&mutex_);
  while (Schedulable* task = Next()) {
    RunAndFinish(task);
  }
}

Schedulable* Scheduler::Next() {
  for (;;) {
    if (stopping_) return nullptr;
    MoveDue();
    if (!ready_.empty()) {
      Schedulable* task = ready_.begin()->second;
      ready_.erase(ready_.begin());
      entries_[task].running = true;
      // Somebody must look after what is left.
      if (!ready_.empty() || !waiting_.empty()) NotifyWorker();
      return task;
    }
    if (has_leader_) {
      follower_wakes_.Wait(&mutex_);
      continue;
    }
    has_leader_ = true;
    if (waiting_.empty()) {
      leader_wakes_.Wait(&mutex_);
    } else {
      clock_->WaitUntil(&leader_wakes_, &mutex_, waiting_.begin()->first);
    }
    has_leader_ = false;
  }
}

void Scheduler::MoveDue() {
  const int64_t now = clock_->NowNanos();
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    Schedulable* task = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    ready_.insert({entries_[task].due.deadline_nanos, task});
  }
}

void Scheduler::Insert(Schedulable* task, Entry& entry) {
  waiting_.insert({entry.due.due_nanos, task});
  // The leader waits for what was first until now.
  if (has_leader_ && waiting_.begin()->second == task) {
    leader_wakes_.NotifyOne();
  }
}

void Scheduler::Finish(Schedulable* task, Schedulable::Due due) {
  Entry& entry = entries_[task];
  entry.running = false;
  if (entry.woken) {
    entry.woken = false;
    const int64_t now = clock_->NowNanos();
    due = {.idle = false, .due_nanos = now, .deadline_nanos = now};
  }
  if (due.idle) {
    // Outlives the lock: the last reference may free a large network.
    std::shared_ptr<Schedulable> last = std::move(entry.task);
    entries_.erase(task);
    mutex_.Unlock();
    last.reset();
    mutex_.Lock();
    return;
  }
  entry.due = due;
  Insert(task, entry);
}

void Scheduler::NotifyWorker() {
  if (has_leader_) {
    leader_wakes_.NotifyOne();
  } else {
    follower_wakes_.NotifyOne();
  }
}

}  // namespace spiked
