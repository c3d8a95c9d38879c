// SPDX-License-Identifier: Apache-2.0
//
// Leaky integrate-and-fire neurons with delta synapses: a spike moves the
// membrane potential at once.
//
//   v' = (e_l - v) / tau_m + (i_e + I) / c_m,  plus the jumps of `delta`
//   v >= v_th :  spike, v = v_reset for t_ref
//
// Exact integration, as NEST's iaf_psc_delta: in each step
//
//   v = v + (1 - exp(-dt/tau_m)) (e_l + tau_m/c_m (i_e + I) - v) + delta
//
// and then the threshold is tested. Input that arrives while the neuron is
// refractory is lost. lif.h explains how refractoriness is counted.
//
// c_m_pf matters only with currents: it gives the resistance tau_m/c_m, in
// GOhm.
//
// Variables  [2 x n]: v_mv, refractory_steps
// Receptors  [2 x n]: delta (mV), current (pA, acts during the step)

#ifndef SPIKED_CORE_NEURONS_LIF_DELTA_H_
#define SPIKED_CORE_NEURONS_LIF_DELTA_H_

#include "core/model/neuron_model.h"

namespace spiked::lif_delta {

const NeuronModel* NewModel();

}  // namespace spiked::lif_delta

#endif  // SPIKED_CORE_NEURONS_LIF_DELTA_H_
