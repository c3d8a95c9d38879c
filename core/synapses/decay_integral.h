// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_SYNAPSES_DECAY_INTEGRAL_H_
#define SPIKED_CORE_SYNAPSES_DECAY_INTEGRAL_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "hwy/base.h"

namespace spiked::plastic {

// The integral of exp(-t / tau) over a number of steps, in ms, with full
// precision for short times, too. The same bits wherever it is looked up.
class DecayIntegral {
 public:
  DecayIntegral(double dt_ms, double tau_ms) : dt_ms_(dt_ms), tau_ms_(tau_ms) {
    values_.reserve(kLength);
    values_.push_back(0);
    while (values_.size() < kLength) {
      values_.push_back(Over(static_cast<uint32_t>(values_.size())));
    }
  }

  static constexpr double Bytes() { return kLength * sizeof(double); }

  double At(uint32_t steps) const {
    return HWY_LIKELY(steps < kLength) ? values_[steps] : Over(steps);
  }

 private:
  static constexpr uint32_t kLength = 2048;  // stays in the cache

  double Over(uint32_t steps) const {
    return -tau_ms_ * std::expm1(-(steps * dt_ms_) / tau_ms_);
  }

  double dt_ms_;
  double tau_ms_;
  std::vector<double> values_;
};

}  // namespace spiked::plastic

#endif  // SPIKED_CORE_SYNAPSES_DECAY_INTEGRAL_H_
