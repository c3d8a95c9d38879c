// SPDX-License-Identifier: Apache-2.0
//
// Vectors of 64 bytes, an extension of GCC and Clang: arithmetic with
// operators, one AVX-512 register if the processor has them, else several
// smaller registers.

#ifndef SPIKED_TESTS_BENCHMARK_BARE_VECTOR_H_
#define SPIKED_TESTS_BENCHMARK_BARE_VECTOR_H_

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
#define SPIKED_BARE_AVX512 1
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>
#include <vector>

namespace spiked::benchmark {

using F32x16 = float __attribute__((vector_size(64)));
using I32x16 = int32_t __attribute__((vector_size(64)));
using U32x16 = uint32_t __attribute__((vector_size(64)));
using U64x8 = uint64_t __attribute__((vector_size(64)));
using I16x32 = int16_t __attribute__((vector_size(64)));
using U16x32 = uint16_t __attribute__((vector_size(64)));
using I16x16 = int16_t __attribute__((vector_size(32)));

// The vector that begins at an element, for reading and writing.
inline F32x16& Vec(float* begin) { return *reinterpret_cast<F32x16*>(begin); }
inline const F32x16& Vec(const float* begin) {
  return *reinterpret_cast<const F32x16*>(begin);
}
inline I16x32& Vec(int16_t* begin) { return *reinterpret_cast<I16x32*>(begin); }

// The same bits as another type.
template <typename To, typename From>
To BitCast(From from) {
  To to;
  static_assert(sizeof(to) == sizeof(from));
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

// Half a vector of 16-bit integers as floats.
inline F32x16 ToFloat(I16x32 x, int half) {
  I16x16 part;
  std::memcpy(&part, reinterpret_cast<const char*>(&x) + 32 * half, 32);
  return __builtin_convertvector(part, F32x16);
}

// One bit for every lane of a comparison.
inline uint32_t Bits(I32x16 mask) {
#ifdef SPIKED_BARE_AVX512
  return _mm512_movepi32_mask(reinterpret_cast<__m512i>(mask));
#else
  uint32_t bits = 0;
  for (int i = 0; i < 16; ++i) bits |= (mask[i] & 1u) << i;
  return bits;
#endif
}

// Calls visit(first + i) for every set bit i.
template <typename Visit>
void ForEachBit(uint32_t bits, uint32_t first, Visit visit) {
  for (; bits != 0; bits &= bits - 1) visit(first + __builtin_ctz(bits));
}

// table[index % 32] in every lane.
inline U16x32 Lookup(U16x32 table, U16x32 index) {
#ifdef SPIKED_BARE_AVX512
  return reinterpret_cast<U16x32>(_mm512_permutexvar_epi16(
      reinterpret_cast<__m512i>(index), reinterpret_cast<__m512i>(table)));
#else
  U16x32 result;
  for (int i = 0; i < 32; ++i) result[i] = table[index[i] % 32];
  return result;
#endif
}

// The full product of `factor` and the lower 32 bits of every lane.
inline U64x8 MultiplyLower(U64x8 x, uint32_t factor) {
#ifdef SPIKED_BARE_AVX512
  return reinterpret_cast<U64x8>(_mm512_mul_epu32(reinterpret_cast<__m512i>(x),
                                                  _mm512_set1_epi64(factor)));
#else
  return (x & 0xffffffffu) * static_cast<uint64_t>(factor);
#endif
}

inline void Prefetch(const void* address) { __builtin_prefetch(address); }

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_VECTOR_H_
