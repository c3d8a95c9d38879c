// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/fair_tasks.h"

#include <algorithm>
#include <utility>

namespace spiked {

FairTasks::~FairTasks() {
  while (size_ > 0) PopFirst();
}

// An owner, or a class, that had nothing to do doesn't save up time: it begins
// at the virtual time of those that have been served.
void FairTasks::Push(int64_t nanos, Task task) {
  if (task->share_ == nullptr) task->share_ = ownerless_;
  const int index = ClassOf(*task);
  task->class_ = index;
  Class& its_class = classes_[index];
  FairShare* const owner = task->share_.get();
  FairShare::Line& line = owner->lines_[index];
  if (its_class.owners.empty()) {
    its_class.virtual_nanos = std::max(its_class.virtual_nanos, now_);
  }
  if (line.ready.empty()) {
    line.virtual_nanos = std::max(line.virtual_nanos, its_class.now);
    its_class.owners.emplace(line.virtual_nanos, owner);
  }
  line.ready.Push(nanos, std::move(task));
  ++size_;
}

int FairTasks::NextClass() const {
  int next = -1;
  for (int i = 0; i < static_cast<int>(classes_.size()); ++i) {
    if (classes_[i].owners.empty()) continue;
    if (next < 0 || classes_[i].virtual_nanos < classes_[next].virtual_nanos) {
      next = i;
    }
  }
  return next;
}

const Schedulable* FairTasks::Next() const {
  if (size_ == 0) return nullptr;
  const int index = NextClass();
  return &classes_[index].owners.begin()->second->lines_[index].ready.First();
}

ReadyTasks::Task FairTasks::PopFirst() {
  const int index = NextClass();
  Class& its_class = classes_[index];
  const auto [virtual_nanos, owner] = *its_class.owners.begin();
  its_class.now = virtual_nanos;
  now_ = its_class.virtual_nanos;
  Task task = owner->lines_[index].ready.PopFirst();
  Forget(owner, index);
  return task;
}

ReadyTasks::Task FairTasks::Begin() {
  Task task = PopFirst();
  // Until the slice is over, so that another worker takes that of another
  // owner.
  task->charged_nanos_ = task->mean_slice_nanos_;
  Charge(*task, task->charged_nanos_);
  return task;
}

void FairTasks::BeginAtOnce(Schedulable* task) {
  if (task->share_ == nullptr) task->share_ = ownerless_;
  task->class_ = 1;  // it has commands
  task->charged_nanos_ = 0;
}

void FairTasks::End(Schedulable* task, int64_t cpu_nanos) {
  Charge(*task, cpu_nanos - task->charged_nanos_);
  task->charged_nanos_ = 0;
}

ReadyTasks::Task FairTasks::Remove(Schedulable* task) {
  const int index = task->class_;
  FairShare* const owner = task->share_.get();
  Task removed = owner->lines_[index].ready.Remove(task);
  Forget(owner, index);
  return removed;
}

// A task has left; its owner may have no other.
void FairTasks::Forget(FairShare* owner, int index) {
  --size_;
  const FairShare::Line& line = owner->lines_[index];
  if (line.ready.empty()) {
    classes_[index].owners.erase({line.virtual_nanos, owner});
  }
}

void FairTasks::Charge(const Schedulable& task, int64_t nanos) {
  const int index = task.class_;
  Class& its_class = classes_[index];
  FairShare* const owner = task.share_.get();
  FairShare::Line& line = owner->lines_[index];
  const auto time = static_cast<double>(nanos);
  its_class.virtual_nanos += time / its_class.weight;
  const bool is_here = its_class.owners.erase({line.virtual_nanos, owner}) > 0;
  line.virtual_nanos += time / *owner->weight_;
  if (is_here) its_class.owners.emplace(line.virtual_nanos, owner);
}

}  // namespace spiked
