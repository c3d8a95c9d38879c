// SPDX-License-Identifier: Apache-2.0
//
// Changes as a sequence of numbers: how many there are, and for hashes.

#ifndef SPIKED_CORE_SPEC_MIX_CHANGES_H_
#define SPIKED_CORE_SPEC_MIX_CHANGES_H_

#include <cstdint>
#include <functional>

#include "core/spec/change_spec.h"

namespace spiked {

// The number of numbers, indices and names that changes hold: what it takes to
// keep them.
int64_t CountElements(const ChangeSpecs& changes);

// Passes all that changes say to `mix`, for a hash. Every list comes with its
// length, every choice with its index, so that different changes give different
// sequences.
void MixChanges(const ChangeSpecs& changes,
                const std::function<void(double)>& mix);

}  // namespace spiked

#endif  // SPIKED_CORE_SPEC_MIX_CHANGES_H_
