// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SUPPORT_NOT_A_NUMBER_H_
#define SPIKED_TESTS_SUPPORT_NOT_A_NUMBER_H_

#include <limits>

namespace spiked::testing {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_NOT_A_NUMBER_H_
