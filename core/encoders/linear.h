// SPDX-License-Identifier: Apache-2.0
//
// A current that is linear in the value: I_i = offset_i + gain_i x. Drawn gains
// and offsets make neurons different, as in Eliasmith & Anderson 2003, Neural
// Engineering, MIT Press, where they are a neuron's encoder and bias.

#ifndef SPIKED_CORE_ENCODERS_LINEAR_H_
#define SPIKED_CORE_ENCODERS_LINEAR_H_

#include "core/model/encoder_model.h"

namespace spiked {

class LinearEncoder : public EncoderModel {
 public:
  const ModelInfo& info() const override;
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  void Encode(const Parameters& parameters, double value, int64_t first,
              absl::Span<double> amplitudes) const override;

 private:
  static ModelInfo MakeInfo();
};

}  // namespace spiked

#endif  // SPIKED_CORE_ENCODERS_LINEAR_H_
