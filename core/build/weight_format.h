// SPDX-License-Identifier: Apache-2.0
//
// Which way to store the weights of each projection.

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
  double unit = 0;      // kBits16: what one stands for; the same for all
                        // projections onto a receptor of a population
};

// 16-bit weights are integers of at most so many units: their sums are kept in
// 16 bits too, which hold what several of the largest deliver in one step, and
// carry over what they don't.
inline constexpr int32_t kMaxInteger = 4095;

// From so many drawn static weights in a network on, they take 16 bits each,
// unless a projection says otherwise.
inline constexpr double kManyWeights = 1 << 18;

// One choice for each projection:
//
// - the same weight for all static synapses: none is stored;
// - WeightPrecision::kBits16, or kAuto for many drawn static weights whose
//   typical size is at least 256 units: 16 bits;
// - all else: the network's precision.
//
// `synapse_counts`: those that the projections will probably have. Requires: a
// valid specification.
std::vector<WeightChoice> ChooseWeightFormats(
    const NetworkSpec& spec, const std::vector<double>& synapse_counts);

// Bytes of one synapse, on the average.
double BytesPerSynapse(const WeightChoice& choice, Precision precision);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_WEIGHT_FORMAT_H_
