// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_SPEC_VIOLATIONS_H_
#define SPIKED_CORE_SPEC_VIOLATIONS_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "core/spec/names.h"

namespace spiked {

// One thing that is wrong with a request: where, and what is allowed.
struct Violation {
  std::string field;        // "network.projections[2].delay_ms"
  std::string description;  // "0.04 is shorter than one step (0.1 ms)"
};

// Collects violations, at most as many as a person would read.
class Violations {
 public:
  static constexpr size_t kMax = 100;

  void Add(std::string field, std::string description) {
    if (!full()) {
      list_.push_back({std::move(field), std::move(description)});
    }
  }
  bool empty() const { return list_.empty(); }
  // True if no more are taken, so that checking on would only cost time.
  bool full() const { return list_.size() >= kMax; }
  size_t size() const { return list_.size(); }
  const std::vector<Violation>& list() const { return list_; }
  // For UnknownName.
  SuggestionBudget* suggestions() { return &suggestions_; }

  // "field: description" lines, for status messages.
  std::string Text() const {
    std::string text;
    for (const Violation& violation : list_) {
      if (!text.empty()) text += "\n";
      text += violation.field + ": " + violation.description;
    }
    return text;
  }

 private:
  std::vector<Violation> list_;
  SuggestionBudget suggestions_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_VIOLATIONS_H_
