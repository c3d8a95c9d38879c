// SPDX-License-Identifier: Apache-2.0
//
// What holds for every input model: what a neuron gets depends on its own
// parameters, however they are given, and not on those of others.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/build/catalogue.h"
#include "tests/core/inputs/input_run.h"

namespace spiked {
namespace {

using testing::InputRun;

constexpr int64_t kCount = 200;
constexpr int64_t kSteps = 40;

// Two numbers that the parameter may have, and that make a difference.
std::vector<double> NumbersFor(const ParameterInfo& info) {
  if (info.name == "start_ms") return {5, 9};
  if (info.name == "stop_ms") return {30, 34};
  const double low = std::max(info.min, -1.0);
  if (info.max < 1e9) {  // such as probabilities and rates
    return {low + 0.3 * (std::min(info.max, 2000.0) - low),
            low + 0.9 * (std::min(info.max, 2000.0) - low)};
  }
  return {std::max(low, 0.0) + 1.5, std::max(low, 0.0) + 4};
}

class AnyInput : public ::testing::TestWithParam<const InputModel*> {
 protected:
  // Parameters that all make a difference.
  ValueMap Values() const {
    ValueMap values;
    for (const ParameterInfo& info : GetParam()->info().parameters) {
      values[info.name] = NumbersFor(info)[0];
    }
    return values;
  }
  std::vector<std::vector<double>> Run(const ValueMap& values,
                                       Precision precision) const {
    return InputRun(*GetParam(), values, kCount, precision).Steps(kSteps);
  }
};

TEST_P(AnyInput, AListOfEqualNumbersIsAConstant) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const auto expected = Run(Values(), precision);
    for (const ParameterInfo& info : GetParam()->info().parameters) {
      if (info.is_shared) continue;
      ValueMap values = Values();
      values[info.name] =
          std::vector<double>(kCount, std::get<double>(values[info.name]));
      EXPECT_EQ(Run(values, precision), expected) << info.name;
    }
  }
}

TEST_P(AnyInput, OthersParametersMakeNoDifference) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const auto expected = Run(Values(), precision);
    // A neuron that gets something.
    int64_t changed = 0;
    for (int64_t i = 0; i < 100; ++i) {
      for (const auto& row : expected) changed = row[i] != 0 ? i : changed;
    }
    for (const ParameterInfo& info : GetParam()->info().parameters) {
      if (info.is_shared) continue;
      const std::vector<double> numbers = NumbersFor(info);
      ValueMap values = Values();
      std::vector<double> list(kCount, numbers[0]);
      list[changed] = numbers[1];
      // Many different ones, beyond any table.
      for (int64_t i = 100; i < kCount; ++i) {
        list[i] = numbers[0] + (numbers[1] - numbers[0]) *
                                   static_cast<double>(i) / (2 * kCount);
      }
      values[info.name] = list;
      const auto rows = Run(values, precision);
      bool differs = false;
      for (int64_t k = 0; k < kSteps; ++k) {
        for (int64_t i = 0; i < 100; ++i) {
          if (i == changed) {
            differs = differs || rows[k][i] != expected[k][i];
          } else {
            ASSERT_EQ(rows[k][i], expected[k][i])
                << info.name << ", step " << k << ", neuron " << i;
          }
        }
      }
      EXPECT_TRUE(differs) << info.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, AnyInput, ::testing::ValuesIn(InputModels()),
                         [](const auto& info) {
                           return info.param->info().name;
                         });

}  // namespace
}  // namespace spiked
