// SPDX-License-Identifier: Apache-2.0

#include "core/spec/names.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace spiked {
namespace {

constexpr size_t kMaxGiven = 100;  // bytes of a name that is searched for
constexpr size_t kMaxListed = 30;  // names in a text
constexpr int kMaxLooksToList = 1000;
// Most work for one name, so that a budget is enough for several.
constexpr int64_t kMaxWork = 1'000'000;
// Looking at a name takes as long as comparing this many letters, because the
// names of a table may lie anywhere in memory.
constexpr int64_t kLookWork = 32;

// Most edits that count as a typo in a name.
size_t MostEdits(std::string_view name) {
  return std::max<size_t>(1, name.size() / 3);
}

// Number of edits that turn a into b: letters changed, added, left out, or
// swapped with their neighbour; more than `most` if it is larger. Subtracts the
// number of compared letters from `work`. With at most `most` edits a letter
// moves by at most `most` places, so only these are compared. Requires: a is at
// most kMaxGiven long, and `most` at most MostEdits(a).
size_t EditDistance(std::string_view a, std::string_view b, size_t most,
                    int64_t* work) {
  const size_t far = most + 1;
  const size_t difference =
      a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > most) return far;
  using Row = std::array<size_t, kMaxGiven + kMaxGiven / 3 + 2>;
  std::array<Row, 3> rows;
  Row* before_last = &rows[0];
  Row* last = &rows[1];
  Row* row = &rows[2];
  std::iota(last->begin(), last->begin() + std::min(b.size(), most) + 1,
            size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    const size_t begin = i > most ? i - most : 1;
    const size_t end = std::min(b.size(), i + most);
    (*row)[begin - 1] = begin == 1 ? i : far;
    if (end == i + most) (*last)[end] = far;
    size_t least = (*row)[begin - 1];
    for (size_t j = begin; j <= end; ++j) {
      size_t edits =
          std::min({(*last)[j] + 1, (*row)[j - 1] + 1,
                    (*last)[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        edits = std::min(edits, (*before_last)[j - 2] + 1);
      }
      (*row)[j] = edits;
      least = std::min(least, edits);
    }
    *work -= static_cast<int64_t>(end + 1 - begin);
    if (least > most) return far;
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return (*last)[b.size()];
}

// Whether a text that may come from a client can be shown: a name, or two as in
// "a->b".
bool IsNameOrPair(std::string_view text) {
  constexpr size_t kMaxPairLength = 2 * 64 + 2;
  if (text.size() > kMaxPairLength) return false;
  const size_t arrow = text.find("->");
  if (arrow == std::string_view::npos) return IsName(text);
  return IsName(text.substr(0, arrow)) && IsName(text.substr(arrow + 2));
}

// Searches for the known name that was probably meant, within a budget.
class Search {
 public:
  Search(std::string_view name, SuggestionBudget* budget)
      : name_(name), budget_(budget), work_(std::min(budget->left, kMaxWork)) {
    budget_->left -= work_;
    // Names come from clients: don't compare very long ones.
    if (!name.empty() && name.size() <= kMaxGiven) most_ = MostEdits(name);
  }
  ~Search() { budget_->left += work_; }
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  // Whether looking at more names may find a closer one.
  bool goes_on() const { return most_ > 0 && work_ > 0; }

  void Look(std::string_view candidate) {
    if (!goes_on()) return;
    work_ -= kLookWork;
    const size_t edits = EditDistance(name_, candidate, most_, &work_);
    if (edits > most_ || !IsNameOrPair(candidate)) return;
    closest_ = candidate;
    // From now on only closer names count, so that the first of several equally
    // close names is suggested.
    most_ = edits == 0 ? 0 : edits - 1;
  }

  const std::string& closest() const { return closest_; }

 private:
  const std::string_view name_;
  SuggestionBudget* const budget_;
  int64_t work_;     // left
  size_t most_ = 0;  // most edits of a closer name; 0: there is none
  std::string closest_;
};

}  // namespace

std::string Quoted(std::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(std::string(text.substr(0, 100))),
                      "\"");
}

std::string UnknownName(std::string_view what, std::string_view name,
                        const KnownNames& known, SuggestionBudget* budget) {
  SuggestionBudget of_this;
  Search search(name, budget == nullptr ? &of_this : budget);
  std::vector<std::string> listed;  // up to kMaxListed + 1
  int looks = 0;
  bool saw_all = true;
  known.Visit([&](std::string_view candidate) {
    const bool lists = listed.size() <= kMaxListed && looks < kMaxLooksToList;
    if (!lists && !search.goes_on()) {
      saw_all = false;
      return false;
    }
    ++looks;
    if (lists && IsNameOrPair(candidate)) listed.emplace_back(candidate);
    search.Look(candidate);
    return true;
  });
  std::string text =
      absl::StrCat("unknown ", std::string(what), " ", Quoted(name));
  if (!search.closest().empty()) {
    absl::StrAppend(&text, "; did you mean ", search.closest(), "?");
  }
  if (listed.empty()) return saw_all ? text + "; there is none" : text;
  const auto end = listed.begin() + std::min(listed.size(), kMaxListed);
  absl::StrAppend(&text, search.closest().empty() ? "; " : " ",
                  "known: ", absl::StrJoin(listed.begin(), end, ", "));
  if (listed.size() > kMaxListed) text += ", ...";
  return text;
}

bool IsName(std::string_view name) {
  if (name.empty() || name.size() > 64 || !absl::ascii_isalpha(name[0])) {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.';
  });
}

}  // namespace spiked
