// SPDX-License-Identifier: Apache-2.0
//
// The natural logarithm in vectors of float or double: the same bits on every
// vector target, because it is made of Mul, Add, Sub, Div and integer
// operations alone. Included once per vector target, so the guard follows
// Highway's convention.
//
// Log(x), for normal numbers x > 0, has an error below 2 ulp, also near x = 1.
// NaN gives NaN.
//
// With x = 2^n m, m between sqrt(1/2) and sqrt(2), and s = (m - 1) / (m + 1),
//
//   ln x = n ln 2 + 2 (s + s^3/3 + s^5/5 + ...),  s^2 < 0.0295

#if defined(SPIKED_CORE_NUMBERS_SIMD_LOG_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NUMBERS_SIMD_LOG_H_
#undef SPIKED_CORE_NUMBERS_SIMD_LOG_H_
#else
#define SPIKED_CORE_NUMBERS_SIMD_LOG_H_
#endif

#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Constants of a type.
template <typename T>
struct LogConstants;

template <>
struct LogConstants<float> {
  static constexpr int kMantissaBits = 23;
  static constexpr int32_t kSqrtHalfBits = 0x3f3504f3;
  // ln 2 = kLn2High + kLn2Low; n kLn2High is exact.
  static constexpr float kLn2High = 0.693359375f;
  static constexpr float kLn2Low = -2.12194440e-4f;
  static constexpr int kTerms = 5;  // after the first
};

template <>
struct LogConstants<double> {
  static constexpr int kMantissaBits = 52;
  static constexpr int64_t kSqrtHalfBits = 0x3fe6a09e667f3bcd;
  static constexpr double kLn2High = 6.93147180369123816490e-01;
  static constexpr double kLn2Low = 1.90821492927058770002e-10;
  static constexpr int kTerms = 10;
};

template <class D>
HWY_INLINE hn::Vec<D> Log(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  using Constants = LogConstants<T>;
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, x);
  const auto from_root = hn::Sub(bits, hn::Set(di, Constants::kSqrtHalfBits));
  const auto exponent = hn::ShiftRight<Constants::kMantissaBits>(from_root);
  const auto m = hn::BitCast(
      d, hn::Sub(bits, hn::ShiftLeft<Constants::kMantissaBits>(exponent)));
  const auto n = hn::ConvertTo(d, exponent);

  const auto one = hn::Set(d, T{1});
  const auto s = hn::Div(hn::Sub(m, one), hn::Add(m, one));
  const auto s2 = hn::Mul(s, s);
  const auto coefficient = [d](int k) {
    return hn::Set(d, static_cast<T>(2.0 / (2 * k + 1)));
  };
  auto series = coefficient(Constants::kTerms);
  for (int k = Constants::kTerms - 1; k > 0; --k) {
    series = hn::Add(hn::Mul(series, s2), coefficient(k));
  }
  const auto small = hn::Add(hn::Mul(s, hn::Mul(s2, series)),
                             hn::Mul(n, hn::Set(d, Constants::kLn2Low)));
  const auto log = hn::Add(hn::Mul(n, hn::Set(d, Constants::kLn2High)),
                           hn::Add(hn::Add(s, s), small));
  return hn::IfThenElse(hn::Eq(x, x), log, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NUMBERS_SIMD_LOG_H_
