// SPDX-License-Identifier: Apache-2.0
//
// Leaky integrate-and-fire neurons with one exponential synaptic current.
//
//   v'     = (e_l - v) / tau_m + (i_syn + i_e + I) / c_m
//   i_syn' = -i_syn / tau_syn,  plus the jumps of `current_exp`
//   v >= v_th :  spike, v = v_reset for t_ref
//
// Exact integration (Rotter & Diesmann 1999, doi:10.1007/s004220050570), in the
// order of NEST's iaf_psc_exp. In each step
//
//   v     = P22 v + P21 i_syn + P20 (i_e + I) + (1 - P22) e_l
//   i_syn = P11 i_syn + current_exp
//
// and then the threshold is tested. So synaptic input that arrives in a step is
// added to the synaptic current at the end of the step and changes v from the
// next step on. In refractory neurons v stays at v_reset, but the synaptic
// current moves. lif.h has the propagators, and explains how refractoriness is
// counted.
//
// Weights have a sign: one current carries both excitation and inhibition.
// lif_exp_ei has two currents, each with its own time constant.
//
// FLOAT32 keeps v to about 1e-3 mV, because it is stored as an absolute
// potential.
//
// Variables  [3 x n]: v_mv, i_syn_pa, refractory_steps
// Receptors  [2 x n]: current_exp (pA), current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_LIF_EXP_H_
#define SPIKED_CORE_NEURONS_LIF_EXP_H_

#include "core/model/neuron_model.h"

namespace spiked::lif_exp {

const NeuronModel* NewModel();

}  // namespace spiked::lif_exp

#endif  // SPIKED_CORE_NEURONS_LIF_EXP_H_
