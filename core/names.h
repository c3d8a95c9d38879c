// SPDX-License-Identifier: Apache-2.0
//
// Names in error texts: what exists, and what was probably meant.

#ifndef SPIKED_CORE_NAMES_H_
#define SPIKED_CORE_NAMES_H_

#include <string>
#include <string_view>
#include <vector>

namespace spiked {

// The candidate with the smallest edit distance to `name`, if that is small
// enough to be a typo; else empty.
std::string ClosestName(std::string_view name,
                        const std::vector<std::string>& candidates);

// What a client gave, for texts that a client reads: in quotes, at most 100
// bytes, with escapes for what isn't printable ASCII.
std::string Quoted(std::string_view text);

// "unknown parameter; did you mean tau_plus_ms? known: a_minus, ..." At most 30
// names are listed; candidates that aren't names (see IsName) are left out.
std::string UnknownName(std::string_view what, std::string_view name,
                        const std::vector<std::string>& candidates);

// True for names of populations, projections and inputs: a letter, then up to
// 63 letters, digits, '_', '-' or '.'.
bool IsName(std::string_view name);
inline constexpr char kNameRule[] =
    "a name is a letter, then up to 63 letters, digits, '_', '-' or '.'";

// The names of a table of models, parameters, variables, ...
template <typename Table>
std::vector<std::string> NamesOf(const Table& table) {
  std::vector<std::string> names;
  names.reserve(table.size());
  for (const auto& entry : table) names.push_back(entry.name);
  return names;
}

}  // namespace spiked

#endif  // SPIKED_CORE_NAMES_H_
