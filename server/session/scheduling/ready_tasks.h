// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_READY_TASKS_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_READY_TASKS_H_

#include <cstdint>
#include <memory>

#include "server/session/scheduling/schedulable.h"

namespace spiked {

// Tasks that are ready, and which of them is next. Used by one thread at a
// time.
class ReadyTasks {
 public:
  using Task = std::shared_ptr<Schedulable>;

  virtual ~ReadyTasks() = default;

  // A task comes under this order, or leaves it; neither ready nor running.
  virtual void Enter(Schedulable* /*task*/) {}
  virtual void Leave(Schedulable* /*task*/) {}

  // `nanos`: the deadline, or the time that orders the tasks of an owner.
  virtual void Push(int64_t nanos, Task task) = 0;

  // The task that may run next; null if there is none.
  virtual const Schedulable* Next() const = 0;
  // Removes the next task, whose slice begins. Requires: Next() isn't null.
  virtual Task Begin() = 0;
  // Requires: the task is here.
  virtual Task Remove(Schedulable* task) = 0;

  // A slice begins that was never pushed here.
  virtual void BeginAtOnce(Schedulable* /*task*/) {}
  // The slice of a task has ended, after so much time of a processor.
  virtual void End(Schedulable* task, int64_t cpu_nanos) = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_READY_TASKS_H_
