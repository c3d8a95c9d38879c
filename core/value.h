// SPDX-License-Identifier: Apache-2.0
//
// Values: numbers that are constant, listed, or drawn for each element.

#ifndef SPIKED_CORE_VALUE_H_
#define SPIKED_CORE_VALUE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/network_spec.h"
#include "core/random.h"

namespace spiked {

// The closed range of the numbers that a value can give. A normal distribution
// without bounds reaches to infinity. Requires: a valid value
// (core/validate.h).
struct ValueRange {
  double min;
  double max;
};
ValueRange RangeOf(const Value& value);

// True if all elements have the same number, which is the value's only one.
bool IsConstant(const Value& value);

// The number of one element: element `index` of a list, or a draw that depends
// on nothing but the stream and `index`. Requires: a valid value.
double NumberOf(const Value& value, RandomStream stream, uint64_t index);

// The numbers of elements 0 .. count-1; a single one if the value is constant.
std::vector<double> NumbersOf(const Value& value, RandomStream stream,
                              uint64_t count);

}  // namespace spiked

#endif  // SPIKED_CORE_VALUE_H_
