// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_SYNAPSES_TRACE_H_
#define SPIKED_CORE_SYNAPSES_TRACE_H_

#include <cstdint>

#include "core/numbers/decay_table.h"

namespace spiked::plastic {

// Steps are counted modulo 2^32, so what is older than this is forgotten every
// so many steps, before its time comes round again.
inline constexpr uint32_t kForgetSteps = 1u << 30;

// What spikes leave behind, as of the step of the last one: it decays until it
// is read. 0 means that there was none.
template <typename T>
struct Trace {
  T value = 0;
  uint32_t step = 0;

  T At(const DecayTable<T>& decay, uint32_t now) const {
    return value * decay.At(now - step);
  }

  // All spikes count.
  void Add(const DecayTable<T>& decay, uint32_t now) {
    *this = {At(decay, now) + 1, now};
  }
  // Only the last one counts.
  void Set(uint32_t now) { *this = {1, now}; }

  void Forget(uint32_t now) {
    if (now - step >= kForgetSteps) *this = {0, now - kForgetSteps};
  }

  // Calls mix(number) with all that decides what the trace will be.
  template <class Mix>
  void Visit(Mix mix) const {
    mix(value);
    mix(value == 0 ? 0 : step);
  }
};

}  // namespace spiked::plastic

#endif  // SPIKED_CORE_SYNAPSES_TRACE_H_
