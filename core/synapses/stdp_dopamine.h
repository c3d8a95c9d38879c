// SPDX-License-Identifier: Apache-2.0
//
// Spike-timing dependent plasticity that is modulated by dopamine, in
// continuous time: Izhikevich 2007, doi:10.1093/cercor/bhl152, as in NEST's
// stdp_dopamine_synapse (Potjans, Morrison & Diesmann 2010,
// doi:10.3389/fncom.2010.00141). Pairs of spikes don't change the weight, but
// make the synapse eligible for a change by dopamine that comes later:
//
//   presynaptic arrival:  c -= a_minus K_post, K_pre += 1
//   postsynaptic spike:   c += a_plus K_pre,   K_post += 1
//   dopamine pulse:       n += amount
//   in between:           c' = -c / tau_c, n' = -n / tau_n,
//                         w' = c (n - baseline), weight_min <= w <= weight_max
//
// K_pre and K_post decay with tau_plus and tau_minus. Each synapse has its own
// eligibility c, in the unit of the weight; each projection has its own
// concentration n, in 1/ms, which begins as 0. A spike of dopamine in NEST is a
// pulse of 1 / tau_n, so that it adds 1 to the time integral of n.
//
// Scheme: exact. Over a time t without an event of the synapse, from c and n at
// its beginning, with 1 / tau_s = 1 / tau_c + 1 / tau_n,
//
//   w += c (n tau_s (1 - exp(-t / tau_s)) -
//           baseline tau_c (1 - exp(-t / tau_c)))
//
// Events are arrivals at the synapse, spikes of its target and dopamine pulses;
// bounds hold at each of them, and when the weight is read. An arrival delivers
// the weight of its own time. Signed weights, delays and the order of one step
// are as in stdp_pair.h: arrivals come before postsynaptic spikes; a pulse of
// step k is at the time k dt, after what has happened up to then.
//
// While plasticity is off, the weight doesn't change; c, n and the traces do.
//
// Memory per synapse: 16 bytes in FLOAT32, 32 in FLOAT64, in addition to those
// of the frame (plastic_kernel.h). A pulse goes through all synapses of the
// projection.

#ifndef SPIKED_CORE_SYNAPSES_STDP_DOPAMINE_H_
#define SPIKED_CORE_SYNAPSES_STDP_DOPAMINE_H_

#include "core/model/synapse_model.h"

namespace spiked {

const SynapseModel* NewStdpDopamine();

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STDP_DOPAMINE_H_
