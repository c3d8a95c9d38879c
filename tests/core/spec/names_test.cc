// SPDX-License-Identifier: Apache-2.0

#include "core/spec/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

namespace spiked {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

using Names = std::vector<std::string>;

// The suggested name.
std::string Meant(const std::string& name, const Names& known) {
  const std::string text = UnknownName("name", name, known);
  const std::string begin = "; did you mean ";
  const size_t at = text.find(begin);
  if (at == std::string::npos) return "";
  const size_t from = at + begin.size();
  return text.substr(from, text.find('?', from) - from);
}

TEST(UnknownName, SuggestsWhatWasProbablyMeant) {
  const Names names = {"tau_plus_ms", "tau_minus_ms", "a_plus"};
  EXPECT_EQ(Meant("tau_pluss_ms", names), "tau_plus_ms");
  EXPECT_EQ(Meant("tau_mnius_ms", names), "tau_minus_ms");
  EXPECT_EQ(Meant("a_plu", names), "a_plus");
  EXPECT_EQ(Meant("inp->otput", {"inp->inp", "inp->output"}), "inp->output");
}

TEST(UnknownName, SuggestsNothingIfNothingIsSimilar) {
  EXPECT_EQ(Meant("conductance", {"a", "b"}), "");
  EXPECT_EQ(Meant("", {"a", "b"}), "");
  EXPECT_EQ(Meant(std::string(1000000, 'a'), {"a"}), "");
  EXPECT_EQ(Meant("a", {std::string(1000000, 'a')}), "");
}

// The edit distance by comparing every letter with every letter.
size_t EditsBetween(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1,
                                     std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                          d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

TEST(UnknownName, SuggestsTheFirstOfThoseWithTheFewestEdits) {
  std::mt19937 random(7);
  const auto some_name = [&](size_t size) {
    std::string name;
    while (name.size() < size) name += static_cast<char>('a' + random() % 3);
    return name;
  };
  int suggestions = 0;
  for (int round = 0; round < 300; ++round) {
    const std::string name = some_name(1 + random() % 64);
    Names known;
    for (int i = 0; i < 20; ++i) {
      known.push_back(
          some_name(std::clamp<size_t>(name.size() - 4 + random() % 9, 1, 64)));
    }
    // Some similar names.
    for (int i = 0; i < 3; ++i) {
      std::string near = name;
      for (int k = 0; k < 6; ++k) near[random() % near.size()] = 'b';
      known.push_back(near);
    }
    std::string expected;
    size_t best = std::max<size_t>(1, name.size() / 3) + 1;
    for (const std::string& candidate : known) {
      const size_t edits = EditsBetween(name, candidate);
      // Less than one edit would be the name itself, which isn't unknown.
      if (edits >= best || best == 1) continue;
      best = edits;
      expected = candidate;
    }
    EXPECT_EQ(Meant(name, known), expected) << name;
    suggestions += expected.empty() ? 0 : 1;
  }
  EXPECT_GT(suggestions, 100);
}

TEST(UnknownName, NamesWhatWasGivenMeantAndKnown) {
  EXPECT_EQ(UnknownName("fruit", "aple", Names{"apple", "pear"}),
            "unknown fruit \"aple\"; did you mean apple? known: apple, pear");
  EXPECT_EQ(UnknownName("fruit", "zebra", Names{"apple", "pear"}),
            "unknown fruit \"zebra\"; known: apple, pear");
  EXPECT_EQ(UnknownName("fruit", "aple", Names{}),
            "unknown fruit \"aple\"; there is none");
  EXPECT_EQ(UnknownName("fruit", "aple", Names{"no name", "another one"}),
            "unknown fruit \"aple\"; there is none");
}

TEST(UnknownName, LooksAtTheNamesOfAnyTable) {
  struct Entry {
    std::string name;
  };
  const std::vector<Entry> entries = {{"apple"}};
  const std::map<std::string, int> map = {{"apple", 1}};
  EXPECT_THAT(UnknownName("fruit", "aple", entries), HasSubstr("mean apple?"));
  EXPECT_THAT(UnknownName("fruit", "aple", map), HasSubstr("mean apple?"));
}

TEST(UnknownName, ListsAtMostThirtyNames) {
  Names names;
  for (int i = 0; i < 40; ++i) names.push_back("name" + std::to_string(i));
  const std::string text = UnknownName("name", "x", names);
  EXPECT_THAT(text, HasSubstr("name29, ..."));
  EXPECT_THAT(text, Not(HasSubstr("name30")));
  names.resize(30);
  EXPECT_THAT(UnknownName("name", "x", names), EndsWith("name29"));
}

// A table that counts how many of its names are read.
class CountedNames {
 public:
  explicit CountedNames(int count) {
    for (int i = 0; i < count; ++i) {
      std::string name = absl::StrCat("n", i);
      name.resize(64, 'x');
      names_.push_back(name);
    }
  }
  class Iterator {
   public:
    Iterator(const CountedNames* names, size_t at) : names_(names), at_(at) {}
    std::string_view operator*() const {
      ++names_->looks_;
      return names_->names_[at_];
    }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const CountedNames* names_;
    size_t at_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, names_.size()}; }
  int64_t looks() const { return looks_; }

 private:
  Names names_;
  mutable int64_t looks_ = 0;
};

// For any number of names, however similar they are.
TEST(UnknownName, TakesNoMoreThanTheBudget) {
  constexpr int64_t kMostLooks = 150'000;
  for (const int count : {300, 10'000, 200'000}) {
    for (const std::string& name :
         {std::string(64, 'x'), std::string(64, 'y'), std::string("n12x"),
          "n123" + std::string(60, 'z')}) {
      const CountedNames known(count);
      SuggestionBudget budget;
      const int64_t before = budget.left;
      for (int i = 0; i < 1000; ++i) {
        UnknownName("name", name, known, &budget);
      }
      // 31 or 32 reads for each text are for its list of names.
      EXPECT_LE(known.looks(), 1000 * 32 + kMostLooks) << count << " " << name;
      // The last comparison may exceed the budget slightly.
      EXPECT_GT(budget.left, -10'000) << count << " " << name;
      EXPECT_LT(budget.left, before);
    }
  }
}

TEST(UnknownName, HasOneBudgetForSome) {
  const CountedNames known(10'000);
  SuggestionBudget budget;
  const std::string name = "n123" + std::string(60, 'z');
  UnknownName("name", name, known, &budget);
  EXPECT_GT(budget.left, SuggestionBudget().left / 2);
  // Without a budget names are still reported as unknown, with the list of
  // known ones.
  budget.left = 0;
  const int64_t before = known.looks();
  const std::string text =
      UnknownName("name", "n123" + std::string(59, 'x'), known, &budget);
  EXPECT_THAT(text, Not(HasSubstr("did you mean")));
  EXPECT_THAT(text, HasSubstr("; known: n0xx"));
  EXPECT_LE(known.looks() - before, 32);
}

// In networks of some hundreds of names, there are suggestions for all names
// that a status has room for.
TEST(UnknownName, SuggestsForAllThatIsShownOfSomeHundreds) {
  Names known;
  for (int i = 0; i < 500; ++i) {
    known.push_back("L23_excitatory_" + std::to_string(i));
  }
  SuggestionBudget budget;
  for (int i = 0; i < 30; ++i) {
    const std::string text = UnknownName(
        "name", "L23_exictatory_" + std::to_string(400 + i), known, &budget);
    EXPECT_THAT(text, HasSubstr("mean L23_excitatory_" +
                                std::to_string(400 + i) + "?"));
  }
}

TEST(UnknownName, IsPrintableWhateverWasGiven) {
  const std::string hostile =
      std::string("\xff\x01\n\"", 4) + std::string(100000, 'x');
  const std::string text = UnknownName("name", hostile, Names{"a"});
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
