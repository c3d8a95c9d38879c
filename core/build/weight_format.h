// SPDX-License-Identifier: Apache-2.0
//
// Chooses the format in which the weights of each projection are stored.

#ifndef SPIKED_CORE_BUILD_WEIGHT_FORMAT_H_
#define SPIKED_CORE_BUILD_WEIGHT_FORMAT_H_

#include <cstdint>
#include <optional>
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

// How the weights of a projection are stored in the network that is edited.
struct KeptWeights {
  WeightFormat format = WeightFormat::kFull;
  double unit = 0;  // kBits16
};
// [projections]; none for those that an edit adds. Empty: there are none.
using KeptFormats = std::vector<std::optional<KeptWeights>>;

// The largest magnitude of a 16-bit weight, in units. Sums of weights are kept
// in 16 bits too, which hold several of the largest weights in one step; larger
// sums are carried over.
inline constexpr int32_t kMaxInteger = 4095;

// If a receptor of a population has at least this many drawn static weights in
// a FLOAT32 network, they take 16 bits each, unless a projection says
// otherwise.
inline constexpr double kManyWeights = 1 << 17;

// One choice for each projection:
//
// - one weight for all static synapses: no weight is stored;
// - WeightPrecision::kBits16, or kAuto for many drawn static weights of a
//   FLOAT32 network whose typical size is at least 256 units: 16 bits;
// - all other weights: the network's precision.
//
// A choice depends on nothing but the projections onto the same receptor of the
// same population, and there an edit keeps what was chosen before: the weights
// that stay, stay bit for bit. New ones take the unit that is kept, or full
// weights where it doesn't suit them.
//
// `synapse_counts` has the expected number of each projection. Requires: a
// valid specification.
std::vector<WeightChoice> ChooseWeightFormats(
    const NetworkSpec& spec, const std::vector<double>& synapse_counts,
    const KeptFormats& kept = {});

// Average bytes of one synapse.
double BytesPerSynapse(const WeightChoice& choice, Precision precision);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_WEIGHT_FORMAT_H_
