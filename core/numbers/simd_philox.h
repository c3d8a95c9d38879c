// SPDX-License-Identifier: Apache-2.0
//
// Philox4x32-10 in vectors: the blocks of RandomBlock, several at a time.
// Included once per vector target, so the guard follows Highway's convention.
//
// A counter word lives in the low half of a 64-bit lane. The high half may hold
// anything: multiplication of the low halves ignores it, so that the low word
// of a product needs no masking and its high word one shift.

#if defined(SPIKED_CORE_NUMBERS_SIMD_PHILOX_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NUMBERS_SIMD_PHILOX_H_
#undef SPIKED_CORE_NUMBERS_SIMD_PHILOX_H_
#else
#define SPIKED_CORE_NUMBERS_SIMD_PHILOX_H_
#endif

#include <cstdint>

#include "core/numbers/random.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {
namespace philox {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<uint64_t, 8>;
using Lanes = hn::Vec<Tag>;

// Products of the low halves.
HWY_INLINE Lanes MultiplyLow(Lanes a, Lanes b) {
#if HWY_TARGET == HWY_SCALAR
  const Tag d;
  return hn::Mul(hn::And(a, hn::Set(d, 0xffffffffu)), b);
#else
  const hn::RepartitionToNarrow<Tag> narrow;
  return hn::MulEven(hn::BitCast(narrow, a), hn::BitCast(narrow, b));
#endif
}

// Words 0 and 1, and 2 and 3, of one block per lane; the lower is in the low
// half.
struct Blocks {
  Lanes words01;
  Lanes words23;
};

// The blocks (high, low) of a stream, one per lane of `low`.
HWY_INLINE Blocks MakeBlocks(RandomStream stream, uint64_t high, Lanes low) {
  const Tag d;
  const Lanes m0 = hn::Set(d, 0xD2511F53u);
  const Lanes m1 = hn::Set(d, 0xCD9E8D57u);
  Lanes c0 = low;
  Lanes c1 = hn::ShiftRight<32>(low);
  Lanes c2 = hn::Set(d, high);
  Lanes c3 = hn::Set(d, high >> 32);
  uint32_t k0 = stream.key[0];
  uint32_t k1 = stream.key[1];
  for (int round = 0; round < 10; ++round) {
    const Lanes p0 = MultiplyLow(c0, m0);
    const Lanes p1 = MultiplyLow(c2, m1);
    c0 = hn::Xor3(hn::ShiftRight<32>(p1), c1, hn::Set(d, uint64_t{k0}));
    c2 = hn::Xor3(hn::ShiftRight<32>(p0), c3, hn::Set(d, uint64_t{k1}));
    c1 = p1;
    c3 = p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const Lanes mask = hn::Set(d, 0xffffffffu);
  return {hn::Or(hn::And(c0, mask), hn::ShiftLeft<32>(c1)),
          hn::Or(hn::And(c2, mask), hn::ShiftLeft<32>(c3))};
}

}  // namespace philox
}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NUMBERS_SIMD_PHILOX_H_
