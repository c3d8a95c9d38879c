// SPDX-License-Identifier: Apache-2.0
//
// Sample statistics, and bounds on their random variation. Seeds in tests are
// fixed, so a test that passes keeps passing; the bounds show that it doesn't
// pass by luck.

#ifndef SPIKED_TESTS_SUPPORT_STATISTICS_H_
#define SPIKED_TESTS_SUPPORT_STATISTICS_H_

#include <algorithm>
#include <cmath>
#include <vector>

namespace spiked::testing {

inline double Mean(const std::vector<double>& x) {
  double sum = 0;
  for (double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

inline double Variance(const std::vector<double>& x) {
  const double mean = Mean(x);
  double sum = 0;
  for (double value : x) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(x.size());
}

// Pearson's correlation; about N(0, 1 / sqrt(n)) for independent samples.
inline double Correlation(const std::vector<double>& x,
                          const std::vector<double>& y) {
  const double mean_x = Mean(x), mean_y = Mean(y);
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    sum += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return sum / static_cast<double>(x.size()) /
         std::sqrt(Variance(x) * Variance(y));
}

// The largest distance between the distribution of a sample and `cdf`; above
// 1.95 / sqrt(n) with a probability of 0.001.
template <class Cdf>
double KolmogorovDistance(std::vector<double> x, Cdf cdf) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  double distance = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double p = cdf(x[i]);
    distance = std::max({distance, p - static_cast<double>(i) / n,
                         static_cast<double>(i + 1) / n - p});
  }
  return distance;
}

inline double NormalCdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2)); }

// Pearson's chi-square of counts that should be equal. Its mean is the number
// of counts minus one, its variance twice that.
inline double ChiSquareOfEqual(const std::vector<double>& counts) {
  const double expected = Mean(counts);
  double sum = 0;
  for (double count : counts) {
    sum += (count - expected) * (count - expected) / expected;
  }
  return sum;
}

// Standard deviation of a binomial count.
inline double BinomialStd(double n, double p) {
  return std::sqrt(n * p * (1 - p));
}

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_STATISTICS_H_
