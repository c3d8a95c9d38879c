// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_BUILD_BUILD_PROGRESS_H_
#define SPIKED_CORE_BUILD_BUILD_PROGRESS_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace spiked {

// Progress of building a network, which other threads can read, and a switch
// that stops it. Thread-safe.
class BuildProgress {
 public:
  enum class Phase {
    kWaiting,      // not begun
    kValidating,   //
    kPopulations,  // parameters and initial values
    kSynapses,
    kFinishing,  // the rest
  };
  virtual ~BuildProgress() = default;

  // Asks the builder to stop; it looks several times in a second.
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  virtual bool cancelled() const {
    return cancelled_.load(std::memory_order_relaxed);
  }

  Phase phase() const { return phase_.load(std::memory_order_relaxed); }

  // The finished part of the expected work on synapses, in [0, 1].
  double fraction() const {
    if (phase() == Phase::kFinishing) return 1;
    const auto done =
        static_cast<double>(done_.load(std::memory_order_relaxed));
    const double expected = expected_.load(std::memory_order_relaxed);
    return expected > 0 ? std::min(1.0, done / expected) : 0;
  }

  // The functions below are for the builder. Work is counted in units of
  // BuildSynapses (core/build/build_synapses.h).
  void Begin(Phase phase) { phase_.store(phase, std::memory_order_relaxed); }
  void Expect(double work) { expected_.store(work, std::memory_order_relaxed); }
  void Add(int64_t work) { done_.fetch_add(work, std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<Phase> phase_{Phase::kWaiting};
  std::atomic<double> expected_{0};
  std::atomic<int64_t> done_{0};
};

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_BUILD_PROGRESS_H_
