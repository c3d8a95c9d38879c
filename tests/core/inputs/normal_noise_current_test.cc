// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/normal_noise_current.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/numbers/aligned_array.h"
#include "core/numbers/ars.h"
#include "core/numbers/vector_target.h"
#include "core/spec/parameters.h"
#include "tests/support/statistics.h"

namespace spiked::normal_noise_current_test {
namespace {

using testing::Correlation;
using testing::KolmogorovDistance;
using testing::Mean;
using testing::NormalCdf;
using testing::Variance;

constexpr int64_t kCount = 1000;
constexpr int64_t kSteps = 500;
const RandomStream kStream = {{123, 456}};

template <typename T>
std::vector<double> Row(const ValueMap& values, int64_t step,
                        int64_t count = kCount) {
  const NormalNoiseCurrent model;
  const auto kernel = model.Compile(
      Parameters::Resolve(model.info(), "", values, count, 1, "input"),
      {.dt_ms = 1,
       .precision = sizeof(T) == 8 ? Precision::kFloat64 : Precision::kFloat32,
       .stream = kStream,
       .count = count});
  AlignedArray row = AlignedArray::Of<T>((count + 15) / 16 * 16);
  kernel->Add({.step = step, .first = 0, .count = count, .row = row.as<T>()});
  return {row.as<T>(), row.as<T>() + count};
}

std::vector<double> Rows(const ValueMap& values) {
  std::vector<double> all;
  for (int64_t step = 0; step < kSteps; ++step) {
    const std::vector<double> row = Row<float>(values, step);
    all.insert(all.end(), row.begin(), row.end());
  }
  return all;
}

// The number z >= 0 with NormalCdf(-z) = p, for p in (0, 1/2].
double UpperQuantile(double p) {
  double low = 0, high = 10;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (NormalCdf(-middle) > p ? low : high) = middle;
  }
  return low;
}

// Checks the header's claim to be the inverse of the distribution function. The
// 31 bits of the probability are rounded to the 24 of a float.
TEST(NormalNoiseCurrent, NumbersAreQuantilesOfTheRandomWords) {
  double worst = 0;
  for (int64_t step = 0; step < 20; ++step) {
    const std::vector<double> row = Row<float>({{"std", 1.0}}, step);
    for (int64_t i = 0; i < kCount; ++i) {
      const uint32_t word = ArsBlock(ArsKeys(kStream), step, i / 4)[i % 4];
      const double p = ((word & 0x7fffffff) | 1) * 0x1p-32;
      const double z = UpperQuantile(p) * (word >> 31 != 0 ? -1 : 1);
      ASSERT_NEAR(row[i], z, 2e-6 * std::max(1.0, std::abs(z))) << word;
      worst = std::max(worst, std::abs(row[i] - z));
    }
  }
  EXPECT_GT(worst, 0);  // the references are independent
}

TEST(NormalNoiseCurrent, IsNormal) {
  const std::vector<double> x = Rows({{"mean", 3.0}, {"std", 2.0}});
  const auto n = static_cast<double>(x.size());
  EXPECT_NEAR(Mean(x), 3, 4 * 2 / std::sqrt(n));
  EXPECT_NEAR(Variance(x), 4, 4 * 4 * std::sqrt(2 / n));
  EXPECT_LT(
      KolmogorovDistance(x, [](double v) { return NormalCdf((v - 3) / 2); }),
      1.95 / std::sqrt(n));
}

TEST(NormalNoiseCurrent, TailsHaveTheirProbabilities) {
  const std::vector<double> x = Rows({{"std", 1.0}});
  const auto n = static_cast<double>(x.size());
  for (double z : {-4.0, -3.0, -2.0, 2.0, 3.0, 4.0}) {
    const double p = NormalCdf(-std::abs(z));
    const auto count = static_cast<double>(std::count_if(
        x.begin(), x.end(), [&](double v) { return z < 0 ? v < z : v > z; }));
    EXPECT_NEAR(count, p * n, 4.5 * std::sqrt(p * n)) << z;
  }
}

TEST(NormalNoiseCurrent, NeuronsAndStepsAreIndependent) {
  const std::vector<double> x = Rows({{"std", 1.0}});
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
  for (int64_t neurons : {1, 16, 64}) {
    EXPECT_LT(std::abs(lagged(neurons, 0)), 4) << neurons;
  }
  for (int64_t steps : {1, 2})
    EXPECT_LT(std::abs(lagged(0, steps)), 4) << steps;
}

TEST(NormalNoiseCurrent, WithoutDeviationIsItsMean) {
  for (double value : Row<float>({{"mean", 1.25}}, 0)) ASSERT_EQ(value, 1.25);
}

TEST(NormalNoiseCurrent, MeanAndDeviationMayDifferByNeuron) {
  std::vector<double> mean(kCount), std(kCount);
  for (int64_t i = 0; i < kCount; ++i) {
    mean[i] = static_cast<double>(i);
    std[i] = i % 2 == 0 ? 0 : 1;
  }
  const std::vector<double> row = Row<float>({{"mean", mean}, {"std", std}}, 1);
  for (int64_t i = 0; i < kCount; ++i) {
    ASSERT_NEAR(row[i], mean[i], 7 * std[i]);
    ASSERT_EQ(row[i] == mean[i], i % 2 == 0);
  }
}

TEST(NormalNoiseCurrent, DoublesTakeTheSameNumbers) {
  const ValueMap values = {{"mean", -2.0}, {"std", 3.3}};
  EXPECT_EQ(Row<double>(values, 5), Row<float>(values, 5));
}

TEST(NormalNoiseCurrent, NumberOfNeuronsDoesNotChangeTheNumbers) {
  const std::vector<double> all = Row<float>({{"std", 1.0}}, 3);
  for (int64_t count : {1, 16, 17, 63, 65}) {
    EXPECT_EQ(Row<float>({{"std", 1.0}}, 3, count),
              std::vector<double>(all.begin(), all.begin() + count));
  }
}

TEST(NormalNoiseCurrent, EveryVectorTargetGivesTheSameNumbers) {
  const ValueMap values = {{"mean", 0.3}, {"std", 1.7}};
  std::vector<std::vector<double>> best;
  for (int64_t step = 0; step < 50; ++step) {
    best.push_back(Row<float>(values, step));
  }
  for (const std::string& target : VectorTargets()) {
    ASSERT_TRUE(ForceVectorTarget(target));
    for (int64_t step = 0; step < 50; ++step) {
      EXPECT_EQ(Row<float>(values, step), best[step]) << target;
    }
    EXPECT_EQ(Row<double>(values, 9), best[9]) << target;
  }
  ForceVectorTarget("");
}

}  // namespace
}  // namespace spiked::normal_noise_current_test
