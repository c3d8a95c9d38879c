// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_PERIODIC_H_
#define SPIKED_SERVER_BASE_PERIODIC_H_

#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/base/thrown.h"

namespace spiked {

// A thread that runs a task once in every period, for tasks that need no exact
// times.
class Periodic {
 public:
  // `clock` outlives this. The period is counted from the end of one run of the
  // task to the begin of the next. `report` is told what the task throws; it is
  // run again all the same.
  Periodic(Clock* clock, int64_t period_nanos, std::function<void()> task,
           ReportThrown report = nullptr)
      : clock_(clock),
        period_nanos_(period_nanos),
        task_(std::move(task)),
        report_(std::move(report)),
        thread_([this] { Run(); }) {}

  // Returns when the task is not running and will not be run again.
  ~Periodic() {
    {
      MutexLock lock(&mutex_);
      stopping_ = true;
    }
    changed_.NotifyAll();
    thread_.join();
  }
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

 private:
  void Run() {
    MutexLock lock(&mutex_);
    int64_t due = clock_->NowNanos() + period_nanos_;
    while (!stopping_) {
      if (clock_->NowNanos() < due) {
        clock_->WaitUntil(&changed_, &mutex_, due);
        continue;
      }
      mutex_.Unlock();
      RunAndReport(task_, report_);
      mutex_.Lock();
      due = clock_->NowNanos() + period_nanos_;
    }
  }

  Clock* const clock_;
  const int64_t period_nanos_;
  const std::function<void()> task_;
  const ReportThrown report_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: uses all other members
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_PERIODIC_H_
