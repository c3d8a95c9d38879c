// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_BUILD_COMPILE_H_
#define SPIKED_CORE_BUILD_COMPILE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/build/build_progress.h"
#include "core/build/plan.h"
#include "core/network/network.h"
#include "core/spec/network_spec.h"

namespace spiked {

// Builds the network that was planned: draws its connections, weights, delays
// and parameters, and lays them out for stepping. The same specification gives
// the same network. It is built by `thread_count` threads and can be stepped by
// as many; nothing else depends on that. Errors: INVALID_ARGUMENT with all
// violations of the plan, RESOURCE_EXHAUSTED if one thread would have too many
// synapses, CANCELLED if `progress`, which may be null, was.
absl::StatusOr<std::unique_ptr<const Network>> Compile(
    const NetworkPlan& plan, int thread_count = 1,
    BuildProgress* progress = nullptr);

// Plans and builds it.
absl::StatusOr<std::unique_ptr<const Network>> Compile(
    const NetworkSpec& spec, int thread_count = 1,
    BuildProgress* progress = nullptr);

// Compiles a stimulus for a network whose coming step is `next_step`. What
// would begin before it begins then instead and adds to `late_count`, which may
// be null. Requires: ValidateStimulus found nothing.
std::vector<Stimulus> CompileStimulus(const Network& network,
                                      const StimulusSpec& spec,
                                      int64_t next_step, int64_t* late_count);

// How many neurons a stimulus stimulates, each counted for every one of its
// spikes, or projections it names: what it takes, told before it is compiled.
// Requires: as above.
int64_t CountStimulated(const Network& network, const StimulusSpec& spec);

// How many it makes when it is compiled. Requires: as above.
int64_t CountCompiled(const Network& network, const StimulusSpec& spec);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_COMPILE_H_
