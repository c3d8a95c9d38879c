// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/core/vector_speed.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/benchmark/core/vector_speed.cc"
#include <cstdint>

#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked::benchmark {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Twelve chains of one multiplication and one addition a round: enough for
// processors that do two operations of 4 cycles at once (Intel) or four of 3 or
// 2 cycles (Zen 5); more wouldn't fit in 16 registers. Returns the sum, so that
// the compiler can't leave out the computation.
float Chains(int64_t rounds, float factor, float term) {
  const hn::CappedTag<float, 16> d;
  const auto f = hn::Set(d, factor);
  const auto t = hn::Set(d, term);
  const auto next = [&](auto& x) { x = hn::Add(hn::Mul(x, f), t); };
  auto a = f, b = f, c = f, e = f, g = f, h = f;
  auto i = t, j = t, k = t, l = t, m = t, n = t;
  for (int64_t round = 0; round < rounds; ++round) {
    next(a), next(b), next(c), next(e), next(g), next(h);
    next(i), next(j), next(k), next(l), next(m), next(n);
  }
  auto sum = a;
  for (const auto& x : {b, c, e, g, h, i, j, k, l, m, n}) sum = hn::Add(sum, x);
  return hn::GetLane(sum);
}

size_t LaneCount() { return hn::Lanes(hn::CappedTag<float, 16>()); }

}  // namespace HWY_NAMESPACE
}  // namespace spiked::benchmark
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {
namespace {

HWY_EXPORT(Chains);
HWY_EXPORT(LaneCount);

}  // namespace

VectorSpeed MeasureVectorSpeed() {
  constexpr int64_t kRounds = 200'000;
  constexpr int kOperations = 2 * 12;  // in each round
  // A factor that the compiler can't know; with it the numbers converge and
  // stay finite.
  volatile float half = 0.5f;
  volatile float sink = HWY_DYNAMIC_DISPATCH(Chains)(kRounds / 10, half, half);
  double best = 0;
  for (int run = 0; run < 5; ++run) {
    const double begin = Now();
    sink = HWY_DYNAMIC_DISPATCH(Chains)(kRounds, half, half);
    const double wall_s = Now() - begin;
    if (run == 0 || wall_s < best) best = wall_s;
  }
  (void)sink;
  return {best * 1e9 / (static_cast<double>(kRounds) * kOperations),
          HWY_DYNAMIC_DISPATCH(LaneCount)()};
}

}  // namespace spiked::benchmark
#endif  // HWY_ONCE
