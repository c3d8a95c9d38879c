// SPDX-License-Identifier: Apache-2.0

#include "server/base/executor.h"

#include <utility>

namespace spiked {

Executor::Executor(int threads, ReportThrown report)
    : report_(std::move(report)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

void Executor::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  posted_.NotifyAll();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  // Dropped after the lock is released, because that may call the executor.
  Tasks late, late_first;
  MutexLock lock(&mutex_);
  stopped_ = true;
  std::swap(late, tasks_);
  std::swap(late_first, first_);
}

void Executor::Post(std::function<void()> task, const std::string& owner) {
  {
    MutexLock lock(&mutex_);
    if (stopped_) return;
    tasks_.Push(owner, std::move(task));
  }
  posted_.NotifyOne();
}

void Executor::PostFirst(std::function<void()> task, const std::string& owner) {
  {
    MutexLock lock(&mutex_);
    if (stopped_) return;
    first_.Push(owner, std::move(task));
  }
  posted_.NotifyOne();
}

void Executor::Run() {
  for (;;) {
    std::function<void()> task;
    {
      MutexLock lock(&mutex_);
      while (first_.empty() && tasks_.empty() && !stopping_) {
        posted_.Wait(&mutex_);
      }
      if (first_.empty() && tasks_.empty()) return;
      task = first_.empty() ? tasks_.Pop() : first_.Pop();
    }
    RunAndReport(task, report_);
  }
}

}  // namespace spiked
