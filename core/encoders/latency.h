// SPDX-License-Identifier: Apache-2.0
//
// The larger the value, the earlier the spike: each value makes one spike for
// every neuron of its dimension, at
//
//   t = latest - (latest - earliest) (x - low) / (high - low)
//
// after the value's start, rounded to the nearest step. Source: Thorpe et al.
// 2001, doi:10.1016/S0893-6080(01)00083-1.

#ifndef SPIKED_CORE_ENCODERS_LATENCY_H_
#define SPIKED_CORE_ENCODERS_LATENCY_H_

#include "core/model/encoder_model.h"

namespace spiked {

class LatencyEncoder : public EncoderModel {
 public:
  const ModelInfo& info() const override;
  bool is_current() const override { return false; }
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  double LatencyMs(const Parameters& parameters, double value) const override;
  void Encode(const Parameters& parameters, double value, int64_t first,
              absl::Span<double> amplitudes) const override;

 private:
  static ModelInfo MakeInfo();
};

}  // namespace spiked

#endif  // SPIKED_CORE_ENCODERS_LATENCY_H_
