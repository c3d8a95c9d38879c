// SPDX-License-Identifier: Apache-2.0

#include "core/names.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace spiked {
namespace {

// Edits that turn a into b: letters changed, added, left out, or swapped with
// their neighbour.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1,
                         last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    last = row;
  }
  return last.back();
}

// Whether a text that may come from a client is fit to be shown: a name, or two
// as in "a->b".
bool IsNameOrPair(std::string_view text) {
  const size_t arrow = text.find("->");
  if (arrow == std::string_view::npos) return IsName(text);
  return IsName(text.substr(0, arrow)) && IsName(text.substr(arrow + 2));
}

}  // namespace

std::string ClosestName(std::string_view name,
                        const std::vector<std::string>& candidates) {
  // Names come from clients: don't compare novels.
  if (name.empty() || name.size() > 100) return "";
  std::string closest;
  size_t best = std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(name, candidate);
    if (distance < best) {
      best = distance;
      closest = candidate;
    }
  }
  return closest;
}

std::string Quoted(std::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(std::string(text.substr(0, 100))),
                      "\"");
}

std::string UnknownName(std::string_view what, std::string_view name,
                        const std::vector<std::string>& all) {
  std::vector<std::string> candidates;
  std::copy_if(all.begin(), all.end(), std::back_inserter(candidates),
               IsNameOrPair);
  std::string text =
      absl::StrCat("unknown ", std::string(what), " ", Quoted(name));
  const std::string closest = ClosestName(name, candidates);
  if (!closest.empty()) absl::StrAppend(&text, "; did you mean ", closest, "?");
  if (candidates.empty()) return text + "; there is none";
  constexpr size_t kMaxListed = 30;
  const auto end = candidates.begin() + std::min(candidates.size(), kMaxListed);
  absl::StrAppend(&text, closest.empty() ? "; " : " ",
                  "known: ", absl::StrJoin(candidates.begin(), end, ", "));
  if (candidates.size() > kMaxListed) text += ", ...";
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
