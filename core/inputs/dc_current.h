// SPDX-License-Identifier: Apache-2.0
//
// A constant current, optionally with a start and an end.
//
//   I(t) = amplitude   for start <= t < stop, else 0
//
// start and stop are rounded to the nearest step: the current acts in the steps
// from start / dt on, before stop / dt. Inputs add up, so a piecewise constant
// current is one input for each piece.

#ifndef SPIKED_CORE_INPUTS_DC_CURRENT_H_
#define SPIKED_CORE_INPUTS_DC_CURRENT_H_

#include <memory>

#include "core/model/input_model.h"

namespace spiked {

class DcCurrent : public InputModel {
 public:
  const ModelInfo& info() const override;
  bool is_current() const override { return true; }
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  std::unique_ptr<InputKernel> Compile(const Parameters& parameters,
                                       const InputBuild& build) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_INPUTS_DC_CURRENT_H_
