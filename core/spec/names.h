// SPDX-License-Identifier: Apache-2.0
//
// Names in error texts: the known names, and the one that was probably meant.

#ifndef SPIKED_CORE_SPEC_NAMES_H_
#define SPIKED_CORE_SPEC_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"

namespace spiked {

// Limit on the work of finding suggestions, in letters that are compared, one
// or two nanoseconds each. One budget serves all names of a request (Violations
// has it), so that its time depends neither on how many of its names are
// unknown nor on how many names are known. When it is used up, nothing more is
// suggested. It is more than enough for the unknown names that a status has
// room for, in networks of some hundreds of names.
struct SuggestionBudget {
  int64_t left = 4'000'000;
};

// A view of the names in a table of names, of entries with a `name`, or in a
// map by name. The table is read in place, only as far as needed, and must
// outlive the view.
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

// A text from a client, ready for error messages: in quotes, at most 100 bytes,
// with escapes for what isn't printable ASCII.
std::string Quoted(std::string_view text);

// "unknown parameter; did you mean tau_plus_ms? known: a_minus, ..." The
// suggestion is the known name with the smallest edit distance, if that is
// small enough to be a typo, within the budget; null stands for a new budget.
// At most 30 names are listed; entries that aren't names (see IsName) are left
// out.
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
