// SPDX-License-Identifier: Apache-2.0
//
// Positive and negative values drive different neurons. The first half of the
// neurons of a dimension receives gain x where x is positive, the second half
// -gain x where x is negative; otherwise they receive nothing. So do on and off
// cells of the retina: Hartline 1938, doi:10.1152/ajplegacy.1938.121.2.400.

#ifndef SPIKED_CORE_ENCODERS_ON_OFF_H_
#define SPIKED_CORE_ENCODERS_ON_OFF_H_

#include "core/model/encoder_model.h"

namespace spiked {

class OnOffEncoder : public EncoderModel {
 public:
  const ModelInfo& info() const override;
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  int64_t group_count() const override { return 2; }
  void Encode(const Parameters& parameters, double value, int64_t first,
              absl::Span<double> amplitudes) const override;

 private:
  static ModelInfo MakeInfo();
};

}  // namespace spiked

#endif  // SPIKED_CORE_ENCODERS_ON_OFF_H_
