// SPDX-License-Identifier: Apache-2.0
//
// A population code: every neuron has a preferred value, and receives more
// current the nearer the value is to it.
//
//   I_i = peak_i exp(-(x - c_i)^2 / (2 width_i^2))
//
// The n neurons of a dimension prefer values c from low to high, both included
// and equally far apart; a single neuron prefers the middle. Currents below
// 1e-12 peak are 0. Source: Georgopoulos et al. 1986,
// doi:10.1126/science.3749885; Pouget et al. 2000, doi:10.1038/35039062.

#ifndef SPIKED_CORE_ENCODERS_GAUSSIAN_H_
#define SPIKED_CORE_ENCODERS_GAUSSIAN_H_

#include "core/model/encoder_model.h"

namespace spiked {

class GaussianEncoder : public EncoderModel {
 public:
  const ModelInfo& info() const override;
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  void Encode(const Parameters& parameters, double value, int64_t first,
              absl::Span<double> amplitudes) const override;

 private:
  static ModelInfo MakeInfo();
};

}  // namespace spiked

#endif  // SPIKED_CORE_ENCODERS_GAUSSIAN_H_
