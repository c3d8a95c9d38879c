// SPDX-License-Identifier: Apache-2.0

#include "server/base/random_id.h"

#include <gtest/gtest.h>

#include <set>

namespace spiked {
namespace {

TEST(RandomId, IsNeverTheSame) {
  std::set<std::string> ids;
  std::set<char> digits;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = RandomId();
    EXPECT_TRUE(IsRandomId(id)) << id;
    ids.insert(id);
    digits.insert(id.begin(), id.end());
  }
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_EQ(digits.size(), 16u);
}

TEST(RandomId, OtherTextsAreNone) {
  const std::string id = RandomId();
  EXPECT_FALSE(IsRandomId(""));
  EXPECT_FALSE(IsRandomId(id.substr(1)));
  EXPECT_FALSE(IsRandomId(id + "0"));
  for (const char* digit : {"A", "g", "-", " ", "/", ":", "`"}) {
    EXPECT_FALSE(IsRandomId(digit + id.substr(1))) << digit;
  }
}

}  // namespace
}  // namespace spiked
