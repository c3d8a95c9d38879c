// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_CLOCK_H_
#define SPIKED_SERVER_BASE_CLOCK_H_

#include <time.h>

#include <chrono>
#include <cstdint>

#include "server/base/mutex.h"
#include "server/base/wakeup.h"

namespace spiked {

// A source of time that tests can replace. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Nanoseconds since some fixed moment; never goes back.
  virtual int64_t NowNanos() const = 0;

  // Nanoseconds for which the calling thread has had a processor.
  virtual int64_t ThreadCpuNanos() const = 0;

  // Waits on the condition until it is notified or the clock shows `nanos`. May
  // return early.
  virtual void WaitUntil(CondVar* condition, Mutex* mutex, int64_t nanos)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) = 0;

  // Waits for a Post, or until the clock shows `nanos`. May return early.
  virtual void WaitUntil(Wakeup* wakeup, int64_t nanos) = 0;
};

// The steady clock of the machine, which changes of the date don't affect.
class SteadyClock : public Clock {
 public:
  int64_t NowNanos() const override {
    return std::chrono::steady_clock::now().time_since_epoch() /
           std::chrono::nanoseconds(1);
  }
  int64_t ThreadCpuNanos() const override {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return int64_t{1'000'000'000} * time.tv_sec + time.tv_nsec;
  }
  void WaitUntil(CondVar* condition, Mutex* mutex, int64_t nanos) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    condition->WaitUntil(mutex, nanos);
  }
  void WaitUntil(Wakeup* wakeup, int64_t nanos) override {
    wakeup->WaitUntil(nanos);
  }
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_CLOCK_H_
