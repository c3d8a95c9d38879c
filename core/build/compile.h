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

// Builds a planned network: draws its connections, weights, delays and
// parameters, and lays them out for stepping. The same specification gives the
// same network. It is built by `thread_count` threads and can be stepped by as
// many; nothing else depends on that. Errors: INVALID_ARGUMENT with all
// violations of the plan, RESOURCE_EXHAUSTED if one thread would have too many
// synapses, CANCELLED if `progress`, which may be null, was cancelled.
absl::StatusOr<std::unique_ptr<const Network>> Compile(
    const NetworkPlan& plan, int thread_count = 1,
    BuildProgress* progress = nullptr);

// Plans and builds the network of a specification.
absl::StatusOr<std::unique_ptr<const Network>> Compile(
    const NetworkSpec& spec, int thread_count = 1,
    BuildProgress* progress = nullptr);

// Compiles a stimulus for a network whose coming step is `next_step`. Stimuli
// that would begin before that step begin at it and add to `late_count`, which
// may be null. Requires: ValidateStimulus found nothing.
std::vector<Stimulus> CompileStimulus(const Network& network,
                                      const StimulusSpec& spec,
                                      int64_t next_step, int64_t* late_count);

// The number of entries that a stimulus takes when it is compiled: its neurons,
// times its spikes if it gives spikes, or the projections that it names.
// Requires: ValidateStimulus found nothing.
int64_t CountStimulated(const Network& network, const StimulusSpec& spec);

// The number of stimuli that CompileStimulus will return. Requires:
// ValidateStimulus found nothing.
int64_t CountCompiled(const Network& network, const StimulusSpec& spec);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_COMPILE_H_
