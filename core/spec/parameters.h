// SPDX-License-Identifier: Apache-2.0
//
// Parameters of a model as numbers: from defaults, cell class, given values and
// random draws.

#ifndef SPIKED_CORE_SPEC_PARAMETERS_H_
#define SPIKED_CORE_SPEC_PARAMETERS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/numbers/aligned_array.h"
#include "core/spec/model_info.h"
#include "core/spec/network_spec.h"

namespace spiked {

// The numbers of all parameters of a model for `count` elements.
class Parameters {
 public:
  // Random values are drawn from the streams of `owner`. `cell_class` may be
  // empty. Requires: a valid specification.
  static Parameters Resolve(const ModelInfo& info, std::string_view cell_class,
                            const ValueMap& values, int64_t count, int64_t seed,
                            std::string_view owner);

  // Parameter `p` (in the order of ModelInfo::parameters) of element `i`.
  double Get(int p, int64_t i) const {
    const std::vector<double>& column = columns_[p];
    return column[column.size() == 1 ? 0 : i];
  }

  // Parameter `p` of models whose parameters are the same for all elements.
  double Get(int p) const { return columns_[p][0]; }

  // Replaces the numbers of parameter `p`: one, or one for each element.
  void Set(int p, std::vector<double> column) {
    columns_[p] = std::move(column);
  }

  // Parameter `p`: one number if it is the same for all elements, else `count`.
  const std::vector<double>& column(int p) const { return columns_[p]; }

 private:
  std::vector<std::vector<double>> columns_;  // [parameters] of [1 or count]
};

// A parameter as kernels read it: vector by vector, with `data[i & mask]`
// instead of a branch on whether the parameter is the same for all neurons.
template <typename T>
class ParameterRow {
 public:
  // A multiple of every vector length in use; rows are padded to it.
  static constexpr size_t kLanes = 16;

  explicit ParameterRow(const std::vector<double>& column)
      : size_((column.size() + kLanes - 1) / kLanes * kLanes),
        mask_(column.size() == 1 ? 0 : ~size_t{0}),
        data_(AlignedArray::Of<T>(size_)) {
    T* data = data_.as<T>();
    for (size_t i = 0; i < size_; ++i) {
      data[i] = static_cast<T>(i < column.size() ? column[i] : column.back());
    }
  }

  // Whether the parameter is the same for all neurons.
  bool uniform() const { return mask_ == 0; }

  // The vector of parameters that begins at neuron `i`. Requires: `i` is a
  // multiple of the vector length.
  const T* At(size_t i) const { return data_.as<T>() + (i & mask_); }

 private:
  size_t size_;
  size_t mask_;
  AlignedArray data_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_PARAMETERS_H_
