// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/poisson_background.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/numbers/aligned_array.h"
#include "core/numbers/vector_target.h"
#include "core/spec/parameters.h"
#include "tests/support/poisson.h"
#include "tests/support/statistics.h"

namespace spiked::poisson_background_test {
namespace {

using testing::Correlation;
using testing::ExpectPoisson;
using testing::Mean;
using testing::Variance;

constexpr int64_t kCount = 1000;
constexpr double kDt = 0.5;
const RandomStream kStream = {{123, 456}};

std::unique_ptr<InputKernel> MakeKernel(const ValueMap& values, int64_t count,
                                        Precision precision,
                                        RandomStream stream = kStream) {
  const PoissonBackground model;
  return model.Compile(
      Parameters::Resolve(model.info(), "", values, count, 1, "input"),
      {.dt_ms = kDt, .precision = precision, .stream = stream, .count = count});
}

template <typename T>
std::vector<double> RowOf(const InputKernel& kernel, int64_t step,
                          int64_t count, int64_t first = 0, T before = 0) {
  // The array is longer than the padding, to detect writes beyond it.
  const int64_t padded = (count + 15) / 16 * 16;
  AlignedArray row = AlignedArray::Of<T>(padded + 64);
  std::fill_n(row.as<T>(), padded + 64, before);
  kernel.Add(
      {.step = step, .first = first, .count = count, .row = row.as<T>()});
  for (int64_t i = padded; i < padded + 64; ++i) {
    EXPECT_EQ(row.as<T>()[i], before) << "written beyond the padding: " << i;
  }
  return {row.as<T>(), row.as<T>() + count};
}

template <typename T>
std::vector<double> Row(const ValueMap& values, int64_t step,
                        int64_t count = kCount) {
  return RowOf<T>(
      *MakeKernel(values, count,
                  sizeof(T) == 8 ? Precision::kFloat64 : Precision::kFloat32),
      step, count);
}

// The rate in Hz that gives lambda spikes per step.
double Rate(double lambda) { return lambda / kDt * 1000; }

std::vector<double> Counts(const InputKernel& kernel, int64_t steps,
                           int64_t first_step = 0) {
  std::vector<double> all;
  for (int64_t step = first_step; step < first_step + steps; ++step) {
    const std::vector<double> row = RowOf<float>(kernel, step, kCount);
    all.insert(all.end(), row.begin(), row.end());
  }
  return all;
}

class PoissonLambda : public ::testing::TestWithParam<double> {};

TEST_P(PoissonLambda, HasTheDistribution) {
  const double lambda = GetParam();
  const auto kernel =
      MakeKernel({{"rate_hz", Rate(lambda)}}, kCount, Precision::kFloat32);
  ExpectPoisson(Counts(*kernel, 2000), lambda);
}

// The same distribution among neurons with other rates, some of which share
// tables.
TEST_P(PoissonLambda, HasTheDistributionAmongOtherRates) {
  const double lambda = GetParam();
  for (int different : {10, 200}) {
    std::vector<double> rates(kCount);
    for (int64_t i = 0; i < kCount; ++i) {
      const double other = 1 + 0.001 * static_cast<double>(i % different);
      rates[i] = Rate(i % 2 == 0 ? lambda : lambda * other);
    }
    const auto kernel =
        MakeKernel({{"rate_hz", rates}}, kCount, Precision::kFloat32);
    std::vector<double> x;
    for (int64_t step = 0; step < 1000; ++step) {
      const std::vector<double> row = RowOf<float>(*kernel, step, kCount);
      for (int64_t i = 0; i < kCount; i += 2) x.push_back(row[i]);
    }
    ExpectPoisson(x, lambda);
  }
}

INSTANTIATE_TEST_SUITE_P(Lambdas, PoissonLambda,
                         ::testing::Values(0.001, 0.5, 2, 2.32, 4.9, 5, 6, 30,
                                           500));

TEST(PoissonBackground, LargestRateHasMeanAndVariance) {
  for (double lambda : {5000.0, 1e5}) {
    // 1e5 is the mean at 1e6 Hz with dt = 100 ms.
    const auto kernel =
        MakeKernel({{"rate_hz", Rate(lambda)}}, kCount, Precision::kFloat32);
    const std::vector<double> x = Counts(*kernel, 200);
    const auto n = static_cast<double>(x.size());
    EXPECT_NEAR(Mean(x), lambda, 4 * std::sqrt(lambda / n));
    EXPECT_NEAR(Variance(x), lambda, 4 * lambda * std::sqrt(2 / n));
  }
}

// Each neuron has its own rate; standardised sums over neurons are standard
// normal.
TEST(PoissonBackground, RatesMayDifferByNeuron) {
  std::vector<double> rates(kCount), lambdas(kCount);
  for (int64_t i = 0; i < kCount; ++i) {
    const double x = static_cast<double>(i) / kCount;
    lambdas[i] = i % 7 == 0 ? 0 : 5000 * x * x * x * x * x + 1e-3;
    rates[i] = Rate(lambdas[i]);
  }
  const auto kernel =
      MakeKernel({{"rate_hz", rates}}, kCount, Precision::kFloat32);
  constexpr int kSteps = 1000;
  const std::vector<double> x = Counts(*kernel, kSteps);
  double chi_square = 0;
  int busy = 0;
  for (int64_t i = 0; i < kCount; ++i) {
    double sum = 0;
    for (int k = 0; k < kSteps; ++k) sum += x[k * kCount + i];
    if (lambdas[i] == 0) {
      ASSERT_EQ(sum, 0);
      continue;
    }
    const double expected = kSteps * lambdas[i];
    chi_square += (sum - expected) * (sum - expected) / expected;
    ++busy;
  }
  EXPECT_NEAR(chi_square, busy, 4.5 * std::sqrt(2.0 * busy) + 100);
}

TEST(PoissonBackground, NeuronsAndStepsAreIndependent) {
  constexpr int64_t kSteps = 500;
  for (double lambda : {2.32, 30.0}) {
    const auto kernel =
        MakeKernel({{"rate_hz", Rate(lambda)}}, kCount, Precision::kFloat32);
    const std::vector<double> x = Counts(*kernel, kSteps);
    const auto lagged = [&](int64_t neurons, int64_t steps) {
      std::vector<double> here, there;
      for (int64_t k = 0; k + steps < kSteps; ++k) {
        for (int64_t i = 0; i + neurons < kCount; ++i) {
          here.push_back(x[k * kCount + i]);
          there.push_back(x[(k + steps) * kCount + i + neurons]);
        }
      }
      return Correlation(here, there) *
             std::sqrt(static_cast<double>(here.size()));
    };
    for (int64_t neurons : {1, 4, 8, 16, 32, 64}) {
      EXPECT_LT(std::abs(lagged(neurons, 0)), 4) << neurons;
    }
    for (int64_t steps : {1, 2, 64}) {
      EXPECT_LT(std::abs(lagged(0, steps)), 4) << steps;
      EXPECT_LT(std::abs(lagged(1, steps)), 4) << steps;
    }
  }
}

// A neuron's counts are a function of its own rate: as a constant, in a list of
// equal rates, and among any others.
TEST(PoissonBackground, CountsDependOnTheOwnRateAlone) {
  for (double lambda : {0.0, 0.001, 0.5, 2.0, 2.32, 4.9, 5.0, 5.37, 6.0, 30.0,
                        63.99, 500.0, 5000.5, 1e5}) {
    const auto constant =
        MakeKernel({{"rate_hz", Rate(lambda)}}, kCount, Precision::kFloat32);
    std::vector<double> rates(kCount, Rate(lambda));
    const auto list =
        MakeKernel({{"rate_hz", rates}}, kCount, Precision::kFloat32);
    for (int64_t i = 1; i < kCount; i += 2) {
      rates[i] = Rate(0.01 * static_cast<double>(i * i % 977));
    }
    const auto mixed =
        MakeKernel({{"rate_hz", rates}}, kCount, Precision::kFloat32);
    for (int64_t step = 0; step < 300; ++step) {
      const std::vector<double> expected =
          RowOf<float>(*constant, step, kCount);
      ASSERT_EQ(RowOf<float>(*list, step, kCount), expected) << lambda;
      const std::vector<double> among = RowOf<float>(*mixed, step, kCount);
      for (int64_t i = 0; i < kCount; i += 2) {
        ASSERT_EQ(among[i], expected[i]) << lambda << " " << step << " " << i;
      }
    }
  }
}

// One rate, few rates and many rates: the three ways to draw.
std::vector<ValueMap> ThreeWays(int64_t count) {
  std::vector<double> few(count), many(count), weights(count);
  for (int64_t i = 0; i < count; ++i) {
    few[i] = Rate(0.5 + static_cast<double>(i % 9));
    many[i] = Rate(0.001 + static_cast<double>(i) * 0.13);
    weights[i] = 0.1 + static_cast<double>(i);
  }
  return {{{"rate_hz", Rate(2.32)}, {"weight", 87.8}},
          {{"rate_hz", few}, {"weight", -0.3}},
          {{"rate_hz", many}, {"weight", weights}}};
}

TEST(PoissonBackground, EveryVectorTargetGivesTheSameNumbers) {
  constexpr int kSteps = 100;  // with many draws decided by further bits
  for (const ValueMap& values : ThreeWays(kCount)) {
    const auto single = MakeKernel(values, kCount, Precision::kFloat32);
    const auto twice = MakeKernel(values, kCount, Precision::kFloat64);
    std::vector<std::vector<double>> best, best_twice;
    for (int64_t step = 0; step < kSteps; ++step) {
      best.push_back(RowOf<float>(*single, step, kCount));
      best_twice.push_back(RowOf<double>(*twice, step, kCount));
    }
    for (const std::string& target : VectorTargets()) {
      ASSERT_TRUE(ForceVectorTarget(target));
      for (int64_t step = 0; step < kSteps; ++step) {
        EXPECT_EQ(RowOf<float>(*single, step, kCount), best[step]) << target;
        EXPECT_EQ(RowOf<double>(*twice, step, kCount), best_twice[step])
            << target;
      }
    }
    ForceVectorTarget("");
  }
}

TEST(PoissonBackground, RunsOfNeuronsGetTheSameNumbers) {
  for (const std::string& target : VectorTargets()) {
    ASSERT_TRUE(ForceVectorTarget(target));
    for (const ValueMap& values : ThreeWays(kCount)) {
      const auto kernel = MakeKernel(values, kCount, Precision::kFloat32);
      for (int64_t step : {0, 3}) {
        const std::vector<double> all = RowOf<float>(*kernel, step, kCount);
        for (int64_t length : {64, 128, 320, 960}) {
          std::vector<double> joined;
          for (int64_t first = 0; first < kCount; first += length) {
            const std::vector<double> run = RowOf<float>(
                *kernel, step, std::min(length, kCount - first), first);
            joined.insert(joined.end(), run.begin(), run.end());
          }
          EXPECT_EQ(joined, all) << target << ", " << length;
        }
        for (int64_t count : {1, 16, 17, 31, 33, 63, 65}) {
          EXPECT_EQ(RowOf<float>(*kernel, step, count),
                    std::vector<double>(all.begin(), all.begin() + count));
        }
      }
    }
  }
  ForceVectorTarget("");
}

TEST(PoissonBackground, AddsWeightTimesCount) {
  for (ValueMap values : ThreeWays(kCount)) {
    values["weight"] = 1.0;
    const std::vector<double> counts = Row<float>(values, 4);
    EXPECT_EQ(Row<double>(values, 4), counts);
    values["weight"] = -0.1;
    const std::vector<double> row = Row<float>(values, 4);
    const std::vector<double> row_double = Row<double>(values, 4);
    std::vector<double> weights(kCount);
    for (int64_t i = 0; i < kCount; ++i) {
      ASSERT_EQ(row[i], -0.1f * static_cast<float>(counts[i]));
      ASSERT_EQ(row_double[i], -0.1 * counts[i]);
      weights[i] = 0.3 * static_cast<double>(i);
    }
    values["weight"] = weights;
    const std::vector<double> each = Row<double>(values, 4);
    for (int64_t i = 0; i < kCount; ++i) {
      ASSERT_EQ(each[i], weights[i] * counts[i]);
    }
    const auto kernel = MakeKernel(values, kCount, Precision::kFloat64);
    const std::vector<double> on_top =
        RowOf<double>(*kernel, 4, kCount, 0, 0.5);
    for (int64_t i = 0; i < kCount; ++i) ASSERT_EQ(on_top[i], 0.5 + each[i]);
  }
}

TEST(PoissonBackground, WithoutRateAddsNothing) {
  for (double x : Row<float>({{"weight", 5.0}}, 0)) ASSERT_EQ(x, 0);
  const std::vector<double> none(kCount, 0.0);
  for (double x : Row<float>({{"rate_hz", none}}, 1)) ASSERT_EQ(x, 0);
}

TEST(PoissonBackground, OtherStreamsGiveOtherNumbers) {
  const ValueMap values = {{"rate_hz", Rate(2)}};
  const auto kernel = MakeKernel(values, kCount, Precision::kFloat32);
  const auto other =
      MakeKernel(values, kCount, Precision::kFloat32, {{123, 457}});
  EXPECT_NE(RowOf<float>(*kernel, 0, kCount), RowOf<float>(*other, 0, kCount));
}

}  // namespace
}  // namespace spiked::poisson_background_test
