// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_BARE_IZHIKEVICH_H_
#define SPIKED_TESTS_BENCHMARK_BARE_IZHIKEVICH_H_

#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {

// The membrane potential after 1 ms in two half steps (Izhikevich 2003).
inline F32x16 TwoHalfSteps(F32x16 v, F32x16 u, F32x16 current) {
  const F32x16 constant = 140.0f - u + current;
  v += ((v * 0.04f + 5.0f) * v + constant) * 0.5f;
  v += ((v * 0.04f + 5.0f) * v + constant) * 0.5f;
  return v;
}

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_IZHIKEVICH_H_
