// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_BARE_TEAM_H_
#define SPIKED_TESTS_BENCHMARK_BARE_TEAM_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace spiked::benchmark {

// Seconds of a monotonic clock.
inline double Now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A barrier that waits by spinning: a step takes microseconds, and a sleeping
// thread needs tens of microseconds to wake up.
class SpinBarrier {
 public:
  explicit SpinBarrier(int threads) : threads_(threads) {}

  void Wait() {
    if (threads_ == 1) return;
    const uint32_t phase = phase_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) == threads_ - 1) {
      arrived_.store(0, std::memory_order_relaxed);
      phase_.store(phase + 1, std::memory_order_release);
      return;
    }
    for (int spins = 0; phase_.load(std::memory_order_acquire) == phase;) {
      // Lets other threads run if there are fewer processors than threads.
      if (++spins > 100'000) std::this_thread::yield();
    }
  }

 private:
  const int threads_;
  alignas(128) std::atomic<int> arrived_{0};
  alignas(128) std::atomic<uint32_t> phase_{0};
};

// Calls work(i) on thread i of `threads` and waits for all.
template <typename Work>
void RunTeam(int threads, Work work) {
  std::vector<std::thread> team;
  for (int i = 1; i < threads; ++i) team.emplace_back(work, i);
  work(0);
  for (std::thread& thread : team) thread.join();
}

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_TEAM_H_
