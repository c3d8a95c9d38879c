// SPDX-License-Identifier: Apache-2.0
//
// Rates as stimuli: Poisson spike trains from outside, independent for each
// neuron. In every step in which such a stimulus acts, neuron i gets
//
//   weight k,   k ~ Poisson(m_i),   m_i = rate_i dt,
//
// as an input of core/inputs/poisson_background.h does, with the same
// distribution of the counts. But rates may change often, as the pixels of a
// camera do, and building tables for each rate would cost more than drawing. So
// all rates share the same tables: m is written with the digits of base 64
// (64^2, 64, 1 and 1/64) and a rest below 1/64. A sum of Poisson numbers is a
// Poisson number, so each digit has an alias table of its own, which is made
// once in a process, and the rest nearly always gives 0.
//
// Random numbers are a function of the seed, the name of the population, the
// neuron, the step, the step in which the stimulus began and its ordinal among
// the rate stimuli of the population that began with it. They don't depend on
// which other neurons it has, nor on when or with which others it was sent.

#ifndef SPIKED_CORE_NETWORK_RATE_STIMULUS_H_
#define SPIKED_CORE_NETWORK_RATE_STIMULUS_H_

#include <cstdint>

#include "core/network/blocks.h"
#include "core/network/stimulus.h"

namespace spiked {

// Number of base-64 digits (0 to 4) of a mean number of spikes in one step; the
// last digit counts 1/64. Makes their tables unless they exist: milliseconds at
// most. Requires: largest_mean <= 1e5, which is kMaxRateHz with the largest
// step.
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
