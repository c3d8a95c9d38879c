// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_BARE_NORMAL_H_
#define SPIKED_TESTS_BENCHMARK_BARE_NORMAL_H_

#include "tests/benchmark/bare/random.h"
#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {

// ln(x) for x > 0, within 1e-6.
inline F32x16 Log(F32x16 x) {
  const auto bits = BitCast<I32x16>(x);
  const F32x16 exponent = __builtin_convertvector((bits >> 23) - 127, F32x16);
  const F32x16 t = BitCast<F32x16>((bits & 0x7fffff) | 0x3f800000) - 1.0f;
  F32x16 p = t * 0.013874485f - 0.065590306f;
  p = p * t + 0.14829413f;
  p = p * t - 0.2345452f;
  p = p * t + 0.33097526f;
  p = p * t - 0.49985899f;
  p = p * t + 0.99999857f;
  return exponent * 0.69314718f + p * t;
}

// sin(2 pi x) for -1/4 <= x <= 1/4, within 2e-6.
inline F32x16 SinTurns(F32x16 x) {
  const F32x16 y = x * x;
  return x *
         (((y * -71.60768f + 81.408007f) * y - 41.339246f) * y + 6.2831805f);
}

inline F32x16 SquareRoot(F32x16 x) {
#ifdef SPIKED_BARE_AVX512
  return reinterpret_cast<F32x16>(_mm512_sqrt_ps(reinterpret_cast<__m512>(x)));
#else
  for (int i = 0; i < 16; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

// Two vectors of standard normal numbers (Box and Muller 1958).
struct Normals {
  F32x16 first;
  F32x16 second;
};
inline Normals DrawNormals(LoopRandom& random) {
  const F32x16 uniform =
      (__builtin_convertvector(random() >> 8, F32x16) + 1.0f) * 0x1p-24f;
  const F32x16 square = Log(uniform) * -2.0f;
  const F32x16 radius = SquareRoot(square > 0.0f ? square : F32x16{});
  // The angle in turns, in [-1/2, 1/2).
  const auto angle_bits = BitCast<I32x16>(random());
  const F32x16 angle = __builtin_convertvector(angle_bits, F32x16) * 0x1p-32f;
  const F32x16 size = angle < 0.0f ? -angle : angle;
  const F32x16 folded = size > 0.25f ? 0.5f - size : size;
  const F32x16 sine = SinTurns(angle < 0.0f ? -folded : folded);
  return {radius * SinTurns(0.25f - size), radius * sine};
}

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_NORMAL_H_
