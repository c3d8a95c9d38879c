// SPDX-License-Identifier: Apache-2.0
//
// The interface of input models: the plug point of core/inputs/.

#ifndef SPIKED_CORE_INPUT_MODEL_H_
#define SPIKED_CORE_INPUT_MODEL_H_

#include <cstdint>
#include <memory>

#include "core/model_info.h"
#include "core/network_spec.h"
#include "core/parameters.h"
#include "core/random.h"

namespace spiked {

// An input with its parameters and random stream built in. Immutable.
class InputKernel {
 public:
  virtual ~InputKernel() = default;

  // Adds the input of one step to `count` neurons of the population, from
  // neuron `first` on, which is a multiple of 64. `row` begins there, is padded
  // like every row, and has the network's scalar type. What is written to the
  // padding doesn't matter.
  virtual void Add(int64_t step, int64_t first, int64_t count,
                   void* row) const = 0;
};

// An input model. Immutable.
class InputModel {
 public:
  virtual ~InputModel() = default;

  virtual const ModelInfo& info() const = 0;

  // True if it gives currents, which act on CurrentReceptor unless told
  // otherwise; false if it gives spikes, which act on the first receptor.
  virtual bool is_current() const { return false; }

  virtual std::unique_ptr<InputKernel> Compile(const Parameters& parameters,
                                               RandomStream stream,
                                               double dt_ms,
                                               Precision precision) const = 0;
};

}  // namespace spiked

#endif  // SPIKED_CORE_INPUT_MODEL_H_
