// SPDX-License-Identifier: Apache-2.0
//
// Exponential decay over whole numbers of steps.

#ifndef SPIKED_CORE_DECAY_TABLE_H_
#define SPIKED_CORE_DECAY_TABLE_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "hwy/base.h"

namespace spiked {

// exp(-k dt / tau) for k = 0, 1, ..., until nothing is left; the same bits
// wherever it is looked up.
template <typename T>
class DecayTable {
 public:
  DecayTable(double dt_ms, double tau_ms) {
    const double decay = std::exp(-dt_ms / tau_ms);
    double x = 1;
    for (; x > 1e-18 && values_.size() < kMaxLength; x *= decay) {
      values_.push_back(static_cast<T>(x));
    }
    ends_ = x <= 1e-18;
    decay_of_table_ = x;
    if (ends_) values_.push_back(0);
  }

  T At(uint32_t steps) const {
    if (HWY_LIKELY(steps < values_.size())) return values_[steps];
    return ends_ ? T{0} : Late(steps);
  }

  // Nothing is left after so many steps; 2^31 - 1 if that takes longer.
  uint32_t last() const {
    return ends_ ? static_cast<uint32_t>(values_.size() - 1) : 0x7fffffff;
  }

  // Whether the table ends with 0: then values()[min(k, last())] is At(k).
  bool ends() const { return ends_; }
  const T* values() const { return values_.data(); }

 private:
  static constexpr uint32_t kMaxLength = 1 << 16;

  T Late(uint32_t steps) const {
    double x = values_[steps % kMaxLength];
    double power = decay_of_table_;
    for (uint32_t n = steps / kMaxLength; n > 0; n /= 2) {
      if (n % 2 == 1) x *= power;
      power *= power;
    }
    return static_cast<T>(x);
  }

  std::vector<T> values_;
  double decay_of_table_;  // over kMaxLength steps
  bool ends_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_DECAY_TABLE_H_
