// SPDX-License-Identifier: Apache-2.0
//
// Leaky integrate-and-fire neurons with two alpha-shaped synaptic currents.
//
//   v'    = (e_l - v) / tau_m + (i_ex + i_in + i_e + I) / c_m
//   i_ex' = (e rise_ex - i_ex) / tau_syn_ex
//   rise_ex' = -rise_ex / tau_syn_ex,  plus the jumps of `excitatory`
//   i_in and rise_in likewise, with tau_syn_in and `inhibitory`
//   v >= v_th :  spike, v = v_reset for t_ref
//
// An event of weight w gives the current w e t/tau_syn exp(-t/tau_syn), whose
// peak is w at t = tau_syn. NEST's iaf_psc_alpha, PyNN's IF_curr_alpha. Weights
// have a sign: those of `inhibitory` are negative.
//
// Exact integration (Rotter & Diesmann 1999, doi:10.1007/s004220050570) in the
// order of NEST's iaf_psc_alpha: v moves first, then the currents; then
// arrivals are added to them, and the threshold is tested. So an arrival
// changes v from the next step on. Currents also move during refractoriness.
// alpha_simd.h and lif.h have the propagators; lif.h explains how
// refractoriness is counted.
//
// Variables  [6 x n]: v_mv, i_syn_ex_pa, rise_ex_pa, i_syn_in_pa, rise_in_pa,
//                     refractory_steps
// Receptors  [3 x n]: excitatory (pA), inhibitory (pA),
//                     current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_LIF_ALPHA_H_
#define SPIKED_CORE_NEURONS_LIF_ALPHA_H_

#include "core/model/neuron_model.h"

namespace spiked::lif_alpha {

const NeuronModel* NewModel();

}  // namespace spiked::lif_alpha

#endif  // SPIKED_CORE_NEURONS_LIF_ALPHA_H_
