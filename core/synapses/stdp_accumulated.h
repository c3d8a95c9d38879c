// SPDX-License-Identifier: Apache-2.0
//
// Spike-timing dependent plasticity that adds up beside the weight and is
// applied at intervals: Izhikevich 2006, doi:10.1162/089976606775093882, as in
// its program spnet.
//
//   presynaptic arrival:  sum -= a_minus exp(-t_post / tau_minus)
//   postsynaptic spike:   sum += a_plus exp(-t_pre / tau_plus)
//   every interval:       w = clip(w + drift + sum), sum *= keep
//
// t_post and t_pre are the times since the last postsynaptic spike and since
// the last arrival; before the first, nothing happens. Intervals are whole
// numbers of steps, at least one, and end after the spikes of their last step.
// Weights change only then. Signed weights and delays are as in stdp_pair.h,
// but in one step arrivals come after postsynaptic spikes, as in spnet: an
// arrival and a spike of the same step depress. While plasticity is off, sums
// don't change, nor do weights, and intervals end without effect.
//
// spnet has traces of 0.1 that are multiplied by 0.95 in each ms (tau = -1 ms /
// ln 0.95). The trace of an arrival is read before it decays for the first
// time, so a_plus is 0.1 / 0.95 by default; a_minus is 1.2 times 0.1.
//
// Memory per synapse: 16 bytes in FLOAT32, 32 in FLOAT64, in addition to those
// of the frame (plastic_kernel.h).

#ifndef SPIKED_CORE_SYNAPSES_STDP_ACCUMULATED_H_
#define SPIKED_CORE_SYNAPSES_STDP_ACCUMULATED_H_

#include "core/model/synapse_model.h"

namespace spiked {

const SynapseModel* NewStdpAccumulated();

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STDP_ACCUMULATED_H_
