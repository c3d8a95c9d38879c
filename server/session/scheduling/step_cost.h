// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_STEP_COST_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_STEP_COST_H_

#include <cstdint>

namespace spiked {

// The mean compute time of a step over about the last second. Used by one
// thread at a time.
class StepCost {
 public:
  // Sets an estimate that holds until a second is measured.
  void Estimate(double nanos_per_step) { nanos_per_step_ = nanos_per_step; }

  // Adds steps that took the time [begin_nanos, end_nanos). True if the mean
  // was updated.
  bool Add(int64_t steps, int64_t begin_nanos, int64_t end_nanos) {
    if (steps_ == 0) window_begin_nanos_ = begin_nanos;
    steps_ += steps;
    busy_nanos_ += end_nanos - begin_nanos;
    if (steps_ == 0 || end_nanos - window_begin_nanos_ < kWindowNanos) {
      return false;
    }
    nanos_per_step_ =
        static_cast<double>(busy_nanos_) / static_cast<double>(steps_);
    steps_ = 0;
    busy_nanos_ = 0;
    return true;
  }

  double nanos_per_step() const { return nanos_per_step_; }

 private:
  static constexpr int64_t kWindowNanos = 1'000'000'000;

  double nanos_per_step_ = 0;
  int64_t window_begin_nanos_ = 0;
  int64_t steps_ = 0;
  int64_t busy_nanos_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_STEP_COST_H_
