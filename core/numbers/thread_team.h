// SPDX-License-Identifier: Apache-2.0
//
// Threads that step one network together.

#ifndef SPIKED_CORE_NUMBERS_THREAD_TEAM_H_
#define SPIKED_CORE_NUMBERS_THREAD_TEAM_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace spiked {

// A caller and size - 1 helpers. Whoever waits spins for a moment (a step takes
// microseconds, a wake-up tens of them) and then sleeps, so that an idle team
// costs nothing and a preempted member holds up nobody's core.
class ThreadTeam {
 public:
  // Requires: size >= 1. A team of one has no threads.
  explicit ThreadTeam(int size);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return size_; }

  // Calls work(member) once on every member, on the caller as member 0, and
  // returns when all are done. Not reentrant.
  void Run(const std::function<void(int member)>& work);

  // Within Run: returns when all members have come here.
  void Wait();

 private:
  // A number that grows, and its readers who wait for the next one.
  class alignas(128) Gate {
   public:
    uint32_t value() const { return value_.load(std::memory_order_acquire); }
    void Open();
    void WaitBeyond(uint32_t value);

   private:
    std::atomic<uint32_t> value_{0};
    std::atomic<int> sleepers_{0};
  };

  void Help(int member);

  Gate start_;
  Gate met_;
  alignas(128) std::atomic<int> arrived_{0};
  const int size_;
  const std::function<void(int)>* work_ = nullptr;  // null: the end
  std::vector<std::thread> helpers_;
};

// Calls body(begin, end) for runs of [0, count) of at most `grain`, on all
// members of the team. Which member gets which is undefined.
void ParallelFor(ThreadTeam& team, int64_t count, int64_t grain,
                 const std::function<void(int64_t begin, int64_t end)>& body);

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_THREAD_TEAM_H_
