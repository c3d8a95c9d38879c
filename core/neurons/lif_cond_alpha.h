// SPDX-License-Identifier: Apache-2.0
//
// Leaky integrate-and-fire neurons with alpha-shaped synaptic conductances.
//
//   c_m v' = g_l (e_l - v) + g_ex (e_ex - v) + g_in (e_in - v) + i_e + I
//   g_ex'  = (e rise_ex - g_ex) / tau_syn_ex
//   rise_ex' = -rise_ex / tau_syn_ex,  plus the jumps of `excitatory`
//   g_in and rise_in likewise, with tau_syn_in and `inhibitory`
//   v >= v_th :  spike, v = v_reset for t_ref
//
// An event of weight w gives the conductance w e t/tau_syn exp(-t/tau_syn),
// whose peak is w at t = tau_syn. NEST's iaf_cond_alpha, PyNN's IF_cond_alpha.
// As there, synaptic input that arrives in a step acts from the next step on.
// Conductances are integrated exactly, also during refractoriness; lif.h
// explains how that is counted.
//
// Schemes, h = dt, with F(v) = v' of the first line and G = g_l + g_ex + g_in:
//   exponential_euler  v relaxes towards its equilibrium for the mean
//                      conductances of the step,
//                      v = v + h F(v) (1 - exp(-x)) / x, x = h G / c_m; see
//                      conductance_simd.h. Second order and stable for every x.
//   rk4                Classical Runge-Kutta for v with the exact conductances
//                      at the beginning, the middle and the end of the step.
//                      Fourth order; unstable where x > 2.7.
//
// Variables  [6 x n]: v_mv, g_ex_ns, rise_ex_ns, g_in_ns, rise_in_ns,
//                     refractory_steps
// Receptors  [3 x n]: excitatory (nS), inhibitory (nS),
//                     current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_LIF_COND_ALPHA_H_
#define SPIKED_CORE_NEURONS_LIF_COND_ALPHA_H_

#include "core/model/neuron_model.h"

namespace spiked::lif_cond_alpha {

const NeuronModel* NewModel();

}  // namespace spiked::lif_cond_alpha

#endif  // SPIKED_CORE_NEURONS_LIF_COND_ALPHA_H_
