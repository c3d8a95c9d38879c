// SPDX-License-Identifier: Apache-2.0
//
// The interface of encoders: the plug point of core/encoders/. An encoder turns
// values from outside, one for each of its dimensions, into input of the
// neurons of a population. The neurons are divided over the dimensions, in
// order and equally.

#ifndef SPIKED_CORE_MODEL_ENCODER_MODEL_H_
#define SPIKED_CORE_MODEL_ENCODER_MODEL_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/types/span.h"
#include "core/spec/model_info.h"
#include "core/spec/parameters.h"
#include "core/spec/value.h"

namespace spiked {

// How neurons are tuned to a value. Immutable.
class EncoderModel {
 public:
  // The first two parameters of every model: the range of values. Values
  // outside are taken as its nearest end.
  enum RangeParameter { kLow, kHigh, kFirstOther };

  virtual ~EncoderModel() = default;

  virtual const ModelInfo& info() const = 0;

  // True if the encoder gives currents (or rates), which are held and act on
  // CurrentReceptor by default; false if it gives one spike for each value,
  // which acts on the first receptor.
  virtual bool is_current() const { return true; }

  // Number of equal groups into which the neurons of one dimension are divided.
  virtual int64_t group_count() const { return 1; }

  // Writes the amplitude for each neuron of one dimension, given its value.
  // These are the neurons of the population from `first` on. Requires: the
  // value is in the range.
  virtual void Encode(const Parameters& parameters, double value, int64_t first,
                      absl::Span<double> amplitudes) const = 0;

  // A range that holds all amplitudes, for parameters in these ranges.
  virtual ValueRange AmountsOf(
      absl::Span<const ValueRange> parameters) const = 0;

  // Time from the beginning of the value to its spike.
  virtual double LatencyMs(const Parameters& /*parameters*/,
                           double /*value*/) const {
    return 0;
  }

 protected:
  // The products of two ranges' numbers.
  static ValueRange Multiplied(const ValueRange& a, const ValueRange& b) {
    const auto [min, max] = std::minmax(
        {a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max});
    return {min, max};
  }
  // The two parameters, with their defaults.
  static ParameterInfo Low(double default_value) {
    return Bounded("low", "unit of the values",
                   "Smallest value; what is smaller is taken as this.",
                   default_value, true);
  }
  static ParameterInfo High(double default_value) {
    return Bounded("high", "unit of the values",
                   "Largest value; what is larger is taken as this.",
                   default_value, true);
  }
  // Products of two such numbers fit every precision.
  static constexpr double kLargest = 1e9;
  static ParameterInfo Bounded(std::string name, std::string unit,
                               std::string description, double default_value,
                               bool is_shared = false) {
    ParameterInfo info = {
        std::move(name), std::move(unit), std::move(description),
        default_value,   -kLargest,       kLargest};
    info.is_shared = is_shared;
    return info;
  }
};

// An encoder of a network. Immutable.
struct Encoder {
  std::string name;
  int population;
  int receptor;
  int64_t dimension_count;
  const EncoderModel* model;
  Parameters parameters;
};

}  // namespace spiked

#endif  // SPIKED_CORE_MODEL_ENCODER_MODEL_H_
