// SPDX-License-Identifier: Apache-2.0
//
// Bounds of numbers that clients send. Every one has a lower and an upper
// bound, in the comment of its field (tests/repository/test_proto_ranges.py),
// and is checked here once, at the edge: sums and products of numbers that have
// passed can't overflow. What a network may be, core/build/validate.h checks.

#ifndef SPIKED_SERVER_RPC_CONVERT_IN_RANGE_H_
#define SPIKED_SERVER_RPC_CONVERT_IN_RANGE_H_

#include <cstdint>
#include <limits>
#include <string>

#include "core/spec/violations.h"

namespace spiked {

// Bounds that several fields have.
inline constexpr int64_t kMaxStep = int64_t{1} << 60;    // and epochs
inline constexpr int64_t kMaxStepCount = 1'000'000'000;  // at a time
inline constexpr int64_t kMaxPopulationSize = int64_t{1} << 30;
inline constexpr int64_t kAnyInt32 = std::numeric_limits<int32_t>::max();
inline constexpr int64_t kAnyInt64 = std::numeric_limits<int64_t>::max();

// Checks that a number is in [low, high]. The violation says
//   step_count: -1 is not in [0, 1000000000]
// and then `note`, such as "; 0: the server chooses". Bounds from 2^30 on are
// written as powers of two if they are one, or one less: [0, 2^60], [0, 2^63).
bool CheckRange(int64_t value, int64_t low, int64_t high,
                const std::string& path, Violations* violations,
                const std::string& note = "");

// Checks that element i of a list is in [0, end): "columns[0]: 3 is not in [0,
// 3)".
bool CheckIndex(int64_t index, int64_t end, const char* list, int64_t i,
                Violations* violations);

// Checks that a number is in [low, high]; NaN is not.
bool CheckNumber(double value, double low, double high, const std::string& path,
                 Violations* violations);

// The same, or 0, which means what `zero` says: "pace: -1 is not in [0.001,
// 1000], nor 0, which means 1".
bool CheckNumberOrZero(double value, double low, double high,
                       const std::string& path, const std::string& zero,
                       Violations* violations);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_IN_RANGE_H_
