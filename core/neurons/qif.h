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
// large populations wants v_peak and -v_reset large. v, eta and I are
// dimensionless.
//
// Exact integration: with J = eta + I constant over a step of h = dt / tau_m,
//
//   v = (v + J q) / (1 - v q),  q = h tan(sqrt(J) h) / (sqrt(J) h)
//
// where 1 - v q <= 0 says that v went through infinity. tan(x)/x is a function
// of y = x^2 for negative J, too, and here the quotient of two polynomials, the
// seventh convergent of its continued fraction: within 1e-11 of it for |y| up
// to 1, and 2e-8 at 2.25. There y ends: a J above (1.5 / h)^2, which would have
// the neuron spike in almost every step, acts as if it were that.
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
