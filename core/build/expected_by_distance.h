// SPDX-License-Identifier: Apache-2.0
//
// How many synapses a projection by distance will have.

#ifndef SPIKED_CORE_BUILD_EXPECTED_BY_DISTANCE_H_
#define SPIKED_CORE_BUILD_EXPECTED_BY_DISTANCE_H_

#include "core/spec/network_spec.h"

namespace spiked {

// The expected number, within some percent, in a time that doesn't grow with
// the populations: sums the probabilities of some sources' targets, of a
// coarser grid where there are many. Of listed positions, which may lie in
// clusters, an upper bound: two standard deviations are added for what was left
// out.
//
// Requires: a valid projection with the rule DistanceDependent.
double ExpectedByDistance(const ProjectionSpec& projection,
                          const PopulationSpec& source,
                          const PopulationSpec& target);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_EXPECTED_BY_DISTANCE_H_
