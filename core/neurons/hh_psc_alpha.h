// SPDX-License-Identifier: Apache-2.0
//
// Hodgkin and Huxley's neurons of 1952 with alpha-shaped synaptic currents.
//
//   c_m v' = g_l (e_l - v) + g_na m^3 h (e_na - v) + g_k n^4 (e_k - v)
//            + i_syn_ex + i_syn_in + i_e + I
//   m' = a_m (1 - m) - b_m m,  h and n likewise
//
// with v in mV and the rates per ms
//
//   a_m = 0.1 (v + 40) / (1 - exp(-(v + 40) / 10))
//   b_m = 4 exp(-(v + 65) / 18)
//   a_h = 0.07 exp(-(v + 65) / 20)
//   b_h = 1 / (1 + exp(-(v + 35) / 10))
//   a_n = 0.01 (v + 55) / (1 - exp(-(v + 55) / 10))
//   b_n = 0.125 exp(-(v + 65) / 80)
//
// Hodgkin & Huxley 1952, doi:10.1113/jphysiol.1952.sp004764, with voltages in
// today's convention; NEST's hh_psc_alpha. An arrival of weight w makes
//
//   i_syn(t) = w t / tau_syn exp(1 - t / tau_syn)
//
// which has its peak w at t = tau_syn. It is stored as i_syn and di_syn, the
// term that raises it,
//
//   i_syn' = di_syn - i_syn / tau_syn
//   di_syn' = -di_syn / tau_syn,  plus e / tau_syn w at an arrival
//
// and integrated exactly. As in NEST, synaptic input that arrives in a step is
// added to di_syn at the end of the step and acts from the next step on. hh.h
// defines a spike, and has the schemes. Rates are computed for v limited to
// [-200, 200] mV.
//
// Variables  [9 x n]: v_mv, m, h, n, i_syn_ex_pa, di_syn_ex_pa_per_ms,
//                     i_syn_in_pa, di_syn_in_pa_per_ms, refractory_steps
// Receptors  [3 x n]: excitatory (pA), inhibitory (pA, below 0),
//                     current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_HH_PSC_ALPHA_H_
#define SPIKED_CORE_NEURONS_HH_PSC_ALPHA_H_

#include "core/model/neuron_model.h"

namespace spiked::hh_psc_alpha {

const NeuronModel* NewModel();

}  // namespace spiked::hh_psc_alpha

#endif  // SPIKED_CORE_NEURONS_HH_PSC_ALPHA_H_
