// SPDX-License-Identifier: Apache-2.0
//
// ARS4x32-7, Salmon et al. 2011, doi:10.1145/2063384.2063405, against the
// authors' implementation, r123::ARS4x32_R<7> of Random123. That needs AES
// instructions, so this file is compiled with -maes where the compiler has this
// option.

#include "core/numbers/ars.h"

#include <Random123/ars.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace spiked {
namespace {

using Block = std::array<uint32_t, 4>;

// Computed with r123::ARS4x32_R<7>, for processors without AES.
TEST(Ars, GivesKnownBlocks) {
  EXPECT_EQ(ArsBlock(ArsKeys(RandomStream{{0, 0}}), 0, 0),
            (Block{0xdacf61ff, 0xc45798f3, 0x113c7eeb, 0x101e27f3}));
  EXPECT_EQ(
      ArsBlock(ArsKeys(RandomStream{{~0u, ~0u}}), ~uint64_t{0}, ~uint64_t{0}),
      (Block{0x5e39c131, 0xd1121a9c, 0xba0a9803, 0x9372482d}));
  EXPECT_EQ(ArsBlock(ArsKeys(RandomStream{{0xa4093822, 0x299f31d0}}),
                     0x0370734413198a2e, 0x85a308d3243f6a88),
            (Block{0xb330966a, 0xd599daa5, 0xca557885, 0xb5de9cff}));
}

TEST(Ars, IsThatOfRandom123) {
#if R123_USE_AES_NI
  if (!__builtin_cpu_supports("aes")) GTEST_SKIP() << "no AES instructions";
  uint64_t x = 1;
  const auto next = [&] {
    return x = x * 6364136223846793005 + 1442695040888963407;
  };
  for (int i = 0; i < 100000; ++i) {
    const uint64_t key = next() ^ next() >> 32;
    const uint64_t low = i < 1000 ? i : next() ^ next() >> 32;
    const uint64_t high = i < 1000 ? i % 10 : next() ^ next() >> 32;
    const auto k0 = static_cast<uint32_t>(key);
    const auto k1 = static_cast<uint32_t>(key >> 32);
    const r123::ARS4x32_R<7>::ctr_type counter = {
        {static_cast<uint32_t>(low), static_cast<uint32_t>(low >> 32),
         static_cast<uint32_t>(high), static_cast<uint32_t>(high >> 32)}};
    const auto words = r123::ARS4x32_R<7>()(counter, {{k0, k1, 0, 0}});
    ASSERT_EQ(ArsBlock(ArsKeys(RandomStream{{k0, k1}}), high, low),
              (Block{words[0], words[1], words[2], words[3]}));
  }
#else
  GTEST_SKIP() << "compiled without AES instructions";
#endif
}

}  // namespace
}  // namespace spiked
