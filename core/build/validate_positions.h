// SPDX-License-Identifier: Apache-2.0
//
// Checks of positions and of rules that depend on distances; see
// core/build/validate.h. All functions that return bool return false after
// adding violations.

#ifndef SPIKED_CORE_BUILD_VALIDATE_POSITIONS_H_
#define SPIKED_CORE_BUILD_VALIDATE_POSITIONS_H_

#include <cstdint>
#include <string>

#include "core/spec/network_spec.h"
#include "core/spec/violations.h"

namespace spiked {

// The shortest and the longest length; the latter is also the largest
// coordinate.
inline constexpr double kMinLengthMm = 1e-9;
inline constexpr double kMaxLengthMm = 1e9;

// The reason why a number is no valid length; empty if it is valid.
std::string LengthProblem(double mm);

// Checks the positions of `size` neurons; 0 if their number is unknown.
bool ValidatePositions(const PositionsSpec& positions, int64_t size,
                       const std::string& path, Violations* violations);

// Checks that two populations have positions that fit together. `path` is the
// field that needs the distances. Requires: valid positions.
bool ValidateSpace(const PopulationSpec& source, const PopulationSpec& target,
                   const std::string& path, Violations* violations);

// Checks a rule between populations with positions of `dimensions` dimensions;
// 0 if unknown.
bool ValidateRule(const DistanceDependent& rule, int dimensions,
                  const std::string& path, Violations* violations);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_VALIDATE_POSITIONS_H_
