// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_SYNAPSES_TRACE_H_
#define SPIKED_CORE_SYNAPSES_TRACE_H_

#include <cstdint>

#include "core/numbers/decay_table.h"

namespace spiked::plastic {

// Steps are counted modulo 2^32, so every kForgetSteps steps all traces that
// are older than this are dropped, before their step number comes round again.
inline constexpr uint32_t kForgetSteps = 1u << 30;

// A trace of spikes, as of the step of the last one; it decays until it is
// read. Value 0 means that there was no spike.
template <typename T>
struct Trace {
  T value = 0;
  uint32_t step = 0;

  T At(const DecayTable<T>& decay, uint32_t now) const {
    return value * decay.At(now - step);
  }

  // Adds 1 for a spike: all spikes count.
  void Add(const DecayTable<T>& decay, uint32_t now) {
    *this = {At(decay, now) + 1, now};
  }
  // Sets to 1 at a spike: only the last one counts.
  void Set(uint32_t now) { *this = {1, now}; }

  void Forget(uint32_t now) {
    if (now - step >= kForgetSteps) *this = {0, now - kForgetSteps};
  }

  // Calls mix(number) for everything that decides the future of the trace.
  template <class Mix>
  void Visit(Mix mix) const {
    mix(value);
    mix(value == 0 ? 0 : step);
  }
};

}  // namespace spiked::plastic

#endif  // SPIKED_CORE_SYNAPSES_TRACE_H_
