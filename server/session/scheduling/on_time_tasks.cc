// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/on_time_tasks.h"

#include <utility>

namespace spiked {

void OnTimeTasks::Enter(Schedulable* task) {
  task->is_counted_short_ = !task->is_long_;
  if (task->is_counted_short_) ++short_count_;
}

void OnTimeTasks::Leave(Schedulable* task) {
  if (std::exchange(task->is_counted_short_, false)) --short_count_;
}

void OnTimeTasks::Push(int64_t nanos, Task task) {
  Heap& heap = task->is_long_ ? long_ : short_;
  heap.Push(nanos, std::move(task));
}

const OnTimeTasks::Heap* OnTimeTasks::NextHeap() const {
  const bool keeps_one = workers_ > 1 && short_count_ > 0;
  const bool may_be_long =
      !long_.empty() && (!keeps_one || running_long_ < workers_ - 1);
  if (may_be_long && long_.FirstNanos() < short_.FirstNanos()) return &long_;
  return short_.empty() ? nullptr : &short_;
}

const Schedulable* OnTimeTasks::Next() const {
  const Heap* const heap = NextHeap();
  return heap == nullptr ? nullptr : &heap->First();
}

ReadyTasks::Task OnTimeTasks::Begin() {
  const bool is_long = NextHeap() == &long_;
  Task task = (is_long ? long_ : short_).PopFirst();
  task->runs_long_ = is_long;
  if (is_long) ++running_long_;
  return task;
}

ReadyTasks::Task OnTimeTasks::Remove(Schedulable* task) {
  return (task->is_long_ ? long_ : short_).Remove(task);
}

void OnTimeTasks::End(Schedulable* task, int64_t /*cpu_nanos*/) {
  if (std::exchange(task->runs_long_, false)) --running_long_;
  // Its slices may have become longer or shorter.
  Leave(task);
  Enter(task);
}

}  // namespace spiked
