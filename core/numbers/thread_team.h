// SPDX-License-Identifier: Apache-2.0
//
// Threads that step one network together.

#ifndef SPIKED_CORE_NUMBERS_THREAD_TEAM_H_
#define SPIKED_CORE_NUMBERS_THREAD_TEAM_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace spiked {

// A caller and size - 1 helper threads. A member that waits first spins (a step
// takes microseconds, a wake-up tens of them) and then sleeps, so that an idle
// team costs nothing and waiting for a preempted member doesn't keep cores
// busy.
class ThreadTeam {
 public:
  // Requires: size >= 1. A team of one has no threads.
  explicit ThreadTeam(int size);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return size_; }

  using Work = std::function<void(int member)>;

  // Calls work(member) once on every member, on the caller as member 0, and
  // returns when all are done. Not reentrant. If work throws on any member, as
  // the standard library does when memory ends, Run throws the same, after all
  // members have stopped; the team can then be used again.
  void Run(const Work& work);

  // Within Run: returns when all members have called it. Throws what another
  // member has thrown since the last meeting: that one won't come again.
  void Wait();

 private:
  // A number that grows, and whose readers can wait until it does.
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
  void Do(const Work& work, int member);
  void Meet();
  void EndHelpers();

  Gate start_;
  Gate met_;
  alignas(128) std::atomic<int> arrived_{0};
  const int size_;
  const Work* work_ = nullptr;  // null: helpers end
  // The first thing that a member threw; written by the one that sets
  // has_thrown_, read after the next meeting.
  std::atomic<bool> has_thrown_{false};
  std::exception_ptr thrown_;
  // Whether somebody had thrown before the last meeting. Written by the last
  // member to come to it, so that all members read the same: then they stop,
  // and meet once more.
  bool broken_ = false;
  std::vector<std::thread> helpers_;
};

// Calls body(begin, end) for ranges of at most `grain` that cover [0, count),
// on all members of the team. Which member gets which range is undefined.
void ParallelFor(ThreadTeam& team, int64_t count, int64_t grain,
                 const std::function<void(int64_t begin, int64_t end)>& body);

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_THREAD_TEAM_H_
