// SPDX-License-Identifier: Apache-2.0
//
// Philox4x32-10 in vectors, for noise: one 32-bit word for every neuron and
// step, the same whatever the vector length. Included once per vector target,
// so the guard follows Highway's convention.
//
// Neuron i uses word (i / 16) % 4 of the block with the counter
// {low: 16 (i / 64) + i % 16, high: step}: whatever the vector length, the four
// words of a vector of blocks go to four contiguous runs of neurons.

#if defined(SPIKED_CORE_SIMD_RANDOM_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_SIMD_RANDOM_H_
#undef SPIKED_CORE_SIMD_RANDOM_H_
#else
#define SPIKED_CORE_SIMD_RANDOM_H_
#endif

#include <cstdint>

#include "core/random.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using WordTag = hn::CappedTag<uint32_t, 16>;
using Words = hn::Vec<WordTag>;

// Both halves of the 64-bit products of all lanes.
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void MultiplyWide(Words a, Words b, Words& high, Words& low) {
  const WordTag d;
  const uint64_t product =
      static_cast<uint64_t>(hn::GetLane(a)) * hn::GetLane(b);
  low = hn::Set(d, static_cast<uint32_t>(product));
  high = hn::Set(d, static_cast<uint32_t>(product >> 32));
}
#else
HWY_INLINE void MultiplyWide(Words a, Words b, Words& high, Words& low) {
  const WordTag d;
  const hn::RepartitionToWide<WordTag> wide;
  const auto even = hn::MulEven(a, b);
  const auto odd =
      hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a))),
                  hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, b))));
  low =
      hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
  high = hn::OddEven(hn::BitCast(d, odd),
                     hn::BitCast(d, hn::ShiftRight<32>(even)));
}
#endif

// One block of four words per lane, as r123::Philox4x32-10.
struct PhiloxBlocks {
  Words word[4];
};
HWY_INLINE PhiloxBlocks Philox(RandomStream stream, Words low, uint64_t high) {
  const WordTag d;
  const Words m0 = hn::Set(d, 0xD2511F53u);
  const Words m1 = hn::Set(d, 0xCD9E8D57u);
  Words c0 = low;
  Words c1 = hn::Zero(d);
  Words c2 = hn::Set(d, static_cast<uint32_t>(high));
  Words c3 = hn::Set(d, static_cast<uint32_t>(high >> 32));
  uint32_t k0 = stream.key[0];
  uint32_t k1 = stream.key[1];
  for (int round = 0; round < 10; ++round) {
    Words h0, l0, h1, l1;
    MultiplyWide(c0, m0, h0, l0);
    MultiplyWide(c2, m1, h1, l1);
    c0 = hn::Xor(hn::Xor(h1, c1), hn::Set(d, k0));
    c2 = hn::Xor(hn::Xor(h0, c3), hn::Set(d, k1));
    c1 = l1;
    c3 = l0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

// Calls body(words, i) for the vectors of the neurons first + i, i < count.
template <class Body>
HWY_INLINE void ForEachRandomVector(RandomStream stream, int64_t step,
                                    int64_t first, int64_t count, Body body) {
  const WordTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t group = 0; group < count; group += 64) {
    for (int64_t lane = 0; lane < 16; lane += lanes) {
      if (group + lane >= count) break;
      const Words low =
          hn::Iota(d, static_cast<uint32_t>((first + group) / 4 + lane));
      const PhiloxBlocks blocks =
          Philox(stream, low, static_cast<uint64_t>(step));
      for (int word = 0; word < 4; ++word) {
        const int64_t i = group + 16 * word + lane;
        if (i < count) body(blocks.word[word], i);
      }
    }
  }
}

// Adds a vector of floats to a row; doubles take the same numbers.
HWY_INLINE void AddFloats(hn::Vec<hn::CappedTag<float, 16>> numbers,
                          float* to) {
  const hn::CappedTag<float, 16> d;
  hn::Store(hn::Add(hn::Load(d, to), numbers), d, to);
}
HWY_INLINE void AddFloats(hn::Vec<hn::CappedTag<float, 16>> numbers,
                          double* to) {
  const hn::CappedTag<float, 16> d;
  HWY_ALIGN float lanes[16];
  hn::Store(numbers, d, lanes);
  for (size_t i = 0; i < hn::Lanes(d); ++i) to[i] += lanes[i];
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_SIMD_RANDOM_H_
