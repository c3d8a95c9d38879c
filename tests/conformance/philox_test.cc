// SPDX-License-Identifier: Apache-2.0
//
// Philox4x32-10, Salmon et al. 2011, doi:10.1145/2063384.2063405.
//
// Numbers: the lines "philox4x32 10" of the file examples/kat_vectors of the
// Random123 distribution: counter [4 words], key [2 words], result [4 words].

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

#include "core/numbers/random.h"

namespace spiked {
namespace {

struct KnownAnswer {
  std::array<uint32_t, 4> counter;
  std::array<uint32_t, 2> key;
  std::array<uint32_t, 4> result;
};

class PhiloxKnownAnswer : public ::testing::TestWithParam<KnownAnswer> {};

TEST_P(PhiloxKnownAnswer, RandomBlockGivesIt) {
  const KnownAnswer& k = GetParam();
  const uint64_t low = uint64_t{k.counter[1]} << 32 | k.counter[0];
  const uint64_t high = uint64_t{k.counter[3]} << 32 | k.counter[2];
  EXPECT_EQ(RandomBlock({k.key}, high, low), k.result);
}

INSTANTIATE_TEST_SUITE_P(
    Random123, PhiloxKnownAnswer,
    ::testing::Values(
        KnownAnswer{{0, 0, 0, 0},
                    {0, 0},
                    {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        KnownAnswer{{~0u, ~0u, ~0u, ~0u},
                    {~0u, ~0u},
                    {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        KnownAnswer{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                    {0xa4093822, 0x299f31d0},
                    {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}),
    [](const auto& info) {
      return std::string(info.index == 0   ? "Zeros"
                         : info.index == 1 ? "Ones"
                                           : "Pi");
    });

}  // namespace
}  // namespace spiked
