// SPDX-License-Identifier: Apache-2.0
//
// The interface of neuron models: the plug point of core/neurons/. A model is
// one file pair there, its test, and one line in core/build/catalogue.cc.

#ifndef SPIKED_CORE_MODEL_NEURON_MODEL_H_
#define SPIKED_CORE_MODEL_NEURON_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/types/span.h"
#include "core/numbers/random.h"
#include "core/spec/model_info.h"
#include "core/spec/network_spec.h"
#include "core/spec/parameters.h"

namespace spiked {

// Input of one receptor of a run of neurons in one step.
struct InputRow {
  const void* row;   // [count] of the network's scalar type
  uint16_t* counts;  // if not null: counts of arrivals instead of a row,
  float weight;      // to be multiplied by this, and set to 0 by the reader
  bool is_silent;    // all of the row is 0: it may be left unread
};

// A run of neurons of one population as a kernel sees it in one step. Rows
// begin at the first neuron of the run and are padded: a whole vector can be
// read and written at every multiple of ParameterRow::kLanes below `count`.
struct NeuronUpdate {
  int64_t step;            // the step that is done
  int64_t first;           // neuron of the population; a multiple of 64
  int64_t count;           // neurons
  uint32_t first_neuron;   // `first`, counted through the network
  void* variables;         // [variables x stride] of the network's scalar type
  size_t stride;           // scalars from one variable's row to the next
  const InputRow* inputs;  // [receptors]: what acts in this step
  uint32_t* spikes;  // out: neurons of the network that crossed, ascending

  // The row of a variable.
  template <typename T>
  T* Variable(int variable) const {
    return static_cast<T*>(variables) + static_cast<size_t>(variable) * stride;
  }

  // Requires: the kernel doesn't read counts.
  template <typename T>
  const T* Input(int receptor) const {
    return static_cast<const T*>(inputs[receptor].row);
  }
};

// Input for building a kernel, in addition to its parameters.
struct NeuronBuild {
  int scheme = 0;  // index in ModelInfo::schemes; 0 if there are none
  double dt_ms = 0;
  Precision precision = Precision::kFloat32;
  RandomStream stream;  // the population's own, for models that draw
};

// A model with parameters and step built in. Immutable.
class NeuronKernel {
 public:
  virtual ~NeuronKernel() = default;

  // True if the kernel reads InputRow::counts in place of a row that would be
  // made of counts alone.
  virtual bool ReadsCounts() const { return false; }

  // Moves the neurons through one step: input, dynamics, threshold, reset.
  // Returns the number of spikes written.
  virtual int64_t Update(const NeuronUpdate& update) const = 0;
};

// A neuron model. Immutable.
class NeuronModel {
 public:
  virtual ~NeuronModel() = default;

  virtual const ModelInfo& info() const = 0;

  // Completes the state of neuron `i` at step 0: `variables` [V] come in the
  // order of ModelInfo::variables, NaN where the network gives no initial
  // value.
  virtual void Initialize(const Parameters& parameters, int64_t i,
                          absl::Span<double> variables) const = 0;

  // Builds the kernel for one population.
  virtual std::unique_ptr<NeuronKernel> Compile(
      const Parameters& parameters, const NeuronBuild& build) const = 0;
};

}  // namespace spiked

#endif  // SPIKED_CORE_MODEL_NEURON_MODEL_H_
