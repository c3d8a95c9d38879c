// SPDX-License-Identifier: Apache-2.0
//
// The parts of a network that requests for recordings name: groups whose spikes
// are counted, variables of neurons, sources of synapses.

#ifndef SPIKED_SERVER_RPC_STREAMS_REQUEST_PARTS_H_
#define SPIKED_SERVER_RPC_STREAMS_REQUEST_PARTS_H_

#include <cstdint>
#include <vector>

#include "core/spec/violations.h"
#include "server/session/history/spike_counter.h"
#include "server/session/history/state_probe.h"
#include "server/session/session_network.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// The populations of a request for rates, or their columns.
std::vector<SpikeGroup> SelectGroups(const v1::StreamRatesRequest& request,
                                     const SessionNetwork& network,
                                     Violations* violations);

// The source neurons of a request for synapses; empty if none is named, which
// means all of the projection's source population.
std::vector<int32_t> SelectSources(const v1::ReadSynapsesRequest& request,
                                   const PopulationShape& population,
                                   Violations* violations);

// The neurons and variables of a request for states.
StateProbe::Selection SelectState(const v1::StreamStateRequest& request,
                                  const SessionNetwork& network,
                                  Violations* violations);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_REQUEST_PARTS_H_
