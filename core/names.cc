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

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
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
  return absl::StrCat(
      "\"", absl::CHexEscape(std::string(text.substr(0, 100))), "\"");
}

std::string UnknownName(std::string_view what, std::string_view name,
                        const std::vector<std::string>& all) {
  std::vector<std::string> candidates;
  std::copy_if(all.begin(), all.end(), std::back_inserter(candidates), IsName);
  std::string text =
      absl::StrCat("unknown ", std::string(what), " ", Quoted(name));
  const std::string closest = ClosestName(name, candidates);
  if (!closest.empty()) absl::StrAppend(&text, "; did you mean ", closest, "?");
  if (candidates.empty()) return text + "; there is none";
  constexpr size_t kMaxListed = 30;
  const auto end = candidates.begin() + std::min(candidates.size(), kMaxListed);
  absl::StrAppend(&text, closest.empty() ? "; " : " ", "known: ",
                  absl::StrJoin(candidates.begin(), end, ", "));
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
