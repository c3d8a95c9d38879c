// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/sine_current.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "core/numbers/vector_target.h"
#include "tests/core/inputs/input_run.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::sine_current_test {
namespace {

using ::testing::Each;
using testing::InputRun;

const SineCurrent kModel;

constexpr double kTwoPi = 2 * std::numbers::pi;

TEST(SineCurrent, IsTheSineOfItsPhase) {
  constexpr double kDt = 0.1;
  InputRun run(kModel,
               {{"offset", 2.0},
                {"amplitude", 3.0},
                {"frequency_hz", 37.0},
                {"phase_deg", 20.0}},
               5, Precision::kFloat64, kDt);
  for (int64_t k = 0; k < 2000; ++k) {
    const double t_s = static_cast<double>(k) * kDt / 1000;
    const double expected = 2 + 3 * std::sin(kTwoPi * (37 * t_s + 20.0 / 360));
    ASSERT_THAT(run.Step(k), Each(::testing::DoubleNear(expected, 1e-13))) << k;
  }
}

// 1/1024 cycle per step is a binary fraction: all phases are exact, and the
// error is that of the polynomial.
TEST(SineCurrent, PolynomialIsGoodToTheLastDigit) {
  InputRun run(kModel, {{"amplitude", 1.0}, {"frequency_hz", 1000.0 / 1024}},
               1);
  for (int64_t k = 0; k < 1024; ++k) {
    // Computed from the nearest quarter turn, so that the argument is small,
    // too.
    const int64_t quarter = (k + 128) / 256;
    const double x = kTwoPi * static_cast<double>(k - quarter * 256) / 1024;
    const double expected = (quarter % 2 == 0 ? std::sin(x) : std::cos(x)) *
                            (quarter % 4 < 2 ? 1 : -1);
    ASSERT_NEAR(run.Step(k)[0], expected, 2.3e-16) << k;
  }
}

TEST(SineCurrent, QuarterTurnsAreExact) {
  InputRun run(kModel, {{"amplitude", 1.0}, {"frequency_hz", 250.0}}, 1);
  for (int64_t k : {int64_t{0}, int64_t{400}, int64_t{1} << 50}) {
    EXPECT_EQ(run.Step(k)[0], 0);
    EXPECT_EQ(run.Step(k + 1)[0], 1);
    EXPECT_EQ(run.Step(k + 2)[0], 0);
    EXPECT_EQ(run.Step(k + 3)[0], -1);
  }
  const double quarters[] = {0, 1, 0, -1, 0};
  for (int q = 0; q < 5; ++q) {
    EXPECT_EQ(InputRun(kModel, {{"amplitude", 1.0}, {"phase_deg", 90.0 * q}}, 1)
                  .Step(12345)[0],
              quarters[q]);
    EXPECT_EQ(
        InputRun(kModel, {{"amplitude", 1.0}, {"phase_deg", -90.0 * q}}, 1)
            .Step(0)[0],
        -quarters[q]);
  }
}

// Detects drift: after 2^40 steps of 0.1 ms, three and a half years, a sine of
// 3 Hz is in place to within the rounding of f dt / 1000, 2^40 * 3e-4 * 2^-52
// cycles.
TEST(SineCurrent, DoesNotDrift) {
  InputRun run(kModel, {{"amplitude", 1.0}, {"frequency_hz", 3.0}}, 1,
               Precision::kFloat64, 0.1);
  // A period has 10000 / 3 steps; three have 10000.
  const int64_t far = (int64_t{1} << 40) / 10000 * 10000;
  const double cycles = 0x1p40 * 3e-4 * 0x1p-52 + 0x1p40 * 0x1p-65;
  for (int64_t k = 0; k < 10000; k += 97) {
    ASSERT_NEAR(run.Step(far + k)[0], run.Step(k)[0], kTwoPi * cycles) << k;
  }
}

TEST(SineCurrent, FrequenciesAboveTheStepRateAreThoseBelow) {
  InputRun low(kModel, {{"amplitude", 1.0}, {"frequency_hz", 125.0}}, 1);
  InputRun high(kModel, {{"amplitude", 1.0}, {"frequency_hz", 3125.0}}, 1);
  for (int64_t k = 0; k < 20; ++k) EXPECT_EQ(high.Step(k), low.Step(k));
}

TEST(SineCurrent, EveryParameterMayDifferByNeuron) {
  constexpr int64_t kCount = 130;
  std::vector<double> offset, amplitude, frequency, phase;
  for (int i = 0; i < kCount; ++i) {
    offset.push_back(i);
    amplitude.push_back(1 + 0.1 * i);
    frequency.push_back(3 * i);
    phase.push_back(2.5 * i);
  }
  const ValueMap values = {{"offset", offset},
                           {"amplitude", amplitude},
                           {"frequency_hz", frequency},
                           {"phase_deg", phase}};
  InputRun all(kModel, values, kCount);
  for (int64_t k : {0, 17, 1000}) {
    const std::vector<double> row = all.Step(k, 64);
    for (int i = 0; i < kCount; ++i) {
      InputRun one(kModel,
                   {{"offset", offset[i]},
                    {"amplitude", amplitude[i]},
                    {"frequency_hz", frequency[i]},
                    {"phase_deg", phase[i]}},
                   1);
      ASSERT_EQ(row[i], one.Step(k)[0]) << k << " " << i;
    }
  }
}

TEST(SineCurrent, SinglePrecisionIsTheSameRounded) {
  const ValueMap values = {
      {"offset", 0.1}, {"amplitude", 0.7}, {"frequency_hz", 7.0}};
  InputRun exact(kModel, values, 3);
  InputRun rounded(kModel, values, 3, Precision::kFloat32);
  for (int64_t k = 0; k < 100; ++k) {
    EXPECT_EQ(rounded.Step(k)[2], static_cast<float>(exact.Step(k)[2]));
  }
}

TEST(SineCurrent, EveryVectorTargetGivesTheSameNumbers) {
  const ValueMap values = {{"amplitude", 0.7}, {"frequency_hz", 7.3}};
  const auto best = InputRun(kModel, values, 40).Steps(100);
  for (const std::string& target : VectorTargets()) {
    ASSERT_TRUE(ForceVectorTarget(target));
    EXPECT_EQ(InputRun(kModel, values, 40).Steps(100), best) << target;
  }
  ForceVectorTarget("");
}

}  // namespace
}  // namespace spiked::sine_current_test
