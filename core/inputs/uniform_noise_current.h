// SPDX-License-Identifier: Apache-2.0
//
// A current drawn for each neuron and step from the uniform distribution over
// [low, high): the "thalamic" input of small cortical models. The numbers have
// 24 random bits in both precisions.

#ifndef SPIKED_CORE_INPUTS_UNIFORM_NOISE_CURRENT_H_
#define SPIKED_CORE_INPUTS_UNIFORM_NOISE_CURRENT_H_

#include <memory>

#include "core/model/input_model.h"

namespace spiked {

class UniformNoiseCurrent : public InputModel {
 public:
  const ModelInfo& info() const override;
  bool is_current() const override { return true; }
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  std::unique_ptr<InputKernel> Compile(const Parameters& parameters,
                                       const InputBuild& build) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_INPUTS_UNIFORM_NOISE_CURRENT_H_
