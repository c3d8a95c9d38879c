// SPDX-License-Identifier: Apache-2.0
//
// Quadratic integrate-and-fire neurons, the normal form of all neurons that
// begin to fire at arbitrarily low rates.
//
//   tau_m v' = v^2 + eta + I,  plus the jumps of `delta`
//   v >= v_peak :  spike, v = v_reset
//
// Ermentrout & Kopell 1986, doi:10.1137/0146017; the parameters are those of
// Montbrio, Pazo & Roxin 2015, doi:10.1103/PhysRevX.5.021028, whose theory of
// large populations requires large v_peak and -v_reset. v, eta and I are
// dimensionless.
//
// Exact integration: with J = eta + I constant over a step of h = dt / tau_m,
//
//   v = (v + J q) / (1 - v q),  q = h tan(sqrt(J) h) / (sqrt(J) h)
//
// where 1 - v q <= 0 means that v went through infinity. tan(x)/x is a function
// of y = x^2, also for negative J. It is computed as a quotient of two
// polynomials, the seventh convergent of its continued fraction, which is
// within 1e-11 of it for |y| up to 1, and within 2e-8 at y = 2.25. y is limited
// to 2.25: a J above (1.5 / h)^2, with which the neuron would spike in almost
// every step, acts like (1.5 / h)^2.
//
// Variables  [1 x n]: v
// Receptors  [2 x n]: delta, current (acts during the step)

#ifndef SPIKED_CORE_NEURONS_QIF_H_
#define SPIKED_CORE_NEURONS_QIF_H_

#include "core/model/neuron_model.h"

namespace spiked::qif {

const NeuronModel* NewModel();

}  // namespace spiked::qif

#endif  // SPIKED_CORE_NEURONS_QIF_H_
