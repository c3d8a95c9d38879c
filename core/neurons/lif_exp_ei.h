// SPDX-License-Identifier: Apache-2.0
//
// Leaky integrate-and-fire neurons with two exponential synaptic currents.
//
//   v'    = (e_l - v) / tau_m + (i_ex + i_in + i_e + I) / c_m
//   i_ex' = -i_ex / tau_syn_ex,  plus the jumps of `excitatory`
//   i_in' = -i_in / tau_syn_in,  plus the jumps of `inhibitory`
//   v >= v_th :  spike, v = v_reset for t_ref
//
// Integration and order of operations are those of lif_exp. NEST's iaf_psc_exp,
// PyNN's IF_curr_exp. Weights have a sign: those of `inhibitory` are negative.
//
// Weights in mV. Some models are written without a capacitance, as
//
//   tau_m v' = e_l - v + g_e + g_i   (g_e, g_i in mV)
//
// for example the current-based benchmark of Brette et al. 2007. For these, set
// c_m_pf to the number of tau_m_ms: the resistance tau_m/c_m is then 1 GOhm,
// and 1 pA drives 1 mV. The cell class vogels_abbott_cuba does that; its
// weights are 1.62 and -9 pA.
//
// Variables  [4 x n]: v_mv, i_syn_ex_pa, i_syn_in_pa, refractory_steps
// Receptors  [3 x n]: excitatory (pA), inhibitory (pA),
//                     current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_LIF_EXP_EI_H_
#define SPIKED_CORE_NEURONS_LIF_EXP_EI_H_

#include "core/model/neuron_model.h"

namespace spiked::lif_exp_ei {

const NeuronModel* NewModel();

}  // namespace spiked::lif_exp_ei

#endif  // SPIKED_CORE_NEURONS_LIF_EXP_EI_H_
