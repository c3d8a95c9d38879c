// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/random_words.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/numbers/random_words.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/numbers/simd_philox.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

void FillWords(RandomStream stream, uint64_t high, uint64_t first_low,
               size_t count, uint32_t* words) {
  namespace hn = hwy::HWY_NAMESPACE;
  const philox::Tag d;
  const size_t blocks = hn::Lanes(d);
  const auto step = hn::Set(d, blocks);
  auto low = hn::Add(hn::Iota(d, 0), hn::Set(d, first_low));
  const auto store = [&](uint32_t* to) {
    const philox::Blocks b = philox::MakeBlocks(stream, high, low);
    hn::StoreInterleaved2(b.words01, b.words23, d,
                          reinterpret_cast<uint64_t*>(to));
    low = hn::Add(low, step);
  };
  size_t i = 0;
  for (; i + 4 * blocks <= count; i += 4 * blocks) store(words + i);
  if (i == count) return;
  HWY_ALIGN uint32_t rest[4 * hn::MaxLanes(d)];
  store(rest);
  std::memcpy(words + i, rest, (count - i) * sizeof(uint32_t));
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(FillWords);

}  // namespace

void FillRandomBlocks(RandomStream stream, uint64_t high, uint64_t first_low,
                      size_t count, uint32_t* words) {
  HWY_DYNAMIC_DISPATCH(FillWords)(stream, high, first_low, 4 * count, words);
}

void FillRandomWords(RandomStream stream, uint64_t high, size_t count,
                     uint32_t* words) {
  HWY_DYNAMIC_DISPATCH(FillWords)(stream, high, 0, count, words);
}

}  // namespace spiked
#endif  // HWY_ONCE
