// SPDX-License-Identifier: Apache-2.0

#include "server/security/sha256.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

// FIPS 180-4, examples of NIST.
TEST(Sha256, GivesThePublishedHashes) {
  EXPECT_EQ(ToHex(HashOf("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(HashOf("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, ReadsWhatItWrites) {
  const Sha256 hash = HashOf("x");
  EXPECT_EQ(FromHex(ToHex(hash)), hash);
  std::string upper = ToHex(hash);
  for (char& c : upper) c = static_cast<char>(toupper(c));
  EXPECT_EQ(FromHex(upper), hash);
}

TEST(Sha256, RefusesWhatIsNoHash) {
  EXPECT_FALSE(FromHex("").has_value());
  EXPECT_FALSE(FromHex(std::string(63, '0')).has_value());
  EXPECT_FALSE(FromHex(std::string(65, '0')).has_value());
  EXPECT_FALSE(FromHex(std::string(63, '0') + "g").has_value());
}

}  // namespace
}  // namespace spiked
