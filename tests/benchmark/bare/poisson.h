// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_BARE_POISSON_H_
#define SPIKED_TESTS_BENCHMARK_BARE_POISSON_H_

#include <cstdint>

#include "tests/benchmark/bare/random.h"
#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {

// Poisson counts by Walker's alias table with 32 entries, which fits into one
// register: 16 random bits choose an entry (5 bits) and either it or its alias
// (11 bits). The threshold between the two has 43 bits; draws that hit its
// upper 11 exactly, about one in 2,000, are decided by 32 more.
class PoissonTable {
 public:
  explicit PoissonTable(double mean);  // mean <= 8

  // Draws 32 counts. `key` selects the further bits and must differ in each
  // call.
  I16x32 Draw(U16x32 random, uint64_t key) const {
    const uint16_t entry_bits = 31;
    const U16x32 chosen = Lookup(table_, random);
    const U16x32 bits = random & static_cast<uint16_t>(~entry_bits);
    const U16x32 threshold = chosen & static_cast<uint16_t>(~entry_bits);
    auto keep = bits < threshold;
    const auto tie = bits == threshold;
#ifdef SPIKED_BARE_AVX512
    uint32_t ties = _mm512_movepi16_mask(reinterpret_cast<__m512i>(tie));
#else
    uint32_t ties = 0;
    for (int i = 0; i < 32; ++i) ties |= (tie[i] & 1u) << i;
#endif
    if (__builtin_expect(ties != 0, 0)) {
      ForEachBit(ties, 0, [&](uint32_t i) {
        const uint64_t fraction = fraction_[random[i] & entry_bits];
        keep[i] = SplitMix(key + i) >> 32 < fraction ? -1 : 0;
      });
    }
    return BitCast<I16x32>((keep ? random : chosen) & entry_bits);
  }

 private:
  U16x32 table_;           // threshold << 5 | alias
  uint64_t fraction_[32];  // threshold beyond 11 bits, in 2^-32
};

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_POISSON_H_
