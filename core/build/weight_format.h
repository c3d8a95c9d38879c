// SPDX-License-Identifier: Apache-2.0
//
// Chooses the format in which the weights of each projection are stored.

#ifndef SPIKED_CORE_BUILD_WEIGHT_FORMAT_H_
#define SPIKED_CORE_BUILD_WEIGHT_FORMAT_H_

#include <cstdint>
#include <vector>

#include "core/model/synapse_table.h"
#include "core/spec/network_spec.h"

namespace spiked {

struct WeightChoice {
  WeightFormat format = WeightFormat::kFull;
  bool dense = false;   // rows of weights without targets
  double constant = 0;  // kConstant
  double unit = 0;      // kBits16: weight of the integer 1; the same for all
                        // projections onto a receptor of a population
};

// The largest magnitude of a 16-bit weight, in units. Sums of weights are kept
// in 16 bits too, which hold several of the largest weights in one step; larger
// sums are carried over.
inline constexpr int32_t kMaxInteger = 4095;

// If a network has at least this many drawn static weights, they take 16 bits
// each, unless a projection says otherwise.
inline constexpr double kManyWeights = 1 << 18;

// One choice for each projection:
//
// - one weight for all static synapses: no weight is stored;
// - WeightPrecision::kBits16, or kAuto for many drawn static weights whose
//   typical size is at least 256 units: 16 bits;
// - all other weights: the network's precision.
//
// `synapse_counts` has the expected number of each projection. Requires: a
// valid specification.
std::vector<WeightChoice> ChooseWeightFormats(
    const NetworkSpec& spec, const std::vector<double>& synapse_counts);

// Average bytes of one synapse.
double BytesPerSynapse(const WeightChoice& choice, Precision precision);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_WEIGHT_FORMAT_H_
