// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/discrete_random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <vector>

#include "core/numbers/random.h"
#include "tests/support/statistics.h"

namespace spiked {
namespace {

using testing::Mean;
using testing::Variance;

constexpr int kDraws = 100000;

// Not lgamma, which writes to a global variable.
double LogFactorial(int64_t n) {
  double sum = 0;
  for (int64_t i = 2; i <= n; ++i) sum += std::log(static_cast<double>(i));
  return sum;
}
double LogChoose(int64_t n, int64_t k) {
  return LogFactorial(n) - LogFactorial(k) - LogFactorial(n - k);
}

std::vector<double> Draws(const std::function<int64_t(double)>& draw) {
  std::vector<double> x;
  for (int i = 0; i < kDraws; ++i) {
    const RandomStream stream =
        MakeRandomStream(1, RandomPurpose::kConnection, "p");
    x.push_back(
        static_cast<double>(draw(ElementRandom(stream, i).Uniform01())));
  }
  return x;
}

// Compares probabilities with `probability`: each is measured as the share of u
// that leads to its number. An even grid of u counts each to within one point.
void ExpectProbabilities(const std::function<int64_t(double)>& draw,
                         const std::function<double(int64_t)>& probability) {
  std::map<int64_t, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[draw((i + 0.5) / kDraws)];
  for (const auto& [k, count] : counts) {
    EXPECT_NEAR(count, kDraws * probability(k), 1 + 1e-6) << k;
  }
}

// Mean and variance are within four standard errors.
void ExpectMoments(const std::vector<double>& x, double mean, double variance) {
  EXPECT_NEAR(Mean(x), mean, 4 * std::sqrt(variance / kDraws));
  EXPECT_NEAR(Variance(x), variance, 4 * variance * std::sqrt(3.0 / kDraws));
}

TEST(Binomial, ProbabilitiesAreExact) {
  const struct {
    int64_t n;
    double p;
  } cases[] = {{1, 0.5},   {1, 0.001}, {10, 0.3},    {10, 0.95},
               {15, 0.02}, {40, 0.5},  {1000, 0.01}, {1000, 0.999}};
  for (const auto& c : cases) {
    const auto n = c.n;
    const auto p = c.p;
    SCOPED_TRACE(::testing::Message() << n << ", " << p);
    ExpectProbabilities(
        [&](double u) { return Binomial(n, p, u); },
        [&](int64_t k) {
          return std::exp(LogChoose(n, k) +
                          static_cast<double>(k) * std::log(p) +
                          static_cast<double>(n - k) * std::log1p(-p));
        });
  }
}

TEST(Binomial, MomentsOfLargeNumbers) {
  const struct {
    double n;
    double p;
  } cases[] = {
      {1e3, 0.2}, {1e6, 1e-3}, {1e9, 1e-8}, {3e8, 1.0 / 80000}, {1e6, 0.5}};
  for (const auto& c : cases) {
    const auto n = c.n;
    const auto p = c.p;
    SCOPED_TRACE(::testing::Message() << n << ", " << p);
    ExpectMoments(Draws([&](double u) {
                    return Binomial(static_cast<int64_t>(n), p, u);
                  }),
                  n * p, n * p * (1 - p));
  }
}

TEST(Binomial, EndsAreCertain) {
  for (double u : {0.0, 0.5, 1 - 0x1p-53}) {
    EXPECT_EQ(Binomial(0, 0.5, u), 0);
    EXPECT_EQ(Binomial(10, 0, u), 0);
    EXPECT_EQ(Binomial(10, 1, u), 10);
  }
}

TEST(Binomial, StaysWithinItsRangeForAllNumbers) {
  for (int64_t n : {1, 2, 7, 100}) {
    for (double p : {1e-300, 1e-12, 0.5, 1 - 1e-12}) {
      for (double u : {0.0, 0x1p-53, 0.5, 1 - 0x1p-53}) {
        EXPECT_GE(Binomial(n, p, u), 0);
        EXPECT_LE(Binomial(n, p, u), n);
      }
    }
  }
}

TEST(Hypergeometric, ProbabilitiesAreExact) {
  const struct {
    int64_t total;
    int64_t marked;
    int64_t draws;
  } cases[] = {{2, 1, 1},        {10, 4, 3},      {10, 7, 8},
               {20, 19, 5},      {100, 50, 50},   {1000, 10, 20},
               {1000, 300, 100}, {1000, 990, 20}, {1000, 5, 995}};
  for (const auto& [total, marked, draws] : cases) {
    SCOPED_TRACE(::testing::Message()
                 << total << ", " << marked << ", " << draws);
    const int64_t n = total, m = marked, d = draws;
    ExpectProbabilities([=](double u) { return Hypergeometric(n, m, d, u); },
                        [=](int64_t k) {
                          return std::exp(LogChoose(m, k) +
                                          LogChoose(n - m, d - k) -
                                          LogChoose(n, d));
                        });
  }
}

TEST(Hypergeometric, MomentsOfLargeNumbers) {
  const struct {
    double total;
    double marked;
    double draws;
  } cases[] = {
      {1e4, 1e3, 5e3}, {4e8, 2e4, 1e7}, {1e12, 1e6, 1e9}, {6e9, 8e4, 5.9e9}};
  for (const auto& [n, m, d] : cases) {
    SCOPED_TRACE(::testing::Message() << n << ", " << m << ", " << d);
    const double p = m / n;
    const double total = n, marked = m, draws = d;
    ExpectMoments(Draws([=](double u) {
                    return Hypergeometric(static_cast<int64_t>(total),
                                          static_cast<int64_t>(marked),
                                          static_cast<int64_t>(draws), u);
                  }),
                  d * p, d * p * (1 - p) * (n - d) / (n - 1));
  }
}

TEST(Hypergeometric, EndsAreCertain) {
  for (double u : {0.0, 0.5, 1 - 0x1p-53}) {
    EXPECT_EQ(Hypergeometric(10, 0, 5, u), 0);
    EXPECT_EQ(Hypergeometric(10, 10, 5, u), 5);
    EXPECT_EQ(Hypergeometric(10, 4, 0, u), 0);
    EXPECT_EQ(Hypergeometric(10, 4, 10, u), 4);
    EXPECT_EQ(Hypergeometric(4, 4, 4, u), 4);
  }
}

}  // namespace
}  // namespace spiked
