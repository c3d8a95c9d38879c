// SPDX-License-Identifier: Apache-2.0
//
// Changes of a projection's weights (core/change/change.h).

#ifndef SPIKED_CORE_CHANGE_CHANGE_WEIGHTS_H_
#define SPIKED_CORE_CHANGE_CHANGE_WEIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/network/network.h"
#include "core/network/network_changes.h"
#include "core/network/state.h"
#include "core/spec/change_spec.h"

namespace spiked {

// Largest absolute value that weights of a projection can be changed to, given
// how they are stored; 0 if they can't be changed.
double LargestWeight(const Network& network, const Projection& projection);

// Bounds (inclusive) of a weight that is stored one by one.
struct WeightLimits {
  double min;
  double max;
};
WeightLimits LimitsOf(const Network& network, const Projection& projection);

// Indices of the pairs in order of their sources; pairs of one source stay in
// the order of the list.
std::vector<size_t> PairsBySource(const PairWeights& pairs);

// Why weights can't be multiplied by a factor now; empty if they can. Only
// weights stored in 16 bits can become too large; others are clamped to their
// limits.
std::string FactorProblem(const Network& network, const State& state,
                          const Projection& projection, double factor);

// Changes weights in the state and notes it in `changes`. Requires: valid.
void ApplyWeights(const Network& network, const SetWeightsSpec& spec,
                  int64_t step, NetworkChanges& changes, State& state);

}  // namespace spiked

#endif  // SPIKED_CORE_CHANGE_CHANGE_WEIGHTS_H_
