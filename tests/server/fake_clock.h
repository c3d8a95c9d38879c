// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SERVER_FAKE_CLOCK_H_
#define SPIKED_TESTS_SERVER_FAKE_CLOCK_H_

#include <atomic>
#include <map>
#include <set>
#include <vector>

#include "server/base/clock.h"

namespace spiked {

// A clock that stands still until a test moves it. Thread-safe.
class FakeClock : public Clock {
 public:
  int64_t NowNanos() const override {
    return now_nanos_.fetch_add(nanos_per_look_);
  }

  // As if every thread always had a processor.
  int64_t ThreadCpuNanos() const override { return now_nanos_; }

  // Makes the clock move on by this much at every reading.
  void set_nanos_per_look(int64_t nanos) { nanos_per_look_ = nanos; }

  void WaitUntil(CondVar* condition, Mutex* mutex, int64_t nanos) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    {
      MutexLock lock(&waiters_mutex_);
      waiters_[condition] = mutex;
    }
    if (nanos > NowNanos()) condition->Wait(mutex);
    MutexLock lock(&waiters_mutex_);
    waiters_.erase(condition);
  }

  void WaitUntil(Wakeup* wakeup, int64_t nanos) override {
    {
      MutexLock lock(&waiters_mutex_);
      sleepers_.insert(wakeup);
    }
    if (nanos > NowNanos()) wakeup->Wait();
    MutexLock lock(&waiters_mutex_);
    sleepers_.erase(wakeup);
  }

  // Requires: no mutex of a waiter is held.
  void Advance(int64_t nanos) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    now_nanos_ += nanos;
    std::map<CondVar*, Mutex*> waiters;
    {
      MutexLock lock(&waiters_mutex_);
      waiters = waiters_;
      for (Wakeup* wakeup : sleepers_) wakeup->Post();
    }
    for (const auto& [condition, mutex] : waiters) {
      // Once the mutex is free, a waiter that saw the old time is waiting.
      mutex->Lock();
      mutex->Unlock();
      condition->NotifyAll();
    }
  }
  void AdvanceMs(double ms) { Advance(static_cast<int64_t>(ms * 1e6)); }

 private:
  std::atomic<int64_t> nanos_per_look_{0};
  mutable std::atomic<int64_t> now_nanos_{1'000'000'000};
  Mutex waiters_mutex_;
  std::map<CondVar*, Mutex*> waiters_ ABSL_GUARDED_BY(waiters_mutex_);
  std::set<Wakeup*> sleepers_ ABSL_GUARDED_BY(waiters_mutex_);
};

}  // namespace spiked

#endif  // SPIKED_TESTS_SERVER_FAKE_CLOCK_H_
