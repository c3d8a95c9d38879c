// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_CORE_VECTOR_SPEED_H_
#define SPIKED_TESTS_BENCHMARK_CORE_VECTOR_SPEED_H_

#include <cstddef>

namespace spiked::benchmark {

// The top speed of this processor at arithmetic with vectors of floats.
struct VectorSpeed {
  double ns_per_operation;  // multiplications and additions, half of each
  size_t lanes;             // floats in a vector
};

// Measures the speed with the vector target that the kernels use:
// multiplications and additions, not fused, of numbers that stay in registers,
// enough of them at once that none waits for another. Takes a few milliseconds.
VectorSpeed MeasureVectorSpeed();

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_CORE_VECTOR_SPEED_H_
