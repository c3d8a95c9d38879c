// SPDX-License-Identifier: Apache-2.0
//
// Which pairs of neurons a projection connects.

#ifndef SPIKED_CORE_CONNECTIVITY_H_
#define SPIKED_CORE_CONNECTIVITY_H_

#include <cstdint>
#include <functional>

#include "core/network_spec.h"
#include "core/random.h"

namespace spiked {

// Called for each synapse: source and target in their populations, and a number
// that identifies the synapse within the projection (its draws depend on it).
using PairSink =
    std::function<void(int64_t source, int64_t target, uint64_t element)>;

// Visits the pairs of a projection: by source, then target; explicit pairs as
// listed. The pairs of one source depend on no other source. Requires: a valid
// specification.
void ForEachPair(const ProjectionSpec& projection, const PopulationSpec& source,
                 const PopulationSpec& target, RandomStream stream,
                 const PairSink& sink);

}  // namespace spiked

#endif  // SPIKED_CORE_CONNECTIVITY_H_
