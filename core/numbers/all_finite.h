// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_NUMBERS_ALL_FINITE_H_
#define SPIKED_CORE_NUMBERS_ALL_FINITE_H_

#include <cstdint>

namespace spiked {

// Whether none of `count` numbers is infinite or not a number. `row` is a row
// of a state variable: aligned, and padded to a multiple of 16 with anything.
bool AllFinite(const float* row, int64_t count);
bool AllFinite(const double* row, int64_t count);

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_ALL_FINITE_H_
