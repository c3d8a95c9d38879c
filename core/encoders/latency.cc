// SPDX-License-Identifier: Apache-2.0

#include "core/encoders/latency.h"

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kEarliest = EncoderModel::kFirstOther, kLatest, kWeight };

constexpr double kMaxMs = 1e9;

}  // namespace

void LatencyEncoder::Encode(const Parameters& p, double /*value*/,
                            int64_t first,
                            absl::Span<double> amplitudes) const {
  for (size_t i = 0; i < amplitudes.size(); ++i) {
    amplitudes[i] = p.Get(kWeight, first + static_cast<int64_t>(i));
  }
}

double LatencyEncoder::LatencyMs(const Parameters& p, double value) const {
  const double range = p.Get(kHigh) - p.Get(kLow);
  const double part = range == 0 ? 1 : (value - p.Get(kLow)) / range;
  return p.Get(kLatest) - (p.Get(kLatest) - p.Get(kEarliest)) * part;
}

ModelInfo LatencyEncoder::MakeInfo() {
  ModelInfo info;
  info.name = "latency";
  info.summary = "One spike for each value: the larger it is, the earlier.";
  info.equations =
      "t = latest - (latest - earliest) (x - low) / (high - low). Thorpe et "
      "al. "
      "2001, doi:10.1016/S0893-6080(01)00083-1.";
  const auto time = [](const char* name, const char* description,
                       double default_value) {
    ParameterInfo info = {name, "ms", description, default_value, 0, kMaxMs};
    info.is_shared = true;
    return info;
  };
  info.parameters = {
      Low(0), High(1), time("earliest_ms", "Latency of the largest value.", 0),
      time("latest_ms", "Latency of the smallest value.", 100),
      Bounded("weight", "unit of the receptor",
              "Weight of the spike; 1 makes a spike_source neuron fire.", 1)};
  info.order = {{"low", "high"}, {"earliest_ms", "latest_ms"}};
  return info;
}

const ModelInfo& LatencyEncoder::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange LatencyEncoder::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  return parameters[kWeight];
}

}  // namespace spiked
