// SPDX-License-Identifier: Apache-2.0
//
// The interface of input models: the plug point of core/inputs/.

#ifndef SPIKED_CORE_MODEL_INPUT_MODEL_H_
#define SPIKED_CORE_MODEL_INPUT_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/types/span.h"
#include "core/numbers/random.h"
#include "core/spec/model_info.h"
#include "core/spec/network_spec.h"
#include "core/spec/parameters.h"
#include "core/spec/value.h"

namespace spiked {

// A run of neurons of one population as an input sees it in one step. Rows
// begin at the first neuron of the run, have the network's scalar type and are
// padded: a whole vector can be read and written at every multiple of
// ParameterRow::kLanes below `count`. What is written to the padding doesn't
// matter.
struct InputUpdate {
  int64_t step;           // the step that is done
  int64_t first;          // neuron of the population; a multiple of 64
  int64_t count;          // neurons
  void* row;              // input of the receptor, to be added to
  void* state = nullptr;  // [state_rows x stride]; null if there are none
  size_t stride = 0;      // scalars from one row of the state to the next
};

// Input for building a kernel, in addition to its parameters.
struct InputBuild {
  double dt_ms = 0;
  Precision precision = Precision::kFloat32;
  RandomStream stream;  // the input's own
  int64_t count = 0;    // neurons of the population
};

// An input with its parameters and random stream built in. Immutable.
class InputKernel {
 public:
  virtual ~InputKernel() = default;

  // Sets the state with which neurons begin, whether their input is there from
  // step 0 or was added by an edit. It is all 0 before; `row` is null, and the
  // step is -1.
  virtual void Begin(const InputUpdate& /*update*/) const {}

  // Adds the input of one step to a run of neurons.
  virtual void Add(const InputUpdate& update) const = 0;
};

// An input model. Immutable.
class InputModel {
 public:
  virtual ~InputModel() = default;

  virtual const ModelInfo& info() const = 0;

  // True if the model gives currents, which act on CurrentReceptor by default;
  // false if it gives spikes, which act on the first receptor by default.
  virtual bool is_current() const { return false; }

  // A range that holds all that is added to a receptor, for parameters (in the
  // order of ModelInfo::parameters) in these ranges. Receptors that take one
  // sign only are checked by it.
  virtual ValueRange AmountsOf(
      absl::Span<const ValueRange> parameters) const = 0;

  // Numbers of state for each neuron. They are rows of State::variables.
  virtual int state_rows() const { return 0; }

  virtual std::unique_ptr<InputKernel> Compile(
      const Parameters& parameters, const InputBuild& build) const = 0;
};

}  // namespace spiked

#endif  // SPIKED_CORE_MODEL_INPUT_MODEL_H_
