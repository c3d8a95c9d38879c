// SPDX-License-Identifier: Apache-2.0
//
// Synapses in an order that depends neither on blocks nor on which projections
// are stored together. For rare operations: edits, reads, hashes.

#ifndef SPIKED_CORE_NETWORK_PLACED_SYNAPSES_H_
#define SPIKED_CORE_NETWORK_PLACED_SYNAPSES_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "core/model/synapse_table.h"
#include "core/network/network.h"

namespace spiked {

struct PlacedSynapse {
  SynapseAt at;
  int32_t target;  // in the target population
  int32_t delay_steps;
};

// Replaces `synapses` by those of one source: by descending delay, then target.
void FindSynapses(const Network& network, const Projection& projection,
                  int64_t source, std::vector<PlacedSynapse>* synapses);

// Calls visit for all synapses of a layout: by source, then ascending delay,
// then target neuron.
void ForEachSynapseInOrder(const Network& network, const SynapseLayout& layout,
                           const std::function<void(const SynapseAt&)>& visit);

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_PLACED_SYNAPSES_H_
