// SPDX-License-Identifier: Apache-2.0
//
// The vector exponential against the C library's in a higher precision, on
// every vector target of this machine.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/core/numbers/simd_exp_test.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/numbers/simd_exp.h"

#ifndef SPIKED_TESTS_CORE_SIMD_EXP_TEST_FUNCTION_
#define SPIKED_TESTS_CORE_SIMD_EXP_TEST_FUNCTION_
namespace spiked {
enum class ExpFunction { kExp, kExpM1, kBernoulli, kMeanDecay };
}  // namespace spiked
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// `count` is a multiple of 16.
template <typename T>
void Apply(ExpFunction function, int64_t count, T* x) {
  const hn::CappedTag<T, 16> d;
  for (int64_t i = 0; i < count; i += static_cast<int64_t>(hn::Lanes(d))) {
    const auto at = hn::LoadU(d, x + i);
    if (function == ExpFunction::kExp) {
      hn::StoreU(Exp(d, at), d, x + i);
    } else if (function == ExpFunction::kExpM1) {
      hn::StoreU(ExpM1(d, at), d, x + i);
    } else if (function == ExpFunction::kBernoulli) {
      hn::StoreU(BernoulliFunction(d, at), d, x + i);
    } else {
      hn::StoreU(MeanDecay(d, at), d, x + i);
    }
  }
}
void ApplyF32(ExpFunction function, int64_t count, float* x) {
  Apply(function, count, x);
}
void ApplyF64(ExpFunction function, int64_t count, double* x) {
  Apply(function, count, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "core/numbers/vector_target.h"

namespace spiked {
namespace {

HWY_EXPORT(ApplyF32);
HWY_EXPORT(ApplyF64);

constexpr ExpFunction kFunctions[] = {ExpFunction::kExp, ExpFunction::kExpM1,
                                      ExpFunction::kBernoulli,
                                      ExpFunction::kMeanDecay};

template <typename T>
std::vector<T> Apply(ExpFunction function, std::vector<T> x) {
  const size_t count = x.size();
  x.resize((count + 15) / 16 * 16);
  const auto padded = static_cast<int64_t>(x.size());
  if constexpr (sizeof(T) == 4) {
    HWY_DYNAMIC_DISPATCH(ApplyF32)(function, padded, x.data());
  } else {
    HWY_DYNAMIC_DISPATCH(ApplyF64)(function, padded, x.data());
  }
  x.resize(count);
  return x;
}

// double for float, long double for double.
template <typename T>
using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;

template <typename T>
Wide<T> Exact(ExpFunction function, T at) {
  const Wide<T> x = at;
  if (function == ExpFunction::kExp) return std::exp(x);
  if (function == ExpFunction::kExpM1) return std::expm1(x);
  if (x == 0) return 1;
  if (function == ExpFunction::kMeanDecay) return -std::expm1(-x) / x;
  return x / std::expm1(x);
}

template <typename T>
T High() {
  return sizeof(T) == 4 ? T{88} : T{709};
}
template <typename T>
T Low() {
  return sizeof(T) == 4 ? T{-87} : T{-708};
}

// Numbers from the whole range, as many close to 0 as far from it, and numbers
// next to the points where the range reduction changes.
template <typename T>
std::vector<T> Numbers() {
  std::vector<T> x = {0, Low<T>(), High<T>(), std::numeric_limits<T>::min(),
                      std::numeric_limits<T>::denorm_min()};
  std::mt19937_64 random(20);
  std::uniform_real_distribution<T> everywhere(Low<T>(), High<T>());
  std::uniform_real_distribution<T> exponent(sizeof(T) == 4 ? -30 : -60, 6);
  for (int i = 0; i < 100000; ++i) {
    x.push_back(everywhere(random));
    x.push_back(std::exp2(exponent(random)));
    x.push_back(-x.back());
  }
  for (int half = -250; half <= 250; ++half) {
    const T at = static_cast<T>(half * std::log(2.0L) / 2);
    if (at < Low<T>() || at > High<T>()) continue;
    x.push_back(at);
    x.push_back(std::nextafter(at, T{0}));
  }
  return x;
}

// The largest error in units of the last place.
template <typename T>
double LargestError(ExpFunction function) {
  const std::vector<T> x = Numbers<T>();
  const std::vector<T> y = Apply(function, x);
  double largest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const Wide<T> exact = Exact(function, x[i]);
    const T rounded = std::abs(static_cast<T>(exact));
    const T ulp =
        std::nextafter(rounded, std::numeric_limits<T>::infinity()) - rounded;
    const auto error = static_cast<double>(std::abs(y[i] - exact) / ulp);
    if (error > largest) largest = error;
    EXPECT_LT(error, 10) << "x = " << x[i] << ", y = " << y[i];
    if (error >= 10) break;
  }
  ::testing::Test::RecordProperty("largest_error_in_ulp",
                                  std::to_string(largest));
  return largest;
}

class SimdExp : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { ASSERT_TRUE(ForceVectorTarget(GetParam())); }
  void TearDown() override { ForceVectorTarget(""); }
};

TEST_P(SimdExp, IsAccurate) {
  EXPECT_LT(LargestError<float>(ExpFunction::kExp), 1.1);
  EXPECT_LT(LargestError<float>(ExpFunction::kExpM1), 3);
  EXPECT_LT(LargestError<float>(ExpFunction::kBernoulli), 4);
  EXPECT_LT(LargestError<float>(ExpFunction::kMeanDecay), 8);
  EXPECT_LT(LargestError<double>(ExpFunction::kMeanDecay), 4);
  EXPECT_LT(LargestError<double>(ExpFunction::kExp), 1.1);
  EXPECT_LT(LargestError<double>(ExpFunction::kExpM1), 3);
  EXPECT_LT(LargestError<double>(ExpFunction::kBernoulli), 4);
}

template <typename T>
void ExpectEnds() {
  const T infinity = std::numeric_limits<T>::infinity();
  const T large = std::numeric_limits<T>::max();
  const T high = High<T>(), low = Low<T>();
  const T most = Apply(ExpFunction::kExp, std::vector<T>{high})[0];
  EXPECT_EQ(Apply(ExpFunction::kExp,
                  std::vector<T>{std::nextafter(high, large), large, infinity,
                                 std::nextafter(low, -large), -large, -infinity,
                                 0, -T{0}}),
            (std::vector<T>{most, most, most, 0, 0, 0, 1, 1}));
  EXPECT_GE(Apply(ExpFunction::kExp, std::vector<T>{low})[0],
            std::numeric_limits<T>::min());
  EXPECT_EQ(Apply(ExpFunction::kExpM1,
                  std::vector<T>{large, infinity, low, -large, -infinity, 0}),
            (std::vector<T>{most, most, -1, -1, -1, 0}));
  const T least = high / most;
  EXPECT_EQ(
      Apply(ExpFunction::kBernoulli,
            std::vector<T>{large, infinity, low, -large, -infinity, 0, -T{0}}),
      (std::vector<T>{least, least, -low, large, infinity, 1, 1}));
  EXPECT_EQ(
      Apply(ExpFunction::kMeanDecay, std::vector<T>{large, infinity, 0, -T{0}}),
      (std::vector<T>{1 / large, 0, 1, 1}));
  for (ExpFunction function : kFunctions) {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    for (T y : Apply(function, std::vector<T>{nan, -nan})) {
      EXPECT_TRUE(std::isnan(y));
    }
  }
}

TEST_P(SimdExp, SaturatesAtTheEndsAndKeepsWhatIsNotANumber) {
  ExpectEnds<float>();
  ExpectEnds<double>();
}

template <typename T>
void ExpectBitsOfTheBestTarget(const std::string& target) {
  for (ExpFunction function : kFunctions) {
    const std::vector<T> here = Apply(function, Numbers<T>());
    ForceVectorTarget("");
    const std::vector<T> best = Apply(function, Numbers<T>());
    ForceVectorTarget(target);
    ASSERT_EQ(here.size(), best.size());
    EXPECT_EQ(std::memcmp(here.data(), best.data(), here.size() * sizeof(T)),
              0);
  }
}

TEST_P(SimdExp, HasTheBitsOfTheBestTarget) {
  ExpectBitsOfTheBestTarget<float>(GetParam());
  ExpectBitsOfTheBestTarget<double>(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Targets, SimdExp, ::testing::ValuesIn(VectorTargets()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace spiked
#endif  // HWY_ONCE
