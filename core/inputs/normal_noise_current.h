// SPDX-License-Identifier: Apache-2.0
//
// A current drawn for each neuron and step from a normal distribution. The
// standard deviation of the current doesn't scale with dt. A random word gives
// the sign and a tail probability; the number is the quantile of this
// probability, from a polynomial for each octave of it, with an absolute error
// below 1e-6, up to 6.2 standard deviations.

#ifndef SPIKED_CORE_INPUTS_NORMAL_NOISE_CURRENT_H_
#define SPIKED_CORE_INPUTS_NORMAL_NOISE_CURRENT_H_

#include <memory>

#include "core/model/input_model.h"

namespace spiked {

class NormalNoiseCurrent : public InputModel {
 public:
  const ModelInfo& info() const override;
  bool is_current() const override { return true; }
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  std::unique_ptr<InputKernel> Compile(const Parameters& parameters,
                                       const InputBuild& build) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_INPUTS_NORMAL_NOISE_CURRENT_H_
