// SPDX-License-Identifier: Apache-2.0
//
// Normally distributed numbers in vectors: one for every neuron and step, the
// same whatever the vector length. A random word gives the sign and a tail
// probability; the number is the quantile of this probability, from a
// polynomial for each octave of it, with an absolute error below 1e-6, up to
// 6.2 standard deviations. Included once per vector target, after highway.h.

#if defined(SPIKED_CORE_NUMBERS_SIMD_NORMAL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NUMBERS_SIMD_NORMAL_H_
#undef SPIKED_CORE_NUMBERS_SIMD_NORMAL_H_
#else
#define SPIKED_CORE_NUMBERS_SIMD_NORMAL_H_
#endif

#include <cstdint>

#include "core/numbers/normal_quantile.h"
#include "core/numbers/simd_random.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

using FloatTag = hn::CappedTag<float, 16>;
using Floats = hn::Vec<FloatTag>;
using IntegerTag = hn::Rebind<int32_t, FloatTag>;
using Integers = hn::Vec<IntegerTag>;

// Two vectors that are computed together: the operations on one depend on each
// other, so the processor fills its waits with those on the other.
struct FloatPair {
  Floats a;
  Floats b;
};

// Horner's rule with Mul and Add instead of MulAdd: the same bits on every
// vector target. Coefficients(j) are those of x^j.
template <class Coefficients>
HWY_INLINE FloatPair Polynomial(FloatPair x, Coefficients coefficients) {
  FloatPair sum = coefficients(normal_quantile::kDegree);
  for (int j = normal_quantile::kDegree - 1; j >= 0; --j) {
    const FloatPair c = coefficients(j);
    sum = {hn::Add(c.a, hn::Mul(sum.a, x.a)),
           hn::Add(c.b, hn::Mul(sum.b, x.b))};
  }
  return sum;
}

// The tail probability from the last 31 bits of words, in units of 2^-32: odd
// before it is rounded to float, and below 2^31 also after that.
HWY_INLINE Floats Tail(Words words) {
  const FloatTag d;
  const IntegerTag di;
  const auto integer = hn::OrAnd(hn::Set(di, 1), hn::BitCast(di, words),
                                 hn::Set(di, 0x7fffffff));
  return hn::Min(hn::ConvertTo(d, integer), hn::Set(d, 0x1.fffffep30f));
}

// Octave k of the tail probability (core/numbers/normal_quantile.h).
HWY_INLINE Integers Octave(Floats tail) {
  const IntegerTag d;
  return hn::Sub(hn::Set(d, 127 + 30),
                 hn::ShiftRight<23>(hn::BitCast(d, tail)));
}

// m - 1.5 of the mantissa m.
HWY_INLINE Floats Mantissa(Floats x) {
  const FloatTag d;
  const IntegerTag di;
  const auto bits = hn::OrAnd(hn::Set(di, 0x3f800000), hn::BitCast(di, x),
                              hn::Set(di, 0x007fffff));
  return hn::Sub(hn::BitCast(d, bits), hn::Set(d, 1.5f));
}

// Standard normal numbers. The first bit of words is the sign.
HWY_INLINE FloatPair StandardNormal(Words words_a, Words words_b) {
  using normal_quantile::kQuantile;
  const FloatTag d;
  const Floats tail_a = Tail(words_a);
  const Floats tail_b = Tail(words_b);
  const Integers octave_a = Octave(tail_a);
  const Integers octave_b = Octave(tail_b);
  const FloatPair x = {Mantissa(tail_a), Mantissa(tail_b)};
  FloatPair z;
#if HWY_TARGET != HWY_SCALAR && HWY_MAX_BYTES >= 32
  // The polynomials of the first 8 or 16 octaves are in registers. Each number
  // is in another octave only with a probability of 2^-8 or 2^-16.
  const IntegerTag di;
  const auto in_registers =
      hn::Set(di, static_cast<int32_t>(hn::Lanes(di) < 16 ? 8 : 16));
  if (HWY_LIKELY(
          hn::AllTrue(di, hn::Lt(hn::Max(octave_a, octave_b), in_registers)))) {
    const auto index_a = hn::IndicesFromVec(d, octave_a);
    const auto index_b = hn::IndicesFromVec(d, octave_b);
    z = Polynomial(x, [&](int j) -> FloatPair {
      const Floats table = hn::Load(d, kQuantile[j]);
      return {hn::TableLookupLanes(table, index_a),
              hn::TableLookupLanes(table, index_b)};
    });
  } else  // NOLINT(readability-misleading-indentation)
#endif
  {
    z = Polynomial(x, [&](int j) -> FloatPair {
      return {hn::GatherIndex(d, kQuantile[j], octave_a),
              hn::GatherIndex(d, kQuantile[j], octave_b)};
    });
  }
  return {hn::CopySign(z.a, hn::BitCast(d, words_a)),
          hn::CopySign(z.b, hn::BitCast(d, words_b))};
}

// Calls body(z, i) for the vectors of standard normal numbers of the neurons
// first + i, i < count. Requires: `first` is a multiple of 64.
template <class Body>
HWY_INLINE void ForEachNormalVector(const ArsKeys& keys, int64_t step,
                                    uint32_t draw, int64_t first, int64_t count,
                                    Body body) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(FloatTag()));
  WordSequence sequence(keys, step, draw, first / 4);
  Words words_a = sequence.Next();
  Words words_b = sequence.Next();
  for (int64_t i = 0; i < count; i += 2 * lanes) {
    // Drawn ahead, so that the processor has independent work.
    const Words next_a = sequence.Next();
    const Words next_b = sequence.Next();
    const FloatPair z = StandardNormal(words_a, words_b);
    body(z.a, i);
    if (i + lanes < count) body(z.b, i + lanes);
    words_a = next_a;
    words_b = next_b;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NUMBERS_SIMD_NORMAL_H_
