// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/discrete_random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace spiked {
namespace {

// Probabilities computed as by C. Loader (2000), "Fast and accurate computation
// of binomial probabilities", without large numbers that cancel.

// ln n! minus its approximation by Stirling.
double StirlingError(double n) {
  if (n < 16) {
    static const auto table = [] {
      std::array<double, 16> errors{};
      double factorial = 1;
      for (int i = 1; i < 16; ++i) {
        factorial *= i;
        errors[i] = std::log(factorial) - (i + 0.5) * std::log(i) + i -
                    0.5 * std::log(2 * std::numbers::pi);
      }
      return errors;
    }();
    return table[static_cast<size_t>(n)];
  }
  const double r = 1 / (n * n);
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - r / 1680) * r) * r) / n;
}

// x ln(x / mean) + mean - x. Requires: x, mean > 0.
double Deviance(double x, double mean) {
  const double difference = x - mean;
  if (std::abs(difference) >= 0.1 * (x + mean)) {
    return x * std::log(x / mean) - difference;
  }
  const double v = difference / (x + mean);
  double sum = difference * v;
  double term = 2 * x * v;
  for (int j = 3;; j += 2) {
    term *= v * v;
    const double next = sum + term / j;
    if (next == sum) return sum;
    sum = next;
  }
}

// The probability of k successes in n trials of probability p, 0 < p < 1.
double BinomialProbability(double k, double n, double p) {
  const double q = 1 - p;
  if (k == 0) return std::exp(n * std::log1p(-p));
  if (k == n) return std::exp(n * std::log(p));
  const double log_ratio = StirlingError(n) - StirlingError(k) -
                           StirlingError(n - k) - Deviance(k, n * p) -
                           Deviance(n - k, n * q);
  return std::exp(log_ratio) *
         std::sqrt(n / (2 * std::numbers::pi * k * (n - k)));
}

// Inverts a distribution over [min, max]: adds up probabilities outwards from
// `mode`, in turns upwards and downwards, until they exceed u. `at_mode` is the
// probability of `mode`; up(k) = P(k + 1) / P(k), down(k) = P(k - 1) / P(k).
template <class Up, class Down>
int64_t InvertFromMode(double u, int64_t mode, double at_mode, int64_t min,
                       int64_t max, Up up, Down down) {
  // Smaller probabilities are beyond the precision of u.
  constexpr double kNegligible = 0x1p-70;
  u -= at_mode;
  if (u < 0) return mode;
  int64_t above = mode, below = mode;
  double p_above = at_mode, p_below = at_mode;
  while (p_above > kNegligible || p_below > kNegligible) {
    p_above = above < max ? p_above * up(static_cast<double>(above)) : 0;
    u -= p_above;
    if (u < 0) return above + 1;
    ++above;
    p_below = below > min ? p_below * down(static_cast<double>(below)) : 0;
    u -= p_below;
    if (u < 0) return below - 1;
    --below;
  }
  return mode;
}

}  // namespace

int64_t Binomial(int64_t n, double p, double u) {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  const auto trials = static_cast<double>(n);
  const auto mode =
      std::min(n, static_cast<int64_t>(std::floor((trials + 1) * p)));
  const double odds = p / (1 - p);
  return InvertFromMode(
      u, mode, BinomialProbability(static_cast<double>(mode), trials, p), 0, n,
      [=](double k) { return (trials - k) / (k + 1) * odds; },
      [=](double k) { return k / ((trials - k + 1) * odds); });
}

int64_t Hypergeometric(int64_t total, int64_t marked, int64_t draws, double u) {
  const int64_t min = std::max<int64_t>(0, draws - (total - marked));
  const int64_t max = std::min(draws, marked);
  if (min >= max) return min;
  const auto n = static_cast<double>(total),
             k_all = static_cast<double>(marked),
             m = static_cast<double>(draws);
  const auto mode = std::clamp(
      static_cast<int64_t>(std::floor((m + 1) * ((k_all + 1) / (n + 2)))), min,
      max);
  const auto at = static_cast<double>(mode);
  // draws < total, as min < max.
  const double p = m / n;
  const double at_mode = BinomialProbability(at, k_all, p) *
                         BinomialProbability(m - at, n - k_all, p) /
                         BinomialProbability(m, n, p);
  const double unmarked_rest = n - k_all - m;
  return InvertFromMode(
      u, mode, at_mode, min, max,
      [=](double k) {
        return (k_all - k) * (m - k) / ((k + 1) * (unmarked_rest + k + 1));
      },
      [=](double k) {
        return k * (unmarked_rest + k) / ((k_all - k + 1) * (m - k + 1));
      });
}

}  // namespace spiked
