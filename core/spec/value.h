// SPDX-License-Identifier: Apache-2.0
//
// Values: numbers that are constant, listed, or drawn for each element.

#ifndef SPIKED_CORE_SPEC_VALUE_H_
#define SPIKED_CORE_SPEC_VALUE_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/numbers/random.h"
#include "core/spec/network_spec.h"

namespace spiked {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The closed range of the numbers that a value can give. A normal distribution
// without bounds reaches to infinity, and so does a function that grows with
// distance. Requires: a valid value (core/build/validate.h).
struct ValueRange {
  double min;
  double max;
};
ValueRange RangeOf(const Value& value);

// Smallest and largest possible distance of two neurons, in mm.
struct DistanceRange {
  double min = 0;
  double max = 0;
};
// The range if distances lie in `distances`.
ValueRange RangeOf(const Value& value, const DistanceRange& distances);

// The number at a distance.
double NumberAt(const ByDistance& value, double distance_mm);

// The range of the numbers that are actually drawn, which is finite: within 9
// standard deviations of the mean, or of the mean of the logarithm. Box-Muller
// of 53 bits reaches sqrt(2 ln 2^53) < 8.6, and DrawTable loses tails below
// 2^-32 anyway. Components of a mixture with probability 0 don't count.
// Requires: a valid value.
ValueRange DrawnRangeOf(const Value& value);

// A bound of |x| for all numbers x that are drawn.
double LargestMagnitude(const Value& value);

// True if the value is one number for all elements.
bool IsConstant(const Value& value);

// The number of one element: element `index` of a list, or a draw that depends
// on nothing but the stream and `index`. Requires: a valid value.
double NumberOf(const Value& value, RandomStream stream, uint64_t index);

// The numbers of elements 0 .. count-1; a single one if the value is constant.
std::vector<double> NumbersOf(const Value& value, RandomStream stream,
                              uint64_t count);

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_VALUE_H_
