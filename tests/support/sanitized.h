// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SUPPORT_SANITIZED_H_
#define SPIKED_TESTS_SUPPORT_SANITIZED_H_

namespace spiked::testing {

// Sanitizers make programs ten times slower and find what they look for in
// short runs too: long tests shorten themselves.
#ifdef SPIKED_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_SANITIZED_H_
