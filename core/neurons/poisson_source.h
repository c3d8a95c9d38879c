// SPDX-License-Identifier: Apache-2.0
//
// Neurons without dynamics that spike at random, independent of each other and
// of their past: Poisson processes, but with at most one spike in a step.
//
//   rate = max(0, rate_hz + input)
//   P(spike in a step) = 1 - exp(-rate dt)
//
// which is the probability that a Poisson process has one or more events in the
// step. So a neuron spikes at a rate of (1 - exp(-rate dt)) / dt, which is
// 0.05 % less than `rate` at rate dt = 1e-3. Unlike poisson_background, which
// gives every neuron input of its own, such a neuron sends the same spikes to
// all its targets. Its spikes are also recorded, and plastic synapses learn
// from them.
//
// The rate can change during a run: input to the receptor `rate` is added to
// rate_hz in the steps in which it acts. A current stimulus of 50 (Hz) for
// 200 ms, in the network or injected, raises the rate for 200 ms; one of -1e6
// silences the neuron; noise and synapses modulate the rate.
//
// Random numbers. Whether a neuron spikes is a function of (seed, population's
// name, neuron, step) and the rate. It spikes if 31 bits of a word of the
// population's random stream are below its threshold, 2^31 P, rounded and
// limited to 2^31 - 128. So the rate is off by less than 2^-32 / dt, 2.4e-6 Hz
// at dt = 0.1 ms, and P is at most 1 - 2^-24. Without input, the threshold is
// computed once, in double. With input, it is computed in FLOAT32 with a
// relative error of 1e-6, whatever the precision of the network.
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
