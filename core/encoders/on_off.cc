// SPDX-License-Identifier: Apache-2.0

#include "core/encoders/on_off.h"

#include <algorithm>

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kGain = EncoderModel::kFirstOther };

}  // namespace

void OnOffEncoder::Encode(const Parameters& p, double value, int64_t first,
                          absl::Span<double> amplitudes) const {
  for (size_t i = 0; i < amplitudes.size(); ++i) {
    const bool is_on = i < amplitudes.size() / 2;
    const double part = std::max(0.0, is_on ? value : -value);
    amplitudes[i] = p.Get(kGain, first + static_cast<int64_t>(i)) * part;
  }
}

ModelInfo OnOffEncoder::MakeInfo() {
  ModelInfo info;
  info.name = "on_off";
  info.summary =
      "Half of the neurons receive what is positive, the other half what is "
      "negative.";
  info.equations =
      "I = gain max(0, x) for the first half of the neurons of a dimension, "
      "gain max(0, -x) for the second. Hartline 1938, "
      "doi:10.1152/ajplegacy.1938.121.2.400.";
  info.parameters = {
      Low(-kLargest), High(kLargest),
      Bounded("gain", "unit of the receptor / unit of the values",
              "What a value of 1 or -1 gives.", 1)};
  info.order = {{"low", "high"}};
  return info;
}

const ModelInfo& OnOffEncoder::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange OnOffEncoder::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  const double most =
      std::max({0.0, parameters[kHigh].max, -parameters[kLow].min});
  return Multiplied(parameters[kGain], {0, most});
}

}  // namespace spiked
