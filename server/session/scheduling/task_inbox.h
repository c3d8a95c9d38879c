// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_TASK_INBOX_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_TASK_INBOX_H_

#include <atomic>
#include <memory>
#include <vector>

#include "server/session/scheduling/schedulable.h"

namespace spiked {

// Tasks that any thread hands to the workers of a pool, without a lock: a
// thread that Linux interrupts while it adds a task holds up nobody. A task is
// in at most one inbox.
class TaskInbox {
 public:
  using Task = std::shared_ptr<Schedulable>;

  ~TaskInbox();

  bool empty() const { return head_ == nullptr; }

  // Returns false, and does nothing, if the task is in an inbox already.
  bool Add(const Task& task);

  // Appends all tasks in the order in which they were added.
  void TakeAll(std::vector<Task>* tasks);

 private:
  std::atomic<Schedulable*> head_{nullptr};  // the latest; a list
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_TASK_INBOX_H_
