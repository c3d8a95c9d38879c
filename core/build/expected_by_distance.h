// SPDX-License-Identifier: Apache-2.0
//
// The expected number of synapses of a projection by distance.

#ifndef SPIKED_CORE_BUILD_EXPECTED_BY_DISTANCE_H_
#define SPIKED_CORE_BUILD_EXPECTED_BY_DISTANCE_H_

#include "core/spec/network_spec.h"

namespace spiked {

// The expected number of synapses, within some percent, in a time that doesn't
// grow with the populations. Sums the probabilities over a sample of sources
// and their targets; where targets are many, only some stand for all. For
// listed positions, which may lie in clusters, it is an upper bound: two
// standard deviations of the sampling error are added.
//
// Requires: a valid projection with the rule DistanceDependent.
double ExpectedByDistance(const ProjectionSpec& projection,
                          const PopulationSpec& source,
                          const PopulationSpec& target);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_EXPECTED_BY_DISTANCE_H_
