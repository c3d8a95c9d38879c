// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_BUILD_EXPECTED_SYNAPSES_H_
#define SPIKED_CORE_BUILD_EXPECTED_SYNAPSES_H_

#include <vector>

#include "core/spec/network_spec.h"

namespace spiked {

// The expected number of synapses of a projection.
double ExpectedSynapseCount(const ProjectionSpec& projection,
                            const PopulationSpec& source,
                            const PopulationSpec& target);

// The expected number of synapses of each projection of a network. Requires:
// the populations named by the projections exist.
std::vector<double> ExpectedSynapseCounts(const NetworkSpec& spec);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_EXPECTED_SYNAPSES_H_
