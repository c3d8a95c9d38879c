// SPDX-License-Identifier: Apache-2.0
//
// Leaky integrate-and-fire neurons with exponential synaptic conductances.
//
//   c_m v' = g_l (e_l - v) + g_ex (e_ex - v) + g_in (e_in - v) + i_e + I
//   g_ex'  = -g_ex / tau_syn_ex,  plus the jumps of `excitatory`
//   g_in'  = -g_in / tau_syn_in,  plus the jumps of `inhibitory`
//   v >= v_th :  spike, v = v_reset for t_ref
//
// NEST's iaf_cond_exp, PyNN's IF_cond_exp. As there, synaptic input that
// arrives in a step is added to the conductance at the end of the step and acts
// from the next step on. Conductances decay exactly, also during
// refractoriness; lif.h explains how that is counted.
//
// Schemes, h = dt, with F(v) = v' of the first line and G = g_l + g_ex + g_in:
//   exponential_euler  v relaxes towards its equilibrium for the conductances
//                      of the step, v = v + h F(v) (1 - exp(-x)) / x,
//                      x = h G / c_m: exactly, for constant conductances of any
//                      size.
//                      Conductances enter with their mean over the step, so
//                      that the charge of a synaptic event does not depend on
//                      h. Second order.
//   euler              v = v + h F(v), with the conductances at the beginning
//                      of the step. Unstable where x > 2.
//
// Weights in units of the leak. Some models are written as
//
//   tau_m v' = e_l - v + drive + g_e (e_ex - v) + g_i (e_in - v)
//
// with g_e and g_i as multiples of the leak, for example the benchmark of
// Vogels & Abbott 2005. For these, set g_l_ns to 1 and c_m_pf to the number of
// tau_m_ms: 1 nS is then one leak, and i_e_pa is the number of the drive in mV.
// The cell class vogels_abbott_coba does that; its weights are 0.4 and 5.1 nS.
//
// Variables  [4 x n]: v_mv, g_ex_ns, g_in_ns, refractory_steps
// Receptors  [3 x n]: excitatory (nS), inhibitory (nS),
//                     current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_LIF_COND_EXP_H_
#define SPIKED_CORE_NEURONS_LIF_COND_EXP_H_

#include "core/model/neuron_model.h"

namespace spiked::lif_cond_exp {

const NeuronModel* NewModel();

}  // namespace spiked::lif_cond_exp

#endif  // SPIKED_CORE_NEURONS_LIF_COND_EXP_H_
