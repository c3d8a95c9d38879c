// SPDX-License-Identifier: Apache-2.0
//
// Leaky integrate-and-fire neurons with two exponential synaptic currents and a
// threshold that each spike raises: the neurons of Diehl & Cook 2015,
// doi:10.3389/fncom.2015.00099, whose adaptive threshold makes every neuron of
// a competing layer win now and then.
//
//   v'     = (e_l - v) / tau_m + (i_ex + i_in + i_e + I) / c_m
//   i_ex'  = -i_ex / tau_syn_ex,  plus the jumps of `excitatory`
//   i_in'  = -i_in / tau_syn_in,  plus the jumps of `inhibitory`
//   theta' = -theta / tau_theta
//   v >= v_th + theta :  spike, v = v_reset for t_ref,
//                        theta = theta + theta_plus
//
// Integration, order of operations and signs of weights are those of
// lif_exp_ei; with theta_plus = 0 results are the same to the bit. theta decays
// exactly at the beginning of every step, refractory or not. The threshold is
// tested with the decayed theta, and a spike adds to it. The published neurons
// have conductances; here synapses give currents, as they do in BindsNET's
// DiehlAndCookNodes.
//
// theta is stored in two parts. The published tau_theta is 1e7 ms, so that a
// step takes away less than the resolution of theta as a float: a single float
// would not decay at all, or too fast. theta_low_mv holds the part that is too
// small for theta_mv. theta is the sum of both; the threshold is v_th +
// theta_mv.
//
// Variables  [6 x n]: v_mv, i_syn_ex_pa, i_syn_in_pa, theta_mv, theta_low_mv,
//                     refractory_steps
// Receptors  [3 x n]: excitatory (pA), inhibitory (pA),
//                     current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_LIF_EXP_ADAPTIVE_H_
#define SPIKED_CORE_NEURONS_LIF_EXP_ADAPTIVE_H_

#include "core/model/neuron_model.h"

namespace spiked::lif_exp_adaptive {

const NeuronModel* NewModel();

}  // namespace spiked::lif_exp_adaptive

#endif  // SPIKED_CORE_NEURONS_LIF_EXP_ADAPTIVE_H_
