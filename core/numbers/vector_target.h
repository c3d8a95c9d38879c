// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_NUMBERS_VECTOR_TARGET_H_
#define SPIKED_CORE_NUMBERS_VECTOR_TARGET_H_

#include <string>
#include <vector>

namespace spiked {

// The instruction set that the kernels use on this machine, e.g. "AVX2".
std::string VectorTarget();

// All instruction sets in this binary that run on this machine.
std::vector<std::string> VectorTargets();

// Makes the kernels use one of VectorTargets(); an empty name chooses the best
// again. For tests; not thread-safe. Returns false if there is no such target.
bool ForceVectorTarget(const std::string& name);

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_VECTOR_TARGET_H_
