// SPDX-License-Identifier: Apache-2.0
//
// Names in error texts: what exists, and what was probably meant.

#ifndef SPIKED_CORE_SPEC_NAMES_H_
#define SPIKED_CORE_SPEC_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"

namespace spiked {

// What it may take to look for names that were probably meant, in letters that
// are compared; a nanosecond each, or two. One budget is for all names of a
// request (Violations has it), so that its time depends neither on how many of
// its names are unknown nor on how many there are to choose from: when it is
// used up, nothing more is suggested. It goes far beyond the unknown names that
// a status has room for, in networks of some hundreds of names.
struct SuggestionBudget {
  int64_t left = 4'000'000;
};

// The names of a table: of names, of entries that have a `name`, or of a map by
// name. It is looked at in place, and no further than somebody wants to know.
// The table outlives it.
class KnownNames {
 public:
  template <typename Table>
  KnownNames(const Table& table)  // NOLINT(google-explicit-constructor)
      : table_(&table), visit_(&VisitTable<Table>) {}

  // Calls `visit` with one name after the other until it returns false.
  using Visitor = absl::FunctionRef<bool(std::string_view)>;
  void Visit(Visitor visit) const { visit_(table_, visit); }

 private:
  template <typename Table>
  static void VisitTable(const void* table, Visitor visit) {
    for (const auto& entry : *static_cast<const Table*>(table)) {
      if (!visit(NameIn(entry))) return;
    }
  }
  template <typename Entry>
  static std::string_view NameIn(const Entry& entry) {
    if constexpr (requires { entry.name; }) {
      return entry.name;
    } else if constexpr (requires { entry.first; }) {
      return entry.first;
    } else {
      return entry;
    }
  }

  const void* table_;
  void (*visit_)(const void* table, Visitor visit);
};

// What a client gave, for texts that a client reads: in quotes, at most 100
// bytes, with escapes for what isn't printable ASCII.
std::string Quoted(std::string_view text);

// "unknown parameter; did you mean tau_plus_ms? known: a_minus, ..." What is
// suggested is the known name with the smallest edit distance, if that is small
// enough to be a typo, as far as the budget goes; without one, as if it were
// the only name of a request. At most 30 names are listed; what isn't a name
// (see IsName) is left out.
std::string UnknownName(std::string_view what, std::string_view name,
                        const KnownNames& known,
                        SuggestionBudget* budget = nullptr);

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

#endif  // SPIKED_CORE_SPEC_NAMES_H_
