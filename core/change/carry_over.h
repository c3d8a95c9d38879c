// SPDX-License-Identifier: Apache-2.0
//
// The state of a network that is edited between two steps: everything that
// stays goes on as it was.
//
// - Neurons, inputs and synapses that stay keep their state. Changed parameters
//   and weights stay changed, silenced neurons silenced, frozen weights frozen.
// - Additions begin as at step 0.
// - Spikes that are on their way are delivered by the synapses of the edited
//   network, as far back as the longest delay of the network before. Input for
//   the coming step has already arrived, also from synapses that are removed.
// - Stimuli whose targets are all removed are removed, too.
//
// Sums of arrived input keep their order where possible.

#ifndef SPIKED_CORE_CHANGE_CARRY_OVER_H_
#define SPIKED_CORE_CHANGE_CARRY_OVER_H_

#include "absl/status/statusor.h"
#include "core/change/edit_spec.h"
#include "core/network/network.h"
#include "core/network/state.h"

namespace spiked {

// Returns the state for `now`, which is compiled from an edit of the
// specification of `before`, with this lineage. FAILED_PRECONDITION if weights
// that were changed one by one, or changes that wait for their step, can't be
// stored in or applied to the edited network.
absl::StatusOr<State> CarryOver(const Network& before, const State& state,
                                const Network& now, const Lineage& lineage);

}  // namespace spiked

#endif  // SPIKED_CORE_CHANGE_CARRY_OVER_H_
