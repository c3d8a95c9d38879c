// SPDX-License-Identifier: Apache-2.0
//
// Adaptive exponential integrate-and-fire neurons (AdEx).
//
//   c_m v' = g_l (e_l - v) + g_l delta_t exp((v - v_t) / delta_t)
//            + g_ex (e_ex - v) + g_in (e_in - v) - w + i_e + I
//   tau_w w' = a (v - e_l) - w
//   g_ex'  = -g_ex / tau_syn_ex,  plus the jumps of `excitatory`
//   g_in'  = -g_in / tau_syn_in,  plus the jumps of `inhibitory`
//   v >= v_peak :  spike, v = v_reset for t_ref, w = w + b
//
// Brette & Gerstner 2005, doi:10.1152/jn.00686.2005; NEST's aeif_cond_exp,
// PyNN's EIF_cond_exp_isfa_ista. As in lif_cond_exp, synaptic input that
// arrives in a step acts from the next step on. lif.h explains how
// refractoriness is counted; w and the conductances keep changing during it.
//
// The default parameters are those of Brette & Gerstner's neuron, with NEST's
// synapses. NEST's own defaults have another reset and peak: they are the cell
// class nest_aeif_cond_exp.
//
// Scheme `splitting`, the default, with h = dt. The exponential alone,
// v' = g_l delta_t / c_m exp((v - v_t) / delta_t), is solved by
//
//   v(t) = v - delta_t ln(1 - q t/h),  q = g_l h / c_m exp((v - v_t) / delta_t)
//
// and reaches v_peak at t/h = (1 - exp((v - v_peak) / delta_t)) / q. The rise
// to a spike, for which other schemes need steps of microseconds, is therefore
// exact. A step consists of
//
//   h/2 of w' with v constant, exactly
//   h/2 of the linear terms of v', w constant, conductances with their mean
//       over the step; as lif_cond_exp's exponential_euler
//   h   of the exponential
//   h/2 of the linear terms
//   h/2 of w'
//
// The scheme is of second order and stable for every h. If v_peak is reached at
// t < h, v and w are reset at that time and go on from there for the rest of
// the step, so that intervals between spikes are not prolonged to whole steps;
// with a refractory time, v stays at v_reset. A step has at most one spike: if
// v reaches v_peak again, it waits there for the next step.
//
// Scheme `euler`: v and w change by h times their slopes at the beginning of
// the step, and the reset comes at its end, as in published scripts. It is of
// first order, and intervals between spikes become longer by about dt.
//
// The exponent (v - v_t) / delta_t is limited to [-30, 80].
//
// FLOAT32 keeps v to about 1e-5 mV, so that in steps much shorter than 0.1 ms
// slow changes of v are lost: use FLOAT64 there.
//
// Variables  [5 x n]: v_mv, w_pa, g_ex_ns, g_in_ns, refractory_steps
// Receptors  [3 x n]: excitatory (nS), inhibitory (nS),
//                     current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_ADEX_H_
#define SPIKED_CORE_NEURONS_ADEX_H_

#include "core/model/neuron_model.h"

namespace spiked::adex {

const NeuronModel* NewModel();

}  // namespace spiked::adex

#endif  // SPIKED_CORE_NEURONS_ADEX_H_
