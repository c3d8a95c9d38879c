// SPDX-License-Identifier: Apache-2.0
//
// Izhikevich's simple model of spiking neurons.
//
//   v' = 0.04 v^2 + 5 v + 140 - u + I
//   u' = a (b v - u)
//   v >= v_peak :  spike, v = c, u = u + d
//
// Izhikevich 2003, doi:10.1109/TNN.2003.820440; the figures of Izhikevich 2004,
// doi:10.1109/TNN.2004.832719, vary the coefficients, so they are parameters:
//
//   v' = quadratic v^2 + linear v + constant - u + I
//   u' = a (b (v - v_offset) - u_leak u)
//
// Schemes, h = dt. Each is evaluated exactly as written, without fused
// operations, because at h = 1 ms the map is chaotic.
//   half_steps  Moves v twice by h/2 with the same u and I, then u by h with
//               the new v. Published with h = 1 ms (net.m). net.m tests the
//               threshold at the start of the next step, before input is added;
//               testing it here at the end of the step gives the same spikes.
//   euler       Moves v by h, then u by h with the new v. Used for the figures
//               of 2004.
//   forward_euler  Moves v and u by h, both from the values at the beginning of
//               the step: NEST's izhikevich with consistent_integration, its
//               default. (half_steps is NEST's other scheme.)
//
// Strong inhibition at h = 1 ms makes the map spike: below v = -112 mV, half a
// step of 0.5 ms overshoots to the other side of rest. One step of I = -250
// takes v from -65 mV to about -191 mV and back to +15 mV, and the next step is
// a spike. Models with such input need shorter steps: at h = 0.1 ms this begins
// below -562 mV, and 1 ms of I = -250 gives no spike.
//
// Variables  [2 x n]: v_mv, u (mV/ms)
// Receptors  [1 x n]: current (mV/ms), acts during the step

#ifndef SPIKED_CORE_NEURONS_IZHIKEVICH_H_
#define SPIKED_CORE_NEURONS_IZHIKEVICH_H_

#include "core/model/neuron_model.h"

namespace spiked::izhikevich {

const NeuronModel* NewModel();

}  // namespace spiked::izhikevich

#endif  // SPIKED_CORE_NEURONS_IZHIKEVICH_H_
