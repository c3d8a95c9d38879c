// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_WAKEUP_H_
#define SPIKED_SERVER_BASE_WAKEUP_H_

#include <atomic>
#include <cstdint>

namespace spiked {

// Wakes one thread. Unlike a condition variable it has no lock, so that the
// thread that wakes never waits for a thread that was interrupted while it
// posted. One thread waits at a time; any number post.
class Wakeup {
 public:
  // Ends a wait, or lets the next one return at once. Never blocks.
  void Post();

  // Returns after a Post since the last return. May return early.
  void Wait() { WaitFor(nullptr); }
  // The same, or when the steady clock shows `nanos`.
  void WaitUntil(int64_t nanos) { WaitFor(&nanos); }

 private:
  void WaitFor(const int64_t* nanos);

  std::atomic<uint32_t> posted_{0};  // 1: posted
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_WAKEUP_H_
