// SPDX-License-Identifier: Apache-2.0
//
// The synapses of each target: an index into a synapse table by target.

#ifndef SPIKED_CORE_MODEL_REVERSE_INDEX_H_
#define SPIKED_CORE_MODEL_REVERSE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/model/synapse_table.h"
#include "core/numbers/aligned_array.h"

namespace spiked {

// Immutable.
class ReverseIndex {
 public:
  // Indexes a sparse table of scalars onto a block with `slot_count` slots.
  // Padding ends beyond them, and is left out. Requires: fewer than 2^32
  // synapses in `size`, padding included.
  ReverseIndex(const SynapseTable& table, size_t size, uint32_t slot_count)
      : ReverseIndex(table, size, slot_count, [](size_t) { return true; }) {}

  // Indexes those synapses s for which includes(s) holds.
  template <class Includes>
  ReverseIndex(const SynapseTable& table, size_t size, uint32_t slot_count,
               Includes includes)
      : begins_(slot_count + 2) {
    const auto* targets = table.targets.as<uint16_t>();
    // begins_[slot + 2] counts first, so that begins_[slot + 1] can move from
    // the begin of the slot to its end.
    for (size_t s = 0; s < size; ++s) {
      if (targets[s] < slot_count && includes(s)) ++begins_[targets[s] + 2];
    }
    for (size_t k = 2; k < begins_.size(); ++k) begins_[k] += begins_[k - 1];
    synapses_ = AlignedArray::Of<uint32_t>(begins_.back());
    auto* synapses = synapses_.as<uint32_t>();
    for (size_t s = 0; s < size; ++s) {
      if (targets[s] < slot_count && includes(s)) {
        synapses[begins_[targets[s] + 1]++] = static_cast<uint32_t>(s);
      }
    }
  }

  // The indices of the synapses onto a slot, ascending.
  absl::Span<const uint32_t> Of(size_t slot) const {
    return {synapses_.as<uint32_t>() + begins_[slot],
            begins_[slot + 1] - begins_[slot]};
  }

 private:
  std::vector<size_t> begins_;  // [slots + 1], and one more
  AlignedArray synapses_;       // u32 [synapses]
};

}  // namespace spiked

#endif  // SPIKED_CORE_MODEL_REVERSE_INDEX_H_
