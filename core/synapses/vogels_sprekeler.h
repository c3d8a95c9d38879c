// SPDX-License-Identifier: Apache-2.0
//
// Inhibitory plasticity that balances excitation: Vogels, Sprekeler, Zenke,
// Clopath & Gerstner 2011, doi:10.1126/science.1211095.
//
//   dK_pre/dt  = -K_pre / tau      + 1 at each presynaptic arrival
//   dK_post/dt = -K_post / tau     + 1 at each postsynaptic spike
//   arrival:             s = clip(s + eta K_post), then s = clip(s - eta alpha)
//   postsynaptic spike:  s = clip(s + eta K_pre)
//
// s = |w| is the strength of the synapse and lies in [0, |weight_max|]; weights
// have the sign of weight_max. Pairs of spikes strengthen the synapse whatever
// their order; alpha = 2 tau r0 makes r0 the rate at which the neuron is held.
// As NEST's vogels_sprekeler_synapse, whose Wmax is weight_max. Delays and
// times are as in stdp_pair.h: in one step arrivals come before postsynaptic
// spikes.
//
// Memory per synapse: 12 bytes in FLOAT32, 24 in FLOAT64, in addition to those
// of the frame (plastic_kernel.h).

#ifndef SPIKED_CORE_SYNAPSES_VOGELS_SPREKELER_H_
#define SPIKED_CORE_SYNAPSES_VOGELS_SPREKELER_H_

#include "core/model/synapse_model.h"

namespace spiked {

const SynapseModel* NewVogelsSprekeler();

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_VOGELS_SPREKELER_H_
