// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULE_HEAP_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULE_HEAP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace spiked {

// A binary heap of shared tasks by time, the earliest first. Each task knows
// its index (`Task::heap_index_`), so that it can be removed from the middle. A
// task is in at most one heap. Used by one thread at a time.
template <typename Task>
class ScheduleHeap {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }

  // The times of the first and second task; kNever if there is none.
  int64_t FirstNanos() const { return NanosAt(0); }
  int64_t SecondNanos() const { return std::min(NanosAt(1), NanosAt(2)); }

  // Requires: !empty().
  const Task& First() const { return *items_.front().task; }

  void Push(int64_t nanos, std::shared_ptr<Task> task) {
    items_.push_back({nanos, std::move(task)});
    MoveUp(items_.size() - 1);
  }

  // Requires: !empty().
  std::shared_ptr<Task> PopFirst() { return TakeAt(0); }

  // Requires: the task is in this heap.
  std::shared_ptr<Task> Remove(Task* task) { return TakeAt(task->heap_index_); }

 private:
  struct Item {
    int64_t nanos;
    std::shared_ptr<Task> task;
  };

  int64_t NanosAt(size_t i) const {
    return i < items_.size() ? items_[i].nanos : kNever;
  }

  std::shared_ptr<Task> TakeAt(size_t i) {
    std::shared_ptr<Task> task = std::move(items_[i].task);
    if (i + 1 < items_.size()) items_[i] = std::move(items_.back());
    items_.pop_back();
    if (i < items_.size()) MoveDown(MoveUp(i));
    return task;
  }

  // Move an item up or down to its place and return its index.
  size_t MoveUp(size_t i) {
    while (i > 0 && items_[i].nanos < items_[(i - 1) / 2].nanos) {
      std::swap(items_[i], items_[(i - 1) / 2]);
      items_[i].task->heap_index_ = i;
      i = (i - 1) / 2;
    }
    items_[i].task->heap_index_ = i;
    return i;
  }
  size_t MoveDown(size_t i) {
    for (;;) {
      size_t child = 2 * i + 1;
      if (NanosAt(child + 1) < NanosAt(child)) ++child;
      if (child >= items_.size() || items_[i].nanos <= items_[child].nanos) {
        break;
      }
      std::swap(items_[i], items_[child]);
      items_[i].task->heap_index_ = i;
      i = child;
    }
    items_[i].task->heap_index_ = i;
    return i;
  }

  std::vector<Item> items_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_SCHEDULE_HEAP_H_
