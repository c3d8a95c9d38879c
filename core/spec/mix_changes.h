// SPDX-License-Identifier: Apache-2.0
//
// Changes as a sequence of numbers, to count and to hash them.

#ifndef SPIKED_CORE_SPEC_MIX_CHANGES_H_
#define SPIKED_CORE_SPEC_MIX_CHANGES_H_

#include <cstdint>
#include <functional>

#include "core/spec/change_spec.h"

namespace spiked {

// Length of the sequence of MixChanges: numbers, indices, letters of names and
// lengths of lists. A measure of the memory that keeps the changes.
int64_t CountElements(const ChangeSpecs& changes);

// Passes the content of changes to `mix`, for a hash. Every list comes with its
// length, every choice with its index, so that different changes give different
// sequences.
void MixChanges(const ChangeSpecs& changes,
                const std::function<void(double)>& mix);

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_MIX_CHANGES_H_
