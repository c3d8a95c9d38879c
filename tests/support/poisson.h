// SPDX-License-Identifier: Apache-2.0
//
// Whether counts have the Poisson distribution.

#ifndef SPIKED_TESTS_SUPPORT_POISSON_H_
#define SPIKED_TESTS_SUPPORT_POISSON_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/statistics.h"

namespace spiked::testing {

inline double PoissonPmf(double lambda, int k) {
  return std::exp(k * std::log(lambda) - lambda - std::lgamma(k + 1.0));
}

// Chi-square against the Poisson distribution, minus its mean, divided by its
// standard deviation. Counts that are expected less than 10 times are combined.
inline double PoissonDeviation(const std::vector<double>& counts,
                               double lambda) {
  const auto n = static_cast<double>(counts.size());
  std::vector<double> seen(5000);
  for (double k : counts) ++seen[std::lround(k)];
  double chi_square = 0, expected = 0, observed = 0, left = n, left_seen = n;
  int cells = 0;
  for (int k = 0; k < 5000 && left > 10; ++k) {
    expected += n * PoissonPmf(lambda, k);
    observed += seen[k];
    left -= n * PoissonPmf(lambda, k);
    if (expected < 10 || left < 10) continue;
    chi_square += (observed - expected) * (observed - expected) / expected;
    left_seen -= observed;
    expected = observed = 0;
    ++cells;
  }
  // The remaining tail, combined with counts that have not been added yet.
  expected += std::max(left, 0.0);
  if (expected > 1) {
    chi_square += (left_seen - expected) * (left_seen - expected) / expected;
    ++cells;
  }
  return (chi_square - (cells - 1)) / std::sqrt(2.0 * std::max(cells - 1, 1));
}

// Expects mean and variance within 4 standard deviations, and the whole
// distribution.
inline void ExpectPoisson(const std::vector<double>& x, double lambda) {
  const auto n = static_cast<double>(x.size());
  EXPECT_NEAR(Mean(x), lambda, 4 * std::sqrt(lambda / n));
  EXPECT_NEAR(Variance(x), lambda,
              4 * std::sqrt((lambda + 2 * lambda * lambda) / n));
  EXPECT_LT(PoissonDeviation(x, lambda), 4.5);
}

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_POISSON_H_
