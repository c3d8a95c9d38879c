// SPDX-License-Identifier: Apache-2.0
//
// Hodgkin-Huxley neurons of the cortex, with the rates of Traub and Miles, and
// exponential synaptic conductances.
//
//   c_m v' = g_l (e_l - v) + g_na m^3 h (e_na - v) + g_k n^4 (e_k - v)
//            + g_ex (e_ex - v) + g_in (e_in - v) + i_e + I
//   g_ex'  = -g_ex / tau_syn_ex,  plus the jumps of `excitatory`
//   g_in'  = -g_in / tau_syn_in,  plus the jumps of `inhibitory`
//   m' = a_m (1 - m) - b_m m,  h and n likewise
//
// with u = v - v_t in mV and the rates per ms
//
//   a_m = 0.32 (13 - u) / (exp((13 - u) / 4) - 1)
//   b_m = 0.28 (u - 40) / (exp((u - 40) / 5) - 1)
//   a_h = 0.128 exp((17 - u) / 18)      b_h = 4 / (1 + exp((40 - u) / 5))
//   a_n = 0.032 (15 - u) / (exp((15 - u) / 5) - 1)
//                                       b_n = 0.5 exp((10 - u) / 40)
//
// Traub & Miles 1991, "Neuronal networks of the hippocampus", Cambridge
// University Press, in the form of Brette et al. 2007,
// doi:10.1007/s10827-007-0038-6; NEST's hh_cond_exp_traub, PyNN's
// HH_cond_exp, the example COBAHH of Brian. v_t shifts the rates; it is about
// the voltage at which spikes begin. Gates start at their steady state for u;
// NEST uses v in place of u there, and only there.
//
// As in NEST, synaptic input that arrives in a step is added to the conductance
// at the end of the step and acts from the next step on. hh.h defines a spike,
// and has the schemes. Rates are computed for u limited to [-80, 200] mV.
//
// Variables  [7 x n]: v_mv, m, h, n, g_ex_ns, g_in_ns, refractory_steps
// Receptors  [3 x n]: excitatory (nS), inhibitory (nS),
//                     current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_HH_COND_EXP_H_
#define SPIKED_CORE_NEURONS_HH_COND_EXP_H_

#include "core/model/neuron_model.h"

namespace spiked::hh_cond_exp {

const NeuronModel* NewModel();

}  // namespace spiked::hh_cond_exp

#endif  // SPIKED_CORE_NEURONS_HH_COND_EXP_H_
