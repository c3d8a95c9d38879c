// SPDX-License-Identifier: Apache-2.0
//
// What the state of a network becomes when the network is edited between two
// steps: everything that stays goes on as it was.
//
// - Neurons, inputs, synapses keep what they remember; what was changed of them
//   stays changed, what was silenced or held stays so.
// - What was added begins as at step 0.
// - Spikes that are on their way are delivered by the synapses that there are
//   when they arrive, as far back as the longest delay of the network before.
//   What arrives in the coming step has arrived: also by synapses that go.
// - Stimuli for what goes go, too.
//
// Sums of what has arrived keep their order where they can. Static weights that
// are stored in 16 bits are rounded to units that the edit may change.

#ifndef SPIKED_CORE_CHANGE_CARRY_OVER_H_
#define SPIKED_CORE_CHANGE_CARRY_OVER_H_

#include "absl/status/statusor.h"
#include "core/change/edit_spec.h"
#include "core/network/network.h"
#include "core/network/state.h"

namespace spiked {

// `now` is compiled from an edit of what `before` is of, with this lineage.
// FAILED_PRECONDITION if weights that were changed one by one, or changes that
// wait for their step, have no place in it.
absl::StatusOr<State> CarryOver(const Network& before, const State& state,
                                const Network& now, const Lineage& lineage);

}  // namespace spiked

#endif  // SPIKED_CORE_CHANGE_CARRY_OVER_H_
