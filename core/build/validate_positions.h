// SPDX-License-Identifier: Apache-2.0
//
// Checks of positions and of what depends on distances; see
// core/build/validate.h.

#ifndef SPIKED_CORE_BUILD_VALIDATE_POSITIONS_H_
#define SPIKED_CORE_BUILD_VALIDATE_POSITIONS_H_

#include <cstdint>
#include <string>

#include "core/spec/network_spec.h"
#include "core/spec/violations.h"

namespace spiked {

// The shortest and the longest length, and the largest coordinate.
inline constexpr double kMinLengthMm = 1e-9;
inline constexpr double kMaxLengthMm = 1e9;

// Why a number is no length; empty if it is.
std::string LengthProblem(double mm);

// Checks the positions of `size` neurons; 0: their number is unknown. Returns
// false after adding violations, as all here do.
bool ValidatePositions(const PositionsSpec& positions, int64_t size,
                       const std::string& path, Violations* violations);

// Checks that two populations have positions that fit together. Violations get
// the path of what needs it, `path`. Requires: positions are valid.
bool ValidateSpace(const PopulationSpec& source, const PopulationSpec& target,
                   const std::string& path, Violations* violations);

// Checks a rule between populations of so many dimensions; 0: unknown.
bool ValidateRule(const DistanceDependent& rule, int dimensions,
                  const std::string& path, Violations* violations);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_VALIDATE_POSITIONS_H_
