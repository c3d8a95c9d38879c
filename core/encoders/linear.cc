// SPDX-License-Identifier: Apache-2.0

#include "core/encoders/linear.h"

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kGain = EncoderModel::kFirstOther, kOffset };

}  // namespace

void LinearEncoder::Encode(const Parameters& p, double value, int64_t first,
                           absl::Span<double> amplitudes) const {
  for (size_t i = 0; i < amplitudes.size(); ++i) {
    const int64_t neuron = first + static_cast<int64_t>(i);
    amplitudes[i] = p.Get(kOffset, neuron) + p.Get(kGain, neuron) * value;
  }
}

ModelInfo LinearEncoder::MakeInfo() {
  ModelInfo info;
  info.name = "linear";
  info.summary = "A current that is a linear function of the value.";
  info.equations = "I = offset + gain x.";
  info.parameters = {
      Low(-kLargest), High(kLargest),
      Bounded("gain", "unit of the receptor / unit of the values",
              "What a value of 1 adds.", 1),
      Bounded("offset", "unit of the receptor", "Current at the value 0.", 0)};
  info.order = {{"low", "high"}};
  return info;
}

const ModelInfo& LinearEncoder::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange LinearEncoder::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  const ValueRange part = Multiplied(
      parameters[kGain], {parameters[kLow].min, parameters[kHigh].max});
  return {parameters[kOffset].min + part.min,
          parameters[kOffset].max + part.max};
}

}  // namespace spiked
