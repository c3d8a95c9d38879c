// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/task_inbox.h"

#include <algorithm>
#include <utility>

namespace spiked {

TaskInbox::~TaskInbox() {
  std::vector<Task> tasks;  // which hold themselves while they are here
  TakeAll(&tasks);
}

bool TaskInbox::Add(const Task& task) {
  if (task->is_in_inbox_.exchange(true)) return false;
  task->inbox_self_ = task;
  Schedulable* head = head_;
  do {
    task->inbox_next_ = head;
  } while (!head_.compare_exchange_weak(head, task.get()));
  return true;
}

void TaskInbox::TakeAll(std::vector<Task>* tasks) {
  const auto begin = static_cast<std::ptrdiff_t>(tasks->size());
  Schedulable* next = head_.exchange(nullptr);
  while (next != nullptr) {
    Schedulable* const task = next;
    next = task->inbox_next_;
    tasks->push_back(std::move(task->inbox_self_));
    // From here on it can be added again.
    task->is_in_inbox_ = false;
  }
  std::reverse(tasks->begin() + begin, tasks->end());
}

}  // namespace spiked
