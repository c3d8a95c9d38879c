// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_BARE_RANDOM_H_
#define SPIKED_TESTS_BENCHMARK_BARE_RANDOM_H_

#include <cmath>
#include <cstdint>

#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {

inline uint64_t SplitMix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// SplitMix64 (Steele, Lea & Flood 2014), which draws networks. Usable as a
// generator for the distributions of <random>.
class BuildRandom {
 public:
  using result_type = uint64_t;
  explicit BuildRandom(uint64_t seed) : state_(SplitMix(seed)) {}

  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return ~uint64_t{0}; }
  uint64_t operator()() { return SplitMix(state_ += 0x9e3779b97f4a7c15u); }

  // Uniform over (0, 1].
  double Uniform() {
    return (static_cast<double>((*this)() >> 11) + 1) * 0x1p-53;
  }
  // Uniform over 0 ... n - 1.
  uint32_t Below(uint32_t n) { return ((*this)() >> 32) * n >> 32; }

 private:
  uint64_t state_;
};

// Calls visit(i) for a random subset of 0 ... n - 1, in which each number is
// with `probability`. Jumps from one member to the next.
template <typename Visit>
void ForRandomSubset(BuildRandom& random, double probability, uint32_t n,
                     Visit visit) {
  const double scale = 1 / std::log1p(-probability);
  for (double i = -1;;) {
    i += 1 + std::floor(std::log(random.Uniform()) * scale);
    if (i >= n) return;
    visit(static_cast<uint32_t>(i));
  }
}

// xoshiro128++ (Blackman & Vigna 2019), 16 generators side by side: ten simple
// instructions for 16 draws. For loops of one thread.
class LoopRandom {
 public:
  explicit LoopRandom(uint64_t seed) {
    BuildRandom random(seed);
    for (U32x16& s : s_) {
      for (int i = 0; i < 16; ++i) s[i] = static_cast<uint32_t>(random());
    }
  }

  U32x16 operator()() {
    const U32x16 result = Rotate(s_[0] + s_[3], 7) + s_[0];
    const U32x16 t = s_[1] << 9;
    s_[2] ^= s_[0];
    s_[3] ^= s_[1];
    s_[1] ^= s_[2];
    s_[0] ^= s_[3];
    s_[2] ^= t;
    s_[3] = Rotate(s_[3], 11);
    return result;
  }

 private:
  static U32x16 Rotate(U32x16 x, int k) { return (x << k) | (x >> (32 - k)); }

  U32x16 s_[4];
};

// Philox4x32-10 (Salmon et al. 2011): 64 draws of 16 bits as a function of
// (seed, block, step), so threads share no state. Each 64-bit lane works on one
// counter; the upper halves of its words are ignored.
struct Draws {
  U16x32 first;
  U16x32 second;
};
inline Draws Philox(uint64_t seed, uint32_t block, uint32_t step) {
  auto key0 = static_cast<uint32_t>(seed);
  auto key1 = static_cast<uint32_t>(seed >> 32);
  U64x8 c0 = U64x8{0, 1, 2, 3, 4, 5, 6, 7} + uint64_t{block} * 8;
  U64x8 c1 = U64x8{} + step;
  U64x8 c2 = {};
  U64x8 c3 = {};
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const U64x8 p0 = MultiplyLower(c0, 0xd2511f53u);
    const U64x8 p1 = MultiplyLower(c2, 0xcd9e8d57u);
    c0 = (p1 >> 32) ^ c1 ^ uint64_t { key0 };
    c2 = (p0 >> 32) ^ c3 ^ uint64_t { key1 };
    c1 = p1;
    c3 = p0;
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  const uint64_t lower = 0xffffffffu;
  return {BitCast<U16x32>((c0 & lower) | (c1 << 32)),
          BitCast<U16x32>((c2 & lower) | (c3 << 32))};
}

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_RANDOM_H_
