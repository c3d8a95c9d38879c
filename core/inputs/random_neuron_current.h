// SPDX-License-Identifier: Apache-2.0
//
// A current into one neuron at a time, drawn anew in every interval; all
// neurons of the population are equally likely. It drives the polychronization
// network, where every 1 ms one neuron gets 20: Izhikevich 2006,
// doi:10.1162/089976606775093882.
//
// The interval is rounded to whole steps, at least one, and the neuron has its
// current during all of it. With a probability below 1 some intervals have no
// neuron, so that one drive can be divided among several populations.

#ifndef SPIKED_CORE_INPUTS_RANDOM_NEURON_CURRENT_H_
#define SPIKED_CORE_INPUTS_RANDOM_NEURON_CURRENT_H_

#include <memory>

#include "core/model/input_model.h"

namespace spiked {

class RandomNeuronCurrent : public InputModel {
 public:
  const ModelInfo& info() const override;
  bool is_current() const override { return true; }
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  std::unique_ptr<InputKernel> Compile(const Parameters& parameters,
                                       const InputBuild& build) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_INPUTS_RANDOM_NEURON_CURRENT_H_
