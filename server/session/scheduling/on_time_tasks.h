// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_ON_TIME_TASKS_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_ON_TIME_TASKS_H_

#include <cstdint>

#include "server/session/scheduling/ready_tasks.h"
#include "server/session/scheduling/schedulable.h"
#include "server/session/scheduling/schedule_heap.h"

namespace spiked {

// Tasks on time, earliest deadline first.
//
// A slice can't be shorter than a step, and a step of a large network takes
// many milliseconds. As long as there is a task with short slices, one worker
// is kept free of long ones, unless there is only one worker.
class OnTimeTasks : public ReadyTasks {
 public:
  explicit OnTimeTasks(int workers) : workers_(workers) {}

  void Enter(Schedulable* task) override;
  void Leave(Schedulable* task) override;
  void Push(int64_t nanos, Task task) override;
  const Schedulable* Next() const override;
  Task Begin() override;
  Task Remove(Schedulable* task) override;
  void End(Schedulable* task, int64_t cpu_nanos) override;

 private:
  using Heap = ScheduleHeap<Schedulable>;

  // The heap with the next task, or null.
  const Heap* NextHeap() const;

  const int workers_;
  Heap short_;  // by deadline
  Heap long_;   // the same; tasks with long slices
  int running_long_ = 0;
  int short_count_ = 0;  // tasks with short slices, ready or not
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_ON_TIME_TASKS_H_
