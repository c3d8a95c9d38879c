// SPDX-License-Identifier: Apache-2.0
//
// Hindmarsh-Rose neurons, a dimensionless model of bursting.
//
//   x' = y - a x^3 + b x^2 + I - z
//   y' = c - d x^2 - y
//   z' = r (s (x - x1) - z)
//   spike: x crosses x_threshold upwards
//
// Hindmarsh & Rose 1984, doi:10.1098/rspb.1984.0024. Model time is
// dimensionless: ms_per_time_unit says how many ms one unit lasts, so one step
// integrates h = dt / ms_per_time_unit by the classical 4th-order Runge-Kutta
// scheme, with the input constant over the step. h above 0.1 is inaccurate, and
// above about 0.5 it is unstable.
//
// Variables  [3 x n]: x, y, z
// Receptors  [1 x n]: current (dimensionless), acts during the step

#ifndef SPIKED_CORE_NEURONS_HINDMARSH_ROSE_H_
#define SPIKED_CORE_NEURONS_HINDMARSH_ROSE_H_

#include "core/model/neuron_model.h"

namespace spiked::hindmarsh_rose {

const NeuronModel* NewModel();

}  // namespace spiked::hindmarsh_rose

#endif  // SPIKED_CORE_NEURONS_HINDMARSH_ROSE_H_
