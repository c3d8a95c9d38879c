// SPDX-License-Identifier: Apache-2.0
//
// Switches plasticity in a state, between two steps.

#ifndef SPIKED_CORE_NETWORK_PLASTICITY_SWITCH_H_
#define SPIKED_CORE_NETWORK_PLASTICITY_SWITCH_H_

#include <vector>

#include "core/network/frozen_synapses.h"
#include "core/network/network.h"
#include "core/network/state.h"
#include "core/network/stimulus.h"

namespace spiked {

// Records which projections are frozen after a switch; adds the groups in which
// this changes something to `groups` (mostly none).
void NoteSwitch(const Network& network, const PlasticitySwitch& plasticity,
                State& state, std::vector<int>* groups);

// The frozen synapses of these groups, for FreezeSynapses.
std::vector<SwitchedGroup> SwitchedGroupsOf(const Network& network,
                                            const std::vector<int>& groups,
                                            const State& state);

// Holds the synapses of the switched groups in one block.
void FreezeSynapses(const Network& network, int block,
                    const std::vector<SwitchedGroup>& switched, State& state);

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_PLASTICITY_SWITCH_H_
