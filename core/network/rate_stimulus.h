// SPDX-License-Identifier: Apache-2.0
//
// Stimuli of rates: Poisson spike trains from outside, to each neuron its own.
// In every step in which such a stimulus acts, neuron i gets
//
//   weight k,   k ~ Poisson(m_i),   m_i = rate_i dt,
//
// as an input of core/inputs/poisson_background.h does, with the same
// distribution of the counts. But rates come again and again, as the pixels of
// a camera do, and building tables for each would cost more than drawing. So
// all use the same ones: m is written with the digits of base 64 (64^2, 64, 1
// and 1/64) and a rest below 1/64. The sum of Poisson numbers is one, so each
// digit has an alias table of its own, which is made once in a process, and the
// rest is 0 nearly always.
//
// Random numbers are a function of the seed, the name of the population, the
// neuron, the step, the step in which the stimulus began and its ordinal among
// the rates for the population that began with it, and of nothing else: not of
// the neurons beside it, nor of when or with what it was sent.

#ifndef SPIKED_CORE_NETWORK_RATE_STIMULUS_H_
#define SPIKED_CORE_NETWORK_RATE_STIMULUS_H_

#include <cstdint>

#include "core/network/blocks.h"
#include "core/network/stimulus.h"

namespace spiked {

// How many digits a mean number of spikes in one step has, from that of 1/64
// on: 0 to 4. Makes their tables if nobody has yet: milliseconds at most.
// Requires: a mean of kMaxRateHz with the largest step (1e5) or less.
int PrepareRates(double largest_mean);

// Adds the spikes of `step` to a row of slots of the run's block. Requires: the
// stimulus has rates. T: the scalar type of the network.
template <typename T>
void AddRates(const Stimulus& stimulus, int64_t step, const Run& run, T* row);

extern template void AddRates(const Stimulus& stimulus, int64_t step,
                              const Run& run, float* row);
extern template void AddRates(const Stimulus& stimulus, int64_t step,
                              const Run& run, double* row);

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_RATE_STIMULUS_H_
