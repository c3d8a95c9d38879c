// SPDX-License-Identifier: Apache-2.0

#include "core/encoders/gaussian.h"

#include <cmath>

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kPeak = EncoderModel::kFirstOther, kWidth };

}  // namespace

void GaussianEncoder::Encode(const Parameters& p, double value, int64_t first,
                             absl::Span<double> amplitudes) const {
  const double low = p.Get(kLow);
  const double range = p.Get(kHigh) - low;
  const auto gaps = static_cast<double>(amplitudes.size()) - 1;
  for (size_t i = 0; i < amplitudes.size(); ++i) {
    const int64_t neuron = first + static_cast<int64_t>(i);
    const double place = gaps == 0 ? 0.5 : static_cast<double>(i) / gaps;
    const double z = (value - (low + range * place)) / p.Get(kWidth, neuron);
    const double activity = std::exp(-0.5 * z * z);
    amplitudes[i] = activity < 1e-12 ? 0 : p.Get(kPeak, neuron) * activity;
  }
}

ModelInfo GaussianEncoder::MakeInfo() {
  ModelInfo info;
  info.name = "gaussian";
  info.summary =
      "A population code: neurons prefer values from low to high, equally far "
      "apart, and receive less the farther the value is from theirs.";
  info.equations =
      "I = peak exp(-(x - c)^2 / (2 width^2)), c from low to high. "
      "Georgopoulos "
      "et al. 1986, doi:10.1126/science.3749885.";
  ParameterInfo width =
      Bounded("width", "unit of the values", "Standard deviation.", 0.1);
  width.min = 0;
  width.min_exclusive = true;
  info.parameters = {Low(0), High(1),
                     Bounded("peak", "unit of the receptor",
                             "Current at the preferred value.", 1),
                     width};
  info.order = {{"low", "high"}};
  return info;
}

const ModelInfo& GaussianEncoder::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange GaussianEncoder::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  return Multiplied(parameters[kPeak], {0, 1});
}

}  // namespace spiked
