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
// Weights change then and at no other time. Signed weights; delays and times
// are as in stdp_pair.h.
//
// spnet has traces of 0.1 that are multiplied by 0.95 each ms, the defaults
// (tau = -1 ms / ln 0.95), and differs in the moment itself: it takes arrivals
// after the postsynaptic spikes of the same time. Divide a_plus by 0.95 to have
// its window of potentiation.
//
// Memory per synapse: 16 bytes in FLOAT32, 32 in FLOAT64, beside those of the
// frame.

#ifndef SPIKED_CORE_SYNAPSES_STDP_ACCUMULATED_H_
#define SPIKED_CORE_SYNAPSES_STDP_ACCUMULATED_H_

#include "core/synapse_model.h"

namespace spiked {

const SynapseModel* NewStdpAccumulated();

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STDP_ACCUMULATED_H_
