// SPDX-License-Identifier: Apache-2.0
//
// ARS4x32-7 in vectors, for noise: random bits for every neuron and step, the
// same whatever the vector length. Included once per vector target, so the
// guard follows Highway's convention.
//
// A stream has several `draws` of independent bits. The counter of a block is,
// from the low word on: {number of the block, draw, low and high word of step}.
//
// Whole words: neuron i has word i % 4 of block i / 4.
// Half words: neurons 32 k to 32 k + 31 share the 16 words of the blocks 4 k
// to 4 k + 3. Neuron i has the low half of word i % 16 of these if i / 16 is
// even, else the high half. So a vector of words holds two contiguous runs of
// neurons.
//
// One draw of a stream serves either whole or half words.

#if defined(SPIKED_CORE_NUMBERS_SIMD_RANDOM_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NUMBERS_SIMD_RANDOM_H_
#undef SPIKED_CORE_NUMBERS_SIMD_RANDOM_H_
#else
#define SPIKED_CORE_NUMBERS_SIMD_RANDOM_H_
#endif

#include <array>
#include <cstdint>

#include "core/numbers/ars.h"
#include "core/numbers/random.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using WordTag = hn::CappedTag<uint32_t, 16>;
using Words = hn::Vec<WordTag>;

#if HWY_TARGET == HWY_SCALAR

// The words of consecutive blocks, one by one.
class WordSequence {
 public:
  WordSequence(const ArsKeys& keys, int64_t step, uint32_t draw, int64_t block)
      : keys_(keys),
        high_(static_cast<uint64_t>(step)),
        low_(uint64_t{draw} << 32 | static_cast<uint32_t>(block)) {}

  Words Next() {
    if (next_ == 0) block_ = ArsBlock(keys_, high_, low_++);
    const Words word = hn::Set(WordTag(), block_[next_]);
    next_ = (next_ + 1) % 4;
    return word;
  }

 private:
  const ArsKeys& keys_;
  uint64_t high_;
  uint64_t low_;
  int next_ = 0;
  std::array<uint32_t, 4> block_{};
};

#else

// One block for every four lanes of counters: the same as r123::ARS4x32_R<7>.
template <class D>
HWY_INLINE hn::Vec<D> Ars(D d, const ArsKeys& keys, hn::Vec<D> counters) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  // AES works on 128 bits: vectors are split once instead of in every round.
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    return hn::Combine(d, Ars(half, keys, hn::UpperHalf(half, counters)),
                       Ars(half, keys, hn::LowerHalf(half, counters)));
  }
#endif
  const hn::Repartition<uint8_t, D> bytes;
  const auto key = [&](int i) {
    return hn::BitCast(bytes, hn::LoadDup128(d, keys.word[i]));
  };
  auto state = hn::Xor(hn::BitCast(bytes, counters), key(0));
  state = hn::AESRound(state, key(1));
  state = hn::AESRound(state, key(2));
  state = hn::AESRound(state, key(3));
  state = hn::AESRound(state, key(4));
  state = hn::AESRound(state, key(5));
  state = hn::AESRound(state, key(6));
  return hn::BitCast(d, hn::AESLastRound(state, key(7)));
}

// The words of consecutive blocks, vector by vector.
class WordSequence {
 public:
  HWY_INLINE WordSequence(const ArsKeys& keys, int64_t step, uint32_t draw,
                          int64_t block)
      : keys_(keys) {
    const WordTag d;
    const auto lane = hn::Iota(d, 0);
    const uint32_t first[4] = {static_cast<uint32_t>(block), draw,
                               static_cast<uint32_t>(step),
                               static_cast<uint32_t>(step >> 32)};
    // lane / 4 in the first lane of each block
    const auto in_first = hn::Eq(hn::And(lane, hn::Set(d, 3)), hn::Zero(d));
    const auto number = hn::IfThenElseZero(in_first, hn::ShiftRight<2>(lane));
    counters_ = hn::Add(hn::LoadDup128(d, Aligned(first).word), number);
    increment_ = hn::IfThenElseZero(
        in_first, hn::Set(d, static_cast<uint32_t>(hn::Lanes(d) / 4)));
  }

  HWY_INLINE Words Next() {
    const WordTag d;
    const Words words = Ars(d, keys_, counters_);
    counters_ = hn::Add(counters_, increment_);
    return words;
  }

 private:
  struct alignas(16) Aligned {
    explicit Aligned(const uint32_t (&from)[4])
        : word{from[0], from[1], from[2], from[3]} {}
    uint32_t word[4];
  };

  const ArsKeys& keys_;
  Words counters_;
  Words increment_;
};

#endif

// Calls body(words, i) for vectors of words of the neurons first + i, i <
// count. Requires: `first` is a multiple of 64.
template <class Body>
HWY_INLINE void ForEachRandomVector(const ArsKeys& keys, int64_t step,
                                    uint32_t draw, int64_t first, int64_t count,
                                    Body body) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(WordTag()));
  WordSequence sequence(keys, step, draw, first / 4);
  for (int64_t i = 0; i < count; i += lanes) body(sequence.Next(), i);
}

// Calls body(words, i) for vectors whose low halves are for the neurons from
// first + i on, and whose high halves for those from first + i + 16 on. Some of
// these neurons may be beyond `count`, but i isn't. Requires: `first` is a
// multiple of 64.
template <class Body>
HWY_INLINE void ForEachRandomHalves(const ArsKeys& keys, int64_t step,
                                    uint32_t draw, int64_t first, int64_t count,
                                    Body body) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(WordTag()));
  WordSequence sequence(keys, step, draw, first / 8);
  for (int64_t group = 0; group < count; group += 32) {
    for (int64_t lane = 0; lane < 16; lane += lanes) {
      const Words words = sequence.Next();
      if (group + lane < count) body(words, group + lane);
    }
  }
}

// The word of one neuron, for rare use.
HWY_INLINE uint32_t RandomWord(const ArsKeys& keys, int64_t step, uint32_t draw,
                               int64_t neuron) {
#if HWY_TARGET == HWY_SCALAR
  return ArsBlock(
      keys, static_cast<uint64_t>(step),
      uint64_t{draw} << 32 | static_cast<uint32_t>(neuron / 4))[neuron % 4];
#else
  const WordTag d;
  HWY_ALIGN uint32_t words[16];
  hn::Store(WordSequence(keys, step, draw, neuron / 4).Next(), d, words);
  return words[neuron % 4];
#endif
}

// Adds a vector of floats to a row; doubles take the same numbers.
HWY_INLINE void AddFloats(hn::Vec<hn::CappedTag<float, 16>> numbers,
                          float* to) {
  const hn::CappedTag<float, 16> d;
  hn::Store(hn::Add(hn::Load(d, to), numbers), d, to);
}
HWY_INLINE void AddFloats(hn::Vec<hn::CappedTag<float, 16>> numbers,
                          double* to) {
  const hn::CappedTag<double, 8> d;
#if HWY_TARGET == HWY_SCALAR
  hn::Store(hn::Add(hn::Load(d, to), hn::PromoteTo(d, numbers)), d, to);
#else
  const hn::Half<hn::CappedTag<float, 16>> half;
  const auto low = hn::PromoteTo(d, hn::LowerHalf(half, numbers));
  const auto high = hn::PromoteTo(d, hn::UpperHalf(half, numbers));
  hn::Store(hn::Add(hn::Load(d, to), low), d, to);
  to += hn::Lanes(d);
  hn::Store(hn::Add(hn::Load(d, to), high), d, to);
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NUMBERS_SIMD_RANDOM_H_
