// SPDX-License-Identifier: Apache-2.0

#include "server/base/periodic.h"

#include <algorithm>
#include <utility>

namespace spiked {

Periodic::Periodic(std::chrono::nanoseconds period, std::function<void()> task)
    : period_(period), task_(std::move(task)), thread_([this] { Run(); }) {}

Periodic::~Periodic() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void Periodic::Run() {
  using std::chrono::steady_clock;
  auto due = steady_clock::now() + period_;
  MutexLock lock(&mutex_);
  while (!stopping_) {
    if (steady_clock::now() < due) {
      changed_.WaitUntil(
          &mutex_, std::chrono::nanoseconds(due.time_since_epoch()).count());
      continue;
    }
    mutex_.Unlock();
    task_();
    mutex_.Lock();
    // From the end: after a suspension there is no burst.
    due = std::max(due + period_, steady_clock::now());
  }
}

}  // namespace spiked
