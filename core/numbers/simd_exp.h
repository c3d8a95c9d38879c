// SPDX-License-Identifier: Apache-2.0
//
// The exponential function in vectors of float or double: the same bits on
// every vector target, because it is made of Mul, Add, Sub, Div and integer
// operations alone. Included once per vector target, so the guard follows
// Highway's convention.
//
//   Exp                exp(x)              error below 1.1 ulp
//   ExpM1              exp(x) - 1          below 3 ulp, also near x = 0
//   BernoulliFunction  x / (exp(x) - 1)    below 4 ulp, also near x = 0
//   MeanDecay          (1 - exp(-x)) / x   below 8 ulp, also near x = 0
//
// Nothing overflows and nothing becomes denormal. Let [lo, hi] be [-87, 88] for
// float and [-708, 709] for double, slightly less than the range with normal
// results. Then exp(x) is exp(hi) for x > hi, +infinity too, and 0 for x < lo.
// NaN gives NaN.

#if defined(SPIKED_CORE_NUMBERS_SIMD_EXP_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NUMBERS_SIMD_EXP_H_
#undef SPIKED_CORE_NUMBERS_SIMD_EXP_H_
#else
#define SPIKED_CORE_NUMBERS_SIMD_EXP_H_
#endif

#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Constants of a type. With r = x - n ln 2 for whole n, |r| is at most ln(2) /
// 2, and exp(x) = 2^n exp(r).
template <typename T>
struct ExpConstants;

template <>
struct ExpConstants<float> {
  using Bits = uint32_t;
  static constexpr int kMantissaBits = 23;
  static constexpr Bits kExponentBias = 127;
  static constexpr float kLow = -87, kHigh = 88;
  // Adding it rounds to whole numbers: the last bit of a number between 2^23
  // and 2^24 is worth 1.
  static constexpr float kToWhole = 12582912;  // 1.5 * 2^23
  // ln 2 = kLn2High + kLn2Low; n kLn2High is exact.
  static constexpr float kLn2High = 0.693359375f;
  static constexpr float kLn2Low = -2.12194440e-4f;
  // (exp(r) - 1 - r) / r^2, interpolated at the Chebyshev points of the
  // interval; the error of exp(r) is 0.2 * 2^-24.
  static constexpr int kTerms = 5;
  static constexpr float kSeries[kTerms] = {0.5f, 0.166665763f, 0.0416665561f,
                                            0.00836317893f, 0.0013926184f};
  // Up to here the next term of the series below is less than 6 ulp.
  static constexpr float kMeanDecaySmall = 0.125f;
  static constexpr int kMeanDecayTerms = 1;
};

template <>
struct ExpConstants<double> {
  using Bits = uint64_t;
  static constexpr int kMantissaBits = 52;
  static constexpr Bits kExponentBias = 1023;
  static constexpr double kLow = -708, kHigh = 709;
  static constexpr double kToWhole = 6755399441055744;  // 1.5 * 2^52
  static constexpr double kLn2High = 6.93147180369123816490e-01;
  static constexpr double kLn2Low = 1.90821492927058770002e-10;
  // The error of exp(r) is 0.2 * 2^-53.
  static constexpr int kTerms = 10;
  static constexpr double kSeries[kTerms] = {0.5,
                                             0.16666666666666669,
                                             0.041666666666624129,
                                             0.0083333333333300615,
                                             0.0013888888917213717,
                                             0.00019841269863053618,
                                             2.480152129595459e-05,
                                             2.7557268459997229e-06,
                                             2.7620088445308224e-07,
                                             2.5100385495432248e-08};
  // Likewise, less than an ulp.
  static constexpr double kMeanDecaySmall = 0.25;
  static constexpr int kMeanDecayTerms = 5;
};

// The coefficients B(2k) / (2k)! of the powers of x^2 in the series
//   x / (1 - exp(-x)) = 1 + x/2 + x^2/12 - x^4/720 + ...
// where B are Bernoulli's numbers.
inline constexpr double kMeanDecaySeries[] = {1.0 / 12, -1.0 / 720, 1.0 / 30240,
                                              -1.0 / 1209600, 1.0 / 47900160};

// exp(x) in parts: 2^n and exp(r) - 1.
template <class D>
struct ExpParts {
  hn::Vec<D> power;
  hn::Vec<D> rest;
};

