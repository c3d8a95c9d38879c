// SPDX-License-Identifier: Apache-2.0

#include "core/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace spiked {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ClosestName, IsTheOneThatWasProbablyMeant) {
  const std::vector<std::string> names = {"tau_plus_ms", "tau_minus_ms",
                                          "a_plus"};
  EXPECT_EQ(ClosestName("tau_pluss_ms", names), "tau_plus_ms");
  EXPECT_EQ(ClosestName("a_plu", names), "a_plus");
  EXPECT_EQ(ClosestName("a_plus", names), "a_plus");
}

TEST(ClosestName, IsEmptyIfNothingIsSimilar) {
  EXPECT_EQ(ClosestName("conductance", {"a", "b"}), "");
  EXPECT_EQ(ClosestName("", {"a", "b"}), "");
  EXPECT_EQ(ClosestName(std::string(1000000, 'a'), {"a"}), "");
}

TEST(UnknownName, NamesWhatWasGivenMeantAndKnown) {
  EXPECT_EQ(UnknownName("fruit", "aple", {"apple", "pear"}),
            "unknown fruit \"aple\"; did you mean apple? known: apple, pear");
  EXPECT_EQ(UnknownName("fruit", "zebra", {"apple", "pear"}),
            "unknown fruit \"zebra\"; known: apple, pear");
  EXPECT_EQ(UnknownName("fruit", "aple", {}),
            "unknown fruit \"aple\"; there is none");
}

TEST(UnknownName, ListsAtMostThirtyNames) {
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back("name" + std::to_string(i));
  const std::string text = UnknownName("name", "x", names);
  EXPECT_THAT(text, HasSubstr("name29, ..."));
  EXPECT_THAT(text, Not(HasSubstr("name30")));
}

TEST(UnknownName, IsPrintableWhateverWasGiven) {
  const std::string hostile =
      std::string("\xff\x01\n\"", 4) + std::string(100000, 'x');
  const std::string text = UnknownName("name", hostile, {"a"});
  EXPECT_LT(text.size(), 1000u);
  for (char c : text) EXPECT_TRUE(c >= ' ' && c <= '~') << static_cast<int>(c);
}

TEST(IsName, IsALetterThenLettersDigitsAndThreeSigns) {
  for (const char* name : {"a", "Z", "L2_3-exc.1"}) {
    EXPECT_TRUE(IsName(name)) << name;
  }
  EXPECT_TRUE(IsName(std::string(64, 'a')));
  for (const char* name : {"", "1a", "_a", "a b", "a->b", "a\n", "\xc3\xa4"}) {
    EXPECT_FALSE(IsName(name)) << name;
  }
  EXPECT_FALSE(IsName(std::string(65, 'a')));
}

}  // namespace
}  // namespace spiked
