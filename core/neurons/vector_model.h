// SPDX-License-Identifier: Apache-2.0
//
// The template from which neuron models are made. A model supplies its
// ModelInfo, its parameters in the form the kernel reads, and a function that
// moves a run of neurons by one step. VectorModel makes a NeuronModel from
// these parts, for both precisions and every vector target. Helpers shared by
// the kernels are in vector_model_simd.h.

#ifndef SPIKED_CORE_NEURONS_VECTOR_MODEL_H_
#define SPIKED_CORE_NEURONS_VECTOR_MODEL_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "core/model/neuron_model.h"
#include "core/spec/model_info.h"
#include "core/spec/parameters.h"
#include "hwy/base.h"

namespace spiked {

// An entry of a table of ModelInfo, with the enumerator that the model's code
// uses as its index.
template <class Info>
struct Named {
  int enumerator;
  Info info;
};

// Appends entries to a table of ModelInfo. Ends the process if the index of an
// entry differs from its enumerator, or if the table doesn't have `count`
// entries afterwards: the kernel would then read and write the wrong rows.
template <class Info>
void Append(std::vector<Info>& table, int count,
            std::initializer_list<Named<std::type_identity_t<Info>>> entries) {
  for (const auto& [enumerator, info] : entries) {
    const int place = static_cast<int>(table.size());
    if (enumerator != place) {
      HWY_ABORT("entry %d of a table, %s, has the enumerator %d", place,
                info.name.c_str(), enumerator);
    }
    table.push_back(info);
  }
  const int size = static_cast<int>(table.size());
  if (count != size) HWY_ABORT("%d entries of a table of %d", size, count);
}

// A parameter whose values must be greater than 0.
inline ParameterInfo PositiveParameter(const char* name, const char* unit,
                                       const char* description,
                                       double default_value) {
  return {name, unit, description, default_value, 0, ParameterInfo().max, true};
}

// The value of `function` of the parameters `from`, for every neuron. One value
// stands for all neurons if none of these parameters differs between neurons.
template <size_t kCount, class Function>
std::vector<double> Column(const Parameters& p, const int (&from)[kCount],
                           Function function) {
  size_t size = 1;
  for (int parameter : from) size = std::max(size, p.column(parameter).size());
  std::vector<double> column(size);
  const auto at = [&]<size_t... k>(size_t i, std::index_sequence<k...>) {
    return function(p.Get(from[k], static_cast<int64_t>(i))...);
  };
  for (size_t i = 0; i < size; ++i) {
    column[i] = at(i, std::make_index_sequence<kCount>());
  }
  return column;
}

// Whether every argument, a row or a structure of rows, has the same values for
// all neurons.
template <class... Rows>
bool AllUniform(const Rows&... rows) {
  return (rows.uniform() && ...);
}

// Sets those variables of a neuron for which the network gives no initial value
// (NaN): the first ones to `start`, the others to 0.
inline void StartAt(absl::Span<double> variables,
                    std::initializer_list<double> start = {}) {
  for (size_t k = 0; k < variables.size(); ++k) {
    if (!std::isnan(variables[k])) continue;
    variables[k] = k < start.size() ? start.begin()[k] : 0;
  }
}

// NeuronModel::Initialize of models whose first variable starts at the value of
// a parameter and whose other variables start at 0.
template <int kParameter>
void StartAtParameter(const Parameters& p, int64_t i,
                      absl::Span<double> variables) {
  StartAt(variables, {p.Get(kParameter, i)});
}

// The functions that move a run of neurons by one step and return the number of
// spikes, one for each precision.
template <template <typename> class Rows>
struct UpdateFunctions {
  int64_t (*f32)(const Rows<float>&, const NeuronUpdate&);
  int64_t (*f64)(const Rows<double>&, const NeuronUpdate&);
};

// A NeuronModel made from its parts. Rows<T> holds the parameters in the form
// the kernel reads, and is constructed from (const Parameters&, const
// NeuronBuild&).
template <template <typename> class Rows>
class VectorModel final : public NeuronModel {
 public:
  struct Parts {
    ModelInfo info;
    // Implements NeuronModel::Initialize; by default all variables start at 0.
    void (*initialize)(const Parameters&, int64_t, absl::Span<double>) =
        [](const Parameters&, int64_t, absl::Span<double> variables) {
          StartAt(variables);
        };
    // Returns the functions compiled for the vector target in use.
    UpdateFunctions<Rows> (*update)();
    // True if the kernel reads every receptor with a ReceptorReader, which
    // accepts counts of arrivals in place of a row of input. Has an effect in
    // FLOAT32 only.
    bool reads_counts = false;
  };

  explicit VectorModel(Parts parts) : parts_(std::move(parts)) {}

  const ModelInfo& info() const override { return parts_.info; }

  void Initialize(const Parameters& parameters, int64_t i,
                  absl::Span<double> variables) const override {
    parts_.initialize(parameters, i, variables);
  }

  std::unique_ptr<NeuronKernel> Compile(
      const Parameters& parameters, const NeuronBuild& build) const override {
    if (build.precision == Precision::kFloat64) {
      return std::make_unique<Kernel<double>>(parameters, build, parts_);
    }
    return std::make_unique<Kernel<float>>(parameters, build, parts_);
  }

 private:
  template <typename T>
  class Kernel final : public NeuronKernel {
   public:
    Kernel(const Parameters& parameters, const NeuronBuild& build,
           const Parts& parts)
        : rows_(parameters, build),
          update_(parts.update),
          reads_counts_(parts.reads_counts && sizeof(T) == 4) {}

    bool ReadsCounts() const override { return reads_counts_; }

    int64_t Update(const NeuronUpdate& update) const override {
      if constexpr (sizeof(T) == 4) {
        return update_().f32(rows_, update);
      } else {
        return update_().f64(rows_, update);
      }
    }

   private:
    Rows<T> rows_;
    UpdateFunctions<Rows> (*update_)();
    bool reads_counts_;
  };

  const Parts parts_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_NEURONS_VECTOR_MODEL_H_
