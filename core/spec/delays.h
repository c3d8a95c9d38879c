// SPDX-License-Identifier: Apache-2.0
//
// Specifications give times in ms, the network counts steps: only these
// functions convert.

#ifndef SPIKED_CORE_SPEC_DELAYS_H_
#define SPIKED_CORE_SPEC_DELAYS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace spiked {

inline constexpr int64_t kMaxDelaySteps = 65535;

// The nearest whole number of steps.
inline int64_t StepsOf(double ms, double dt_ms) {
  return std::llround(ms / dt_ms);
}

// True if a time is a whole number of steps, up to the rounding of times that
// users compute: a millionth of a step, and a few units of the last place. The
// Python client has the same tolerance (model_time.py).
inline bool IsOnGrid(double ms, double dt_ms) {
  const double steps = ms / dt_ms;
  return std::abs(steps - std::round(steps)) <=
         1e-6 + 0x1p-50 * std::abs(steps);
}

// The least whole number of steps that is not shorter than a time; of times on
// the grid, their steps. 0 for 0 and less, else at least 1.
inline double StepsCovering(double ms, double dt_ms) {
  if (ms <= 0) return 0;
  const double steps = ms / dt_ms;
  return std::max(1.0,
                  IsOnGrid(ms, dt_ms) ? std::round(steps) : std::ceil(steps));
}

// The most steps that a neuron counts down: FLOAT32 holds all whole numbers up
// to this.
inline constexpr double kMaxCountedSteps = 1 << 24;

// The steps of a drawn delay: the nearest number within the allowed range.
inline int32_t DelayStepsOf(double delay_ms, double dt_ms) {
  const double steps = std::round(delay_ms / dt_ms);
  return static_cast<int32_t>(
      std::clamp(steps, 1.0, static_cast<double>(kMaxDelaySteps)));
}

// The steps of a delay that are dendritic: a fraction of it, rounded.
inline int32_t DendriticStepsOf(int32_t delay_steps, double fraction) {
  return static_cast<int32_t>(std::lround(fraction * delay_steps));
}

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_DELAYS_H_
