// SPDX-License-Identifier: Apache-2.0
//
// The random numbers of single steps: ARS4x32-7 of Salmon et al. 2011,
// doi:10.1145/2063384.2063405, r123::ARS4x32 of Random123. Rounds of AES, with
// round keys that grow by a constant: one instruction a round where the
// processor has it (core/numbers/simd_random.h). This is the portable
// implementation: vector code is tested against it, and targets without vectors
// use it.

#ifndef SPIKED_CORE_NUMBERS_ARS_H_
#define SPIKED_CORE_NUMBERS_ARS_H_

#include <array>
#include <cstdint>

#include "core/numbers/random.h"

namespace spiked {

// The key before the first round and of each of the 7 rounds, as four words of
// 32 bits. The key of a stream fills the first two of the four words of a key
// of ARS4x32; the others are 0.
struct alignas(64) ArsKeys {
  static constexpr int kRounds = 7;
  explicit ArsKeys(RandomStream stream);
  uint32_t word[kRounds + 1][4];
};

// The four words of block (high, low). The words of its counter are the lower
// and upper half of `low`, then those of `high`.
std::array<uint32_t, 4> ArsBlock(const ArsKeys& keys, uint64_t high,
                                 uint64_t low);

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_ARS_H_
