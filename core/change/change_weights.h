// SPDX-License-Identifier: Apache-2.0
//
// The weights of a projection, changed (core/change/change.h).

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

// The largest weight either way that synapses of a projection can be given, by
// how they are stored; 0: none can be changed.
double LargestWeight(const Network& network, const Projection& projection);

// Which of two weights a weight that is stored one by one must lie between.
struct WeightLimits {
  double min;
  double max;
};
WeightLimits LimitsOf(const Network& network, const Projection& projection);

// Pairs one source after the other, each source's in the order of the list.
std::vector<size_t> PairsBySource(const PairWeights& pairs);

// Why weights can't be multiplied by a factor now; empty if they can. 16 bits
// hold only so much; other weights are kept within their limits.
std::string FactorProblem(const Network& network, const State& state,
                          const Projection& projection, double factor);

// Changes weights in the state and notes it in `changes`. Requires: valid.
void ApplyWeights(const Network& network, const SetWeightsSpec& spec,
                  int64_t step, NetworkChanges& changes, State& state);

}  // namespace spiked

#endif  // SPIKED_CORE_CHANGE_CHANGE_WEIGHTS_H_
