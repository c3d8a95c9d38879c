// SPDX-License-Identifier: Apache-2.0
//
// Spike-timing dependent plasticity that is modulated by dopamine and applied
// at intervals: Izhikevich 2007, doi:10.1093/cercor/bhl152, as in its program
// daspnet. stdp_dopamine.h is the rule in continuous time.
//
//   presynaptic arrival:  c -= a_minus exp(-t_post / tau_minus)
//   postsynaptic spike:   c += a_plus exp(-t_pre / tau_plus)
//   dopamine pulse:       n += amount
//   every interval:       w = clip(w + (tonic + n) c), c *= keep
//
// t_post and t_pre are the times since the last postsynaptic spike and since
// the last arrival; before the first, nothing happens. Intervals, signed
// weights, delays and the order of one step (postsynaptic spikes first) are as
// in stdp_accumulated.h; the eligibility c is the sum there. Each projection
// has its own concentration n, a pure number per interval, which begins as 0
// and decays with tau_n. A pulse of step k is at the time k dt.
//
// While plasticity is off, the weight doesn't change; c, n and the traces do.
//
// daspnet has traces of 0.1 that are multiplied by 0.95 in each ms, and
// dopamine that is multiplied by 0.995 (tau = -1 ms / ln 0.95 and 0.995). The
// trace of an arrival is read before it decays for the first time, so a_plus is
// 0.1 / 0.95 by default; a_minus is 1.5 times 0.1. The reward of daspnet is a
// pulse of 0.5.
//
// Memory per synapse: 16 bytes in FLOAT32, 32 in FLOAT64, in addition to those
// of the frame (plastic_kernel.h).

#ifndef SPIKED_CORE_SYNAPSES_STDP_DOPAMINE_INTERVAL_H_
#define SPIKED_CORE_SYNAPSES_STDP_DOPAMINE_INTERVAL_H_

#include "core/model/synapse_model.h"

namespace spiked {

const SynapseModel* NewStdpDopamineInterval();

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STDP_DOPAMINE_INTERVAL_H_
