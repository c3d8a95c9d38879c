// SPDX-License-Identifier: Apache-2.0
//
// Exponential decay over whole numbers of steps.

#ifndef SPIKED_CORE_NUMBERS_DECAY_TABLE_H_
#define SPIKED_CORE_NUMBERS_DECAY_TABLE_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "hwy/base.h"

namespace spiked {

// exp(-k dt / tau) for k = 0, 1, ..., until it is negligible; the same bits
// wherever it is looked up.
template <typename T>
class DecayTable {
 public:
  DecayTable(double dt_ms, double tau_ms) {
    const double decay = std::exp(-dt_ms / tau_ms);
    double x = 1;
    values_.reserve(MaxLength(dt_ms, tau_ms));
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

  // Steps after which the decay is 0; 2^31 - 1 if the table doesn't reach 0.
  uint32_t last() const {
    return ends_ ? static_cast<uint32_t>(values_.size() - 1) : 0x7fffffff;
  }

  // Whether the table ends with 0: then values()[min(k, last())] is At(k).
  bool ends() const { return ends_; }
  const T* values() const { return values_.data(); }

  // Bytes of the tables of these time constants, for estimates.
  static double Bytes(double dt_ms, std::initializer_list<double> taus_ms) {
    double bytes = 0;
    for (double tau_ms : taus_ms) {
      bytes += static_cast<double>(sizeof(T) * MaxLength(dt_ms, tau_ms));
    }
    return bytes;
  }

 private:
  static constexpr uint32_t kMaxLength = 1 << 16;

  // An upper bound for the length of a table, too large by a few at most.
  static size_t MaxLength(double dt_ms, double tau_ms) {
    const double steps = 18 * std::log(10) * tau_ms / dt_ms;
    return static_cast<size_t>(std::min(steps + 3, kMaxLength + 1.0));
  }

  // The decay beyond the end of a table that doesn't reach 0.
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

#endif  // SPIKED_CORE_NUMBERS_DECAY_TABLE_H_
