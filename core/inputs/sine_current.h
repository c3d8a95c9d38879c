// SPDX-License-Identifier: Apache-2.0
//
// A sinusoidal current.
//
//   I = offset + amplitude sin(2 pi f t + phase),  t = k dt in step k
//
// The current of a step is that of its beginning. The phase is a function of
// the step, not added up from step to step: f dt is a 64-bit fraction of a
// cycle, and k times this fraction is exact modulo one cycle. So the only drift
// is due to the rounding of f dt, at most k f dt 2^-52 + k 2^-65 cycles after k
// steps. The sine is a polynomial of +, - and * alone, with an absolute error
// below 2e-16: the same bits on every machine. Frequencies above half the step
// rate look like lower ones.

#ifndef SPIKED_CORE_INPUTS_SINE_CURRENT_H_
#define SPIKED_CORE_INPUTS_SINE_CURRENT_H_

#include <memory>

#include "core/model/input_model.h"

namespace spiked {

class SineCurrent : public InputModel {
 public:
  const ModelInfo& info() const override;
  bool is_current() const override { return true; }
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  std::unique_ptr<InputKernel> Compile(const Parameters& parameters,
                                       const InputBuild& build) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_INPUTS_SINE_CURRENT_H_
