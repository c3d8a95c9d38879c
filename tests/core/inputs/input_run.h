// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_CORE_INPUTS_INPUT_RUN_H_
#define SPIKED_TESTS_CORE_INPUTS_INPUT_RUN_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/model/input_model.h"
#include "core/numbers/aligned_array.h"
#include "core/spec/parameters.h"

namespace spiked::testing {

inline constexpr RandomStream kInputStream = {{123, 456}};

// Runs one input of `count` neurons without a network, with its state.
class InputRun {
 public:
  InputRun(const InputModel& model, const ValueMap& values, int64_t count,
           Precision precision = Precision::kFloat64, double dt_ms = 1,
           RandomStream stream = kInputStream)
      : count_(count),
        stride_((count + 15) / 16 * 16),
        scalar_(precision == Precision::kFloat64 ? 8 : 4),
        kernel_(model.Compile(
            Parameters::Resolve(model.info(), "", values, count, 1, "input"),
            {.dt_ms = dt_ms,
             .precision = precision,
             .stream = stream,
             .count = count})),
        state_(model.state_rows() * stride_ * scalar_) {
    if (state_.bytes() == 0) return;
    kernel_->Begin({.step = -1,
                    .first = 0,
                    .count = count_,
                    .row = nullptr,
                    .state = state_.as<std::byte>(),
                    .stride = static_cast<size_t>(stride_)});
  }

  // The input added in a step, in runs of `chunk` neurons, a multiple of 64.
  std::vector<double> Step(int64_t step, int64_t chunk = 1 << 20) {
    // The array is longer than the padding, to detect writes beyond it.
    AlignedArray rows((stride_ + 64) * scalar_);
    for (int64_t first = 0; first < count_; first += chunk) {
      kernel_->Add({.step = step,
                    .first = first,
                    .count = std::min(chunk, count_ - first),
                    .row = rows.as<std::byte>() + first * scalar_,
                    .state = state_.bytes() > 0
                                 ? state_.as<std::byte>() + first * scalar_
                                 : nullptr,
                    .stride = static_cast<size_t>(stride_)});
    }
    const auto at = [&](int64_t i) {
      return scalar_ == 8 ? rows.as<double>()[i] : rows.as<float>()[i];
    };
    for (int64_t i = stride_; i < stride_ + 64; ++i) EXPECT_EQ(at(i), 0) << i;
    std::vector<double> row(count_);
    for (int64_t i = 0; i < count_; ++i) row[i] = at(i);
    return row;
  }

  // The input of the first steps, one after the other.
  std::vector<std::vector<double>> Steps(int64_t count,
                                         int64_t chunk = 1 << 20) {
    std::vector<std::vector<double>> all;
    for (int64_t k = 0; k < count; ++k) all.push_back(Step(k, chunk));
    return all;
  }

 private:
  int64_t count_;
  int64_t stride_;
  int64_t scalar_;
  std::unique_ptr<InputKernel> kernel_;
  AlignedArray state_;
};

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_CORE_INPUTS_INPUT_RUN_H_
