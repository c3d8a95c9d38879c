// SPDX-License-Identifier: Apache-2.0
//
// The vector logarithm against the C library's in a higher precision, on every
// vector target of this machine.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/core/numbers/simd_log_test.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/numbers/simd_log.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// `count` is a multiple of 16.
template <typename T>
void LogOf(int64_t count, T* x) {
  const hn::CappedTag<T, 16> d;
  for (int64_t i = 0; i < count; i += static_cast<int64_t>(hn::Lanes(d))) {
    hn::StoreU(Log(d, hn::LoadU(d, x + i)), d, x + i);
  }
}
void LogOfF32(int64_t count, float* x) { LogOf(count, x); }
void LogOfF64(int64_t count, double* x) { LogOf(count, x); }

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include <algorithm>
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

HWY_EXPORT(LogOfF32);
HWY_EXPORT(LogOfF64);

template <typename T>
std::vector<T> LogOf(std::vector<T> x) {
  const size_t count = x.size();
  x.resize((count + 15) / 16 * 16, T{1});
  const auto padded = static_cast<int64_t>(x.size());
  if constexpr (sizeof(T) == 4) {
    HWY_DYNAMIC_DISPATCH(LogOfF32)(padded, x.data());
  } else {
    HWY_DYNAMIC_DISPATCH(LogOfF64)(padded, x.data());
  }
  x.resize(count);
  return x;
}

// Numbers of all magnitudes, numbers next to 1, and numbers where the exponent
// changes.
template <typename T>
std::vector<T> Numbers() {
  const T root = std::sqrt(T{0.5});
  std::vector<T> x = {1,
                      std::numeric_limits<T>::min(),
                      std::numeric_limits<T>::max(),
                      root,
                      std::nextafter(root, T{0}),
                      std::nextafter(root, T{1}),
                      2 * root,
                      std::nextafter(2 * root, T{0}),
                      std::nextafter(T{1}, T{0}),
                      std::nextafter(T{1}, T{2})};
  std::mt19937_64 random(21);
  const T range = sizeof(T) == 4 ? 125 : 1020;
  std::uniform_real_distribution<T> exponent(-range, range);
  std::uniform_real_distribution<T> close(sizeof(T) == 4 ? -23 : -52, -1);
  for (int i = 0; i < 100000; ++i) {
    x.push_back(std::exp2(exponent(random)));
    x.push_back(1 + std::exp2(close(random)));
    x.push_back(1 - std::exp2(close(random)));
  }
  return x;
}

template <typename T>
double LargestError() {
  using Wide = std::conditional_t<sizeof(T) == 4, double, long double>;
  const std::vector<T> x = Numbers<T>();
  const std::vector<T> y = LogOf(x);
  double largest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const Wide exact = std::log(static_cast<Wide>(x[i]));
    const T rounded = std::abs(static_cast<T>(exact));
    const T ulp =
        std::nextafter(rounded, std::numeric_limits<T>::infinity()) - rounded;
    largest =
        std::max(largest, static_cast<double>(std::abs(y[i] - exact) / ulp));
  }
  ::testing::Test::RecordProperty("largest_error_in_ulp",
                                  std::to_string(largest));
  return largest;
}

class SimdLog : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { ASSERT_TRUE(ForceVectorTarget(GetParam())); }
  void TearDown() override { ForceVectorTarget(""); }
};

TEST_P(SimdLog, IsAccurate) {
  EXPECT_LT(LargestError<float>(), 2);
  EXPECT_LT(LargestError<double>(), 2);
}

TEST_P(SimdLog, IsExactlyZeroAtOneAndKeepsWhatIsNotANumber) {
  EXPECT_EQ(LogOf(std::vector<float>{1})[0], 0);
  EXPECT_EQ(LogOf(std::vector<double>{1})[0], 0);
  EXPECT_TRUE(std::isnan(LogOf(std::vector<float>{NAN})[0]));
  EXPECT_TRUE(std::isnan(LogOf(std::vector<double>{-NAN})[0]));
}

template <typename T>
void ExpectBitsOfTheBestTarget(const std::string& target) {
  const std::vector<T> here = LogOf(Numbers<T>());
  ForceVectorTarget("");
  const std::vector<T> best = LogOf(Numbers<T>());
  ForceVectorTarget(target);
  ASSERT_EQ(here.size(), best.size());
  EXPECT_EQ(std::memcmp(here.data(), best.data(), here.size() * sizeof(T)), 0);
}

TEST_P(SimdLog, HasTheBitsOfTheBestTarget) {
  ExpectBitsOfTheBestTarget<float>(GetParam());
  ExpectBitsOfTheBestTarget<double>(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Targets, SimdLog, ::testing::ValuesIn(VectorTargets()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace spiked
#endif  // HWY_ONCE
