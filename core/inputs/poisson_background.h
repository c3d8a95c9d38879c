// SPDX-License-Identifier: Apache-2.0
//
// Poisson spike trains from outside the network: the spikes that each neuron
// gets from K_ext external neurons of the same rate. In every step neuron i
// gets
//
//   weight_i k,   k ~ Poisson(lambda_i),   lambda_i = rate_i dt,
//
// independent for each neuron and step, so `rate_hz` is K_ext times the rate of
// one source, e.g. 1600 x 8 Hz in Potjans & Diesmann 2014,
// doi:10.1093/cercor/bhs358.
//
// The counts have the Poisson distribution up to 2^-43 in each probability and
// 2^-50 in the tail that is left out, whatever the rates:
//
// - lambda up to about 5: 16 bits choose from an alias table of 32 entries
//   (Walker 1977, doi:10.1145/355744.355749), which is held in registers if all
//   neurons have the same.
// - Larger ones are written with the digits of base 64 (64^2, 64, 1 and 1/64)
//   and a rest below 1/64. A sum of Poisson numbers is a Poisson number, so
//   each digit has an alias table of its own, and the rest nearly always gives
//   0.
//
// A neuron's counts are a function of the seed, the name of the input, neuron,
// step and the neuron's own rate: neither the rates of others matter, nor
// whether its rate is given as a constant or in a list.
//
// A draw on the boundary between two entries, which is rounded to 11 or more
// bits, is decided by 32 further bits.

#ifndef SPIKED_CORE_INPUTS_POISSON_BACKGROUND_H_
#define SPIKED_CORE_INPUTS_POISSON_BACKGROUND_H_

#include <memory>

#include "core/model/input_model.h"

namespace spiked {

class PoissonBackground : public InputModel {
 public:
  const ModelInfo& info() const override;
  ValueRange AmountsOf(absl::Span<const ValueRange> parameters) const override;
  std::unique_ptr<InputKernel> Compile(const Parameters& parameters,
                                       const InputBuild& build) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_INPUTS_POISSON_BACKGROUND_H_
