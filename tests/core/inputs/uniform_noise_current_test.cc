// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/uniform_noise_current.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/numbers/aligned_array.h"
#include "core/numbers/ars.h"
#include "core/numbers/vector_target.h"
#include "core/spec/parameters.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked::uniform_noise_current_test {
namespace {

using testing::Correlation;
using testing::KolmogorovDistance;
using testing::Mean;
using testing::Variance;

constexpr int64_t kCount = 1000;
const RandomStream kStream = {{123, 456}};

// The numbers added in one step.
template <typename T>
std::vector<double> Row(const ValueMap& values, int64_t step,
                        int64_t count = kCount, RandomStream stream = kStream) {
  const UniformNoiseCurrent model;
  const auto kernel = model.Compile(
      Parameters::Resolve(model.info(), "", values, count, 1, "input"),
      {.dt_ms = 1,
       .precision = sizeof(T) == 8 ? Precision::kFloat64 : Precision::kFloat32,
       .stream = stream,
       .count = count});
  AlignedArray row = AlignedArray::Of<T>((count + 15) / 16 * 16);
  kernel->Add({.step = step, .first = 0, .count = count, .row = row.as<T>()});
  return {row.as<T>(), row.as<T>() + count};
}

std::vector<double> Rows(const ValueMap& values, int64_t steps) {
  std::vector<double> all;
  for (int64_t step = 0; step < steps; ++step) {
    const std::vector<double> row = Row<float>(values, step);
    all.insert(all.end(), row.begin(), row.end());
  }
  return all;
}

// Wider ranges are refused.
TEST(UniformNoiseCurrent, WidestThereIsStaysWithinItsBounds) {
  for (double x : Row<float>({{"low", -1.7e38}, {"high", 1.7e38}}, 0)) {
    ASSERT_TRUE(x >= -1.70001e38 && x < 1.70001e38) << x;
  }
}

TEST(UniformNoiseCurrent, NumbersAreTheTopBitsOfTheRandomWords) {
  for (int64_t step : {int64_t{0}, int64_t{7}, int64_t{1} << 40}) {
    const std::vector<double> row = Row<float>({{"high", 1.0}}, step);
    for (int64_t i = 0; i < kCount; ++i) {
      const uint32_t word = ArsBlock(ArsKeys(kStream), step, i / 4)[i % 4];
      ASSERT_EQ(row[i], std::ldexp(word >> 8, -24)) << i;
    }
  }
}

TEST(UniformNoiseCurrent, IsUniformOverItsRange) {
  const std::vector<double> x = Rows({{"low", -1.0}, {"high", 4.0}}, 200);
  const auto n = static_cast<double>(x.size());
  for (double value : x) ASSERT_TRUE(value >= -1 && value < 4);
  EXPECT_NEAR(Mean(x), 1.5, 4 * std::sqrt(25 / 12.0 / n));
  EXPECT_NEAR(Variance(x), 25 / 12.0, 4 * 25 / 12.0 * std::sqrt(0.8 / n));
  EXPECT_LT(KolmogorovDistance(x, [](double v) { return (v + 1) / 5; }),
            1.95 / std::sqrt(n));
}

// In a narrow range far from 0, low + width u rounds to high.
TEST(UniformNoiseCurrent, HighEndIsNeverReachedEvenByRounding) {
  for (double value : Rows({{"low", 1000.0}, {"high", 1000.001}}, 100)) {
    ASSERT_GE(value, 1000);
    ASSERT_LT(value, 1000.001f);
  }
}

TEST(UniformNoiseCurrent, WithoutWidthIsConstant) {
  for (double value : Row<float>({{"low", 2.5}, {"high", 2.5}}, 3)) {
    ASSERT_EQ(value, 2.5);
  }
  for (double value : Row<float>({}, 3)) ASSERT_EQ(value, 0);
}

TEST(UniformNoiseCurrent, NeuronsAndStepsAreIndependent) {
  constexpr int kSteps = 200;
  const std::vector<double> x = Rows({{"high", 1.0}}, kSteps);
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
  for (int64_t neurons : {1, 2, 16, 32, 48, 64, 65}) {
    EXPECT_LT(std::abs(lagged(neurons, 0)), 4) << neurons;
  }
  for (int64_t steps : {1, 2, 64}) {
    EXPECT_LT(std::abs(lagged(0, steps)), 4) << steps;
    EXPECT_LT(std::abs(lagged(1, steps)), 4) << steps;
  }
}

TEST(UniformNoiseCurrent, OtherStreamsGiveOtherNumbers) {
  EXPECT_NE(Row<float>({{"high", 1.0}}, 0),
            Row<float>({{"high", 1.0}}, 0, kCount, {{123, 457}}));
}

TEST(UniformNoiseCurrent, NumberOfNeuronsDoesNotChangeTheNumbers) {
  const std::vector<double> all = Row<float>({{"high", 1.0}}, 3);
  for (int64_t count : {1, 16, 17, 63, 65}) {
    EXPECT_EQ(Row<float>({{"high", 1.0}}, 3, count),
              std::vector<double>(all.begin(), all.begin() + count));
  }
}

TEST(UniformNoiseCurrent, DoublesTakeTheSameNumbers) {
  const ValueMap values = {{"low", -2.0}, {"high", 3.3}};
  EXPECT_EQ(Row<double>(values, 5), Row<float>(values, 5));
}

TEST(UniformNoiseCurrent, RangesMayDifferByNeuron) {
  std::vector<double> low(kCount), high(kCount);
  for (int64_t i = 0; i < kCount; ++i) {
    low[i] = static_cast<double>(i);
    high[i] = static_cast<double>(i) + 0.5;
  }
  const std::vector<double> row = Row<float>({{"low", low}, {"high", high}}, 1);
  for (int64_t i = 0; i < kCount; ++i) {
    ASSERT_TRUE(row[i] >= low[i] && row[i] < high[i]) << i;
  }
}

TEST(UniformNoiseCurrent, EveryVectorTargetGivesTheSameNumbers) {
  const ValueMap values = {{"low", -2.7}, {"high", 3.3}};
  const std::vector<double> best = Row<float>(values, 9);
  const std::vector<double> best_double = Row<double>(values, 9);
  for (const std::string& target : VectorTargets()) {
    ASSERT_TRUE(ForceVectorTarget(target));
    EXPECT_EQ(Row<float>(values, 9), best) << target;
    EXPECT_EQ(Row<double>(values, 9), best_double) << target;
  }
  ForceVectorTarget("");
}

// The neuron sums up its input: v is the sum over all steps.
TEST(UniformNoiseCurrent, ActsInEveryStepOnItsPopulationOnly) {
  NetworkSpec network = testing::MakeNetwork(1);
  for (const char* name : {"driven", "other"}) {
    network.populations.push_back(
        testing::MakePopulation(name, "izhikevich", 3,
                                {{"quadratic", 0.0},
                                 {"linear", 0.0},
                                 {"constant", 0.0},
                                 {"a", 0.0},
                                 {"v_peak_mv", 1e9}},
                                {{"v_mv", 0.0}, {"u", 0.0}}));
    network.populations.back().scheme = "euler";
  }
  network.inputs = {
      testing::MakeInput("driven", "uniform_noise_current", {{"high", 1.0}})};
  testing::Simulation simulation(network);
  simulation.Run(1000);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(simulation.Variable("driven", "v_mv", i), 500,
                4 * std::sqrt(1000 / 12.0));
    EXPECT_EQ(simulation.Variable("other", "v_mv", i), 0);
  }
}

}  // namespace
}  // namespace spiked::uniform_noise_current_test
