// SPDX-License-Identifier: Apache-2.0
//
// Noise with a correlation in time: an Ornstein-Uhlenbeck process for each
// neuron, constant during a step.
//
//   dI = -(I - mean) / tau dt + std sqrt(2 / tau) dW
//
// so that I is normally distributed with this mean and standard deviation, and
// its autocorrelation is exp(-|lag| / tau), whatever the step. Source:
// Uhlenbeck & Ornstein 1930, doi:10.1103/PhysRev.36.823.
//
// Scheme: exact. At the beginning I is drawn from the stationary distribution;
// then, in each step,
//
//   z <- z p + sqrt(1 - p^2) N(0, 1),  p = exp(-dt / tau),  I = mean + std z
//
// with the normal numbers of core/numbers/simd_normal.h. p is rounded to the
// network's precision first, so the variance is right in FLOAT32, too. The
// correlation time is right to within 1 % up to tau = 1e5 dt; beyond 1e7 dt the
// current keeps its first value.
//
// State: z. So a change of the mean or the standard deviation acts at once.

#ifndef SPIKED_CORE_INPUTS_ORNSTEIN_UHLENBECK_CURRENT_H_
#define SPIKED_CORE_INPUTS_ORNSTEIN_UHLENBECK_CURRENT_H_

#include <memory>

#include "core/model/input_model.h"

namespace spiked {

class OrnsteinUhlenbeckCurrent : public InputModel {
 public:
  const ModelInfo& info() const override;
  bool is_current() const override { return true; }
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  int state_rows() const override { return 1; }
  std::unique_ptr<InputKernel> Compile(const Parameters& parameters,
                                       const InputBuild& build) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_INPUTS_ORNSTEIN_UHLENBECK_CURRENT_H_
