// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_FAIR_TASKS_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_FAIR_TASKS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>

#include "server/session/scheduling/ready_tasks.h"
#include "server/session/scheduling/schedulable.h"
#include "server/session/scheduling/schedule_heap.h"

namespace spiked {

// The share of one owner, such as a tenant, of the time that tasks on time
// leave, in proportion to its weight. Guarded by the lock of the scheduler.
class FairShare {
 public:
  // Requires: weight > 0, always.
  explicit FairShare(std::shared_ptr<const std::atomic<double>> weight)
      : weight_(std::move(weight)) {}

 private:
  friend class FairTasks;

  // Tasks of one class.
  struct Line {
    double virtual_nanos = 0;  // time received / weight
    ScheduleHeap<Schedulable> ready;
  };

  const std::shared_ptr<const std::atomic<double>> weight_;
  std::array<Line, 3> lines_;  // as FairTasks::classes_
};

// Ready tasks that are not on time, in a fair order. Late tasks, tasks with
// commands and free ones share the time 3 to 3 to 1 while all are ready; within
// each class, owners share it by their weights; within an owner, the earliest
// time comes first. The one that got least of its share is next, and time that
// one doesn't want goes to the others. Weighted fair queueing: Goyal, Vin &
// Cheng 1997, doi:10.1109/90.649569. Used by one thread at a time.
class FairTasks : public ReadyTasks {
 public:
  // Tasks hold their shares, and shares their ready tasks.
  ~FairTasks() override;

  // Requires: an urgency other than kOnTime. A task without a share gets that
  // of tasks without an owner.
  void Push(int64_t nanos, Task task) override;

  const Schedulable* Next() const override;
  Task Begin() override;
  Task Remove(Schedulable* task) override;
  void BeginAtOnce(Schedulable* task) override;
  void End(Schedulable* task, int64_t cpu_nanos) override;

 private:
  struct Class {
    explicit Class(double weight_of) : weight(weight_of) {}
    const double weight;
    double virtual_nanos = 0;  // time received / weight
    double now = 0;            // virtual time of the owner served last
    // Owners with ready tasks, by their virtual time.
    std::set<std::pair<double, FairShare*>> owners;
  };

  // The class of a task that is about to become ready.
  static int ClassOf(const Schedulable& task) {
    if (task.woken_) return 1;
    return task.urgency_ == Urgency::kLate ? 0 : 2;
  }
  // The class whose turn it is.
  int NextClass() const;
  Task PopFirst();
  // Counts time that a task received, or less than was counted before, if it
  // is negative.
  void Charge(const Schedulable& task, int64_t nanos);
  void Forget(FairShare* owner, int index);

  // Late tasks, those with commands, and free ones.
  std::array<Class, 3> classes_ = {Class(3), Class(3), Class(1)};
  const std::shared_ptr<FairShare> ownerless_ = std::make_shared<FairShare>(
      std::make_shared<const std::atomic<double>>(1));
  double now_ = 0;  // virtual time of the class served last
  int size_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_FAIR_TASKS_H_
