// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/all_finite.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/numbers/all_finite.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// x - x is 0, or not a number where x isn't finite.
template <typename T>
bool AllDifferencesAreZero(const T* row, int64_t count) {
  const hn::CappedTag<T, 16> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto any = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto x = hn::Load(d, row + i);
    any = hn::Or(any, hn::Sub(x, x));
  }
  if (i < count) {
    const auto x =
        hn::IfThenElseZero(hn::FirstN(d, count - i), hn::Load(d, row + i));
    any = hn::Or(any, hn::Sub(x, x));
  }
  return hn::AllTrue(d, hn::Eq(any, hn::Zero(d)));
}

bool AllFiniteF32(const float* row, int64_t count) {
  return AllDifferencesAreZero(row, count);
}
bool AllFiniteF64(const double* row, int64_t count) {
  return AllDifferencesAreZero(row, count);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(AllFiniteF32);
HWY_EXPORT(AllFiniteF64);

}  // namespace

bool AllFinite(const float* row, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(AllFiniteF32)(row, count);
}

bool AllFinite(const double* row, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(AllFiniteF64)(row, count);
}

}  // namespace spiked
#endif  // HWY_ONCE
