// SPDX-License-Identifier: Apache-2.0
//
// Binomial and hypergeometric numbers from one uniform number each, by
// inversion outwards from the mode: exact up to the rounding of doubles, in
// time proportional to the standard deviation. Own code, because the standard
// library's results differ between implementations.

#ifndef SPIKED_CORE_NUMBERS_DISCRETE_RANDOM_H_
#define SPIKED_CORE_NUMBERS_DISCRETE_RANDOM_H_

#include <cstdint>

namespace spiked {

// The number of successes in n trials of probability p. u: uniform over [0, 1).
int64_t Binomial(int64_t n, double p, double u);

// The number of marked elements in a sample of `draws` out of `total` elements
// without replacement, of which `marked` are marked. u: uniform over [0, 1).
int64_t Hypergeometric(int64_t total, int64_t marked, int64_t draws, double u);

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_DISCRETE_RANDOM_H_
