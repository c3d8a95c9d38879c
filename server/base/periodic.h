// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_PERIODIC_H_
#define SPIKED_SERVER_BASE_PERIODIC_H_

#include <chrono>
#include <functional>
#include <thread>

#include "server/base/mutex.h"

namespace spiked {

// A thread that does something again and again, first after one period, until
// it is destroyed. For housekeeping: a call that takes longer than the period
// delays the next.
class Periodic {
 public:
  Periodic(std::chrono::nanoseconds period, std::function<void()> task);

  // Waits for the call in progress.
  ~Periodic();

 private:
  void Run();

  const std::chrono::nanoseconds period_;
  const std::function<void()> task_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_PERIODIC_H_
