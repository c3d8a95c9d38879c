// SPDX-License-Identifier: Apache-2.0
//
// Parameters that plastic synapse models have in common.

#ifndef SPIKED_CORE_SYNAPSES_PLASTIC_PARAMETERS_H_
#define SPIKED_CORE_SYNAPSES_PLASTIC_PARAMETERS_H_

#include <limits>
#include <string>
#include <utility>

#include "core/spec/model_info.h"

namespace spiked::plastic {

inline ParameterInfo TimeConstant(std::string name, std::string description,
                                  double default_ms) {
  return {.name = std::move(name),
          .unit = "ms",
          .description = std::move(description),
          .default_value = default_ms,
          .min = 0,
          .min_exclusive = true};
}

// A step of the weight, or its factor: 0 or more.
inline ParameterInfo Amount(
    std::string name, std::string unit, std::string description,
    double default_value,
    double max = std::numeric_limits<double>::infinity()) {
  return {.name = std::move(name),
          .unit = std::move(unit),
          .description = std::move(description),
          .default_value = default_value,
          .min = 0,
          .max = max};
}

inline ParameterInfo Interval(double default_ms) {
  return TimeConstant("interval_ms",
                      "Time between two such changes of the weight; rounded to "
                      "whole steps, at least one.",
                      default_ms);
}

constexpr char kWeightUnit[] = "unit of the weight";

// Appends weight_min, by default 0, and weight_max.
inline void AddWeightBounds(ModelInfo* info, double weight_max = 1) {
  info->parameters.push_back(
      {"weight_min", kWeightUnit, "Lower bound of the weight.", 0});
  info->parameters.push_back(
      {"weight_max", kWeightUnit, "Upper bound of the weight.", weight_max});
  info->order.push_back({"weight_min", "weight_max", /*has_width=*/true});
}

}  // namespace spiked::plastic

#endif  // SPIKED_CORE_SYNAPSES_PLASTIC_PARAMETERS_H_