template <class D>
HWY_INLINE ExpParts<D> SplitExp(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  using Constants = ExpConstants<T>;
  const hn::RebindToUnsigned<D> du;
  // Comparisons instead of Min and Max, which treat NaN differently on
  // different targets.
  const auto low = hn::Set(d, Constants::kLow);
  const auto high = hn::Set(d, Constants::kHigh);
  x = hn::IfThenElse(hn::Lt(x, low), low, x);
  x = hn::IfThenElse(hn::Gt(x, high), high, x);

  // Rounds x / ln 2 to a whole number, which is in the last bits of whole_bits.
  const auto to_whole = hn::Set(d, Constants::kToWhole);
  const auto log2_e = hn::Set(d, static_cast<T>(1.4426950408889634));
  const auto whole_bits = hn::Add(hn::Mul(x, log2_e), to_whole);
  const auto n = hn::Sub(whole_bits, to_whole);
  auto r = hn::Sub(x, hn::Mul(n, hn::Set(d, Constants::kLn2High)));
  r = hn::Sub(r, hn::Mul(n, hn::Set(d, Constants::kLn2Low)));

  auto series = hn::Set(d, Constants::kSeries[Constants::kTerms - 1]);
  for (int k = Constants::kTerms - 2; k >= 0; --k) {
    series = hn::Add(hn::Mul(series, r), hn::Set(d, Constants::kSeries[k]));
  }
  const auto biased = hn::Add(hn::BitCast(du, whole_bits),
                              hn::Set(du, Constants::kExponentBias));
  const auto power = hn::ShiftLeft<Constants::kMantissaBits>(biased);
  return {hn::BitCast(d, power), hn::Add(r, hn::Mul(hn::Mul(r, r), series))};
}

template <class D>
HWY_INLINE hn::Vec<D> Exp(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  const ExpParts<D> parts = SplitExp(d, x);
  const auto exp = hn::Mul(parts.power, hn::Add(parts.rest, hn::Set(d, T{1})));
  const auto is_zero = hn::Lt(x, hn::Set(d, ExpConstants<T>::kLow));
  return hn::IfThenZeroElse(is_zero, exp);
}

// 2^n (exp(r) - 1) + (2^n - 1): the summands do not cancel, since the first one
// is less than 0.6 of the second one, or the second one is 0.
template <class D>
HWY_INLINE hn::Vec<D> ExpM1(D d, hn::Vec<D> x) {
  const ExpParts<D> parts = SplitExp(d, x);
  const auto one = hn::Set(d, hn::TFromD<D>{1});
  return hn::Add(hn::Mul(parts.power, parts.rest), hn::Sub(parts.power, one));
}

// MeanDecay for x far from 0. A function of its own, so that its constants take
// no registers where it isn't needed.
template <class D>
HWY_NOINLINE hn::Vec<D> MeanDecayOfLarge(D d, hn::Vec<D> x) {
  const auto minus_x = hn::Neg(x);
  return hn::Div(ExpM1(d, minus_x), minus_x);
}

// (1 - exp(-x)) / x, 1 at x = 0: the mean of exp(-x t) over t from 0 to 1. If
// v' = -(v - e) x / h, then v + MeanDecay(x) h v' is v after the time h. Where
// a step is short against the membrane's time constant, as it mostly is, x is
// small, and a series takes less time than the exponential.
template <class D>
HWY_INLINE hn::Vec<D> MeanDecay(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  using Constants = ExpConstants<T>;
  constexpr int kTerms = Constants::kMeanDecayTerms;
  constexpr T kSmall = Constants::kMeanDecaySmall;
  const auto one = hn::Set(d, T{1});
  const auto square = hn::Mul(x, x);
  auto series = hn::Set(d, static_cast<T>(kMeanDecaySeries[kTerms - 1]));
  for (int k = kTerms - 2; k >= 0; --k) {
    series = hn::Add(hn::Mul(series, square),
                     hn::Set(d, static_cast<T>(kMeanDecaySeries[k])));
  }
  const auto slope =
      hn::Add(hn::Set(d, static_cast<T>(0.5)), hn::Mul(series, x));
  const auto of_small = hn::Div(one, hn::Add(one, hn::Mul(x, slope)));
  const auto is_small = hn::Lt(square, hn::Set(d, kSmall * kSmall));
  if (HWY_LIKELY(hn::AllTrue(d, is_small))) return of_small;
  return hn::IfThenElse(is_small, of_small, MeanDecayOfLarge(d, x));
}

// B(x) = x / (exp(x) - 1), B(0) = 1: the form of many rates of ion channels,
// whose formulas are 0 / 0 at one voltage.
template <class D>
HWY_INLINE hn::Vec<D> BernoulliFunction(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  const auto high = hn::Set(d, ExpConstants<T>::kHigh);
  const auto up_to_high = hn::IfThenElse(hn::Gt(x, high), high, x);
  const auto ratio = hn::Div(up_to_high, ExpM1(d, x));
  return hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Set(d, T{1}), ratio);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NUMBERS_SIMD_EXP_H_
