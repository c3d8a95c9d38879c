// SPDX-License-Identifier: Apache-2.0
//
// Homeostatic scaling: all weights of a neuron grow or shrink together until it
// fires at a target rate.
//
//   dK/dt = -K / tau_rate + 1 at each postsynaptic spike,  r = K / tau_rate
//   every interval:  w = clip(w (1 + interval / tau_scaling
//                                    (1 - (r / rate_target)^3)))
//
// where the factor is at least 0. Zenke, Hennequin & Gerstner 2013,
// doi:10.1371/journal.pcbi.1003330, as Auryn's TripletScalingConnection;
// multiplicative scaling: Turrigiano et al. 1998, doi:10.1038/36103. Intervals
// are whole numbers of steps, at least one, and end after the spikes of their
// last step.
//
//   synaptic_scaling      scaling alone
//   stdp_triplet_scaling  together with stdp_triplet.h (all spikes), with its
//                         parameters, published sets and times
//
// Memory per synapse in addition to that of the frame (plastic_kernel.h): 4
// bytes in FLOAT32 and 8 in FLOAT64, or those of the triplet rule.

#ifndef SPIKED_CORE_SYNAPSES_SYNAPTIC_SCALING_H_
#define SPIKED_CORE_SYNAPSES_SYNAPTIC_SCALING_H_

#include "core/model/synapse_model.h"

namespace spiked {

const SynapseModel* NewStdpTripletScaling();
const SynapseModel* NewSynapticScaling();

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_SYNAPTIC_SCALING_H_
