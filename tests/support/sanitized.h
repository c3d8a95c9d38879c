// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SUPPORT_SANITIZED_H_
#define SPIKED_TESTS_SUPPORT_SANITIZED_H_

namespace spiked::testing {

// True under sanitizers, which make programs ten times slower and find mistakes
// in short runs, too: long tests shorten themselves.
#ifdef SPIKED_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_SANITIZED_H_
