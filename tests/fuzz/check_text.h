// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_FUZZ_CHECK_TEXT_H_
#define SPIKED_TESTS_FUZZ_CHECK_TEXT_H_

#include "core/spec/violations.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {

// Violations go to clients: each has a path and a text of bounded length.
inline void CheckText(const Violations& violations) {
  for (const Violation& violation : violations.list()) {
    FUZZ_CHECK(!violation.field.empty());
    FUZZ_CHECK(!violation.description.empty());
    FUZZ_CHECK(violation.field.size() + violation.description.size() < 4000);
  }
}

}  // namespace spiked::fuzz

#endif  // SPIKED_TESTS_FUZZ_CHECK_TEXT_H_
