// SPDX-License-Identifier: Apache-2.0
//
// Neurons without dynamics that spike at random, independent of each other and
// of their past: Poisson processes, as far as a step can hold one spike.
//
//   rate = max(0, rate_hz + input)
//   P(spike in a step) = 1 - exp(-rate dt)
//
// which is the probability that a Poisson process has one or more events in the
// step. So a neuron spikes at (1 - exp(-rate dt)) / dt, 0.05 % less than `rate`
// at rate dt = 1e-3. Unlike poisson_background, which gives every neuron input
// of its own, what such a neuron spikes is the same for all its targets, is
// recorded, and teaches plastic synapses.
//
// The rate changes while it runs: what acts on `rate` is added to rate_hz in
// the steps in which it acts. A current stimulus of 50 (Hz) for 200 ms, in the
// network or injected, raises the rate for so long; one of -1e6 silences it;
// noise and synapses modulate it.
//
// Random numbers. A spike is a function of (seed, population's name, neuron,
// step) and the rate: 31 bits of a word of the population's stream below
// 2^31 P, rounded, and at most 2^31 - 128. So the rate is off by less than
// 2^-32 / dt, 2.4e-6 Hz at dt = 0.1 ms, and P at most 1 - 2^-24. For the rate
// without input 2^31 P is computed once, in double; with input in FLOAT32, to
// 1e-6 of itself, whatever the precision of the network.
//
// Variables  none
// Receptors  [1 x n]: rate (Hz), added to rate_hz during the step

#ifndef SPIKED_CORE_NEURONS_POISSON_SOURCE_H_
#define SPIKED_CORE_NEURONS_POISSON_SOURCE_H_

#include "core/model/neuron_model.h"

namespace spiked::poisson_source {

const NeuronModel* NewModel();

}  // namespace spiked::poisson_source

#endif  // SPIKED_CORE_NEURONS_POISSON_SOURCE_H_
