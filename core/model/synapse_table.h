// SPDX-License-Identifier: Apache-2.0
//
// How synapses lie in memory.

#ifndef SPIKED_CORE_MODEL_SYNAPSE_TABLE_H_
#define SPIKED_CORE_MODEL_SYNAPSE_TABLE_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/model/spike_history.h"
#include "core/numbers/aligned_array.h"

namespace spiked {

// How the weights of a group of synapses are stored and added up. A synapse
// takes 2 bytes for its target and:
enum class WeightFormat {
  kConstant,  // nothing: arrivals are counted; the weight is the group's
  kBits16,    // 2 bytes: an integer; integers are added up, in any order
  kFull,      // 4 or 8 bytes, as the network's precision; a fixed order
};

// The synapses of one group onto the targets of one block. Targets are slots of
// the block.
//
// Sparse: for each source (row) and delay a segment, padded to a multiple of
// four synapses with some that end in slots that are never read. Segment i of
// row r is made of the fours [begin[r * D + i], begin[r * D + i + 1]).
//
// Dense, for all-to-all projections with one delay: a row of weights for each
// source, onto `dense_count` slots from `dense_slot` on.
struct SynapseTable {
  static constexpr uint32_t kPad = 4;

  AlignedArray begin;    // sparse: u32 [rows * D + 1]
  AlignedArray targets;  // sparse: u16 [S]; kBits16: {u16 slot, i16 weight} [S]
  AlignedArray weights;  // kFull: T [S]; dense kBits16: i16 [S]
  uint32_t dense_slot = 0;
  uint32_t dense_count = 0;
  uint32_t dense_stride = 0;  // dense_count, rounded up to a multiple of 32

  const uint32_t* fours() const { return begin.as<uint32_t>(); }
};

// The common part of the tables of a group.
struct SynapseLayout {
  WeightFormat format = WeightFormat::kFull;
  bool dense = false;
  double constant_weight = 0;  // kConstant
  int input_row = 0;           // in the counts, integers or sums of InputBuffer
  // Rows are the neurons [first_source, first_source + source_count) of the
  // network, though some may have no synapses.
  int64_t first_source = 0;
  int64_t source_count = 0;
  std::vector<int32_t> delays;          // [D] in steps, ascending
  double dendritic_delay_fraction = 0;  // of each delay, for plastic rules
  std::vector<SynapseTable> blocks;     // [blocks]
};

// One synapse of a layout.
struct SynapseAt {
  int block;
  int64_t row;
  size_t delay_index;
  uint32_t slot;
  size_t index;  // into targets or weights
};

// Calls visit(SynapseAt) for the synapses of a row onto a block, by ascending
// delay; padding is left out.
template <class Visit>
void ForEachSynapse(const SynapseLayout& layout, int block, uint32_t slot_count,
                    int64_t row, Visit visit) {
  const SynapseTable& table = layout.blocks[block];
  if (layout.dense) {
    for (uint32_t k = 0; k < table.dense_count; ++k) {
      visit(SynapseAt{block, row, 0, table.dense_slot + k,
                      static_cast<size_t>(row) * table.dense_stride + k});
    }
    return;
  }
  const size_t delays = layout.delays.size();
  const uint32_t* begin = table.fours() + row * delays;
  const size_t step = layout.format == WeightFormat::kBits16 ? 2 : 1;
  for (size_t i = 0; i < delays; ++i) {
    for (size_t s = size_t{begin[i]} * SynapseTable::kPad;
         s < size_t{begin[i + 1]} * SynapseTable::kPad; ++s) {
      const uint32_t slot = table.targets.as<uint16_t>()[s * step];
      if (slot < slot_count) visit(SynapseAt{block, row, i, slot, s});
    }
  }
}

// The part of `neurons` (ascending) that are rows of the layout.
inline absl::Span<const uint32_t> Sources(const SynapseLayout& layout,
                                          absl::Span<const uint32_t> neurons) {
  const auto from = static_cast<uint32_t>(layout.first_source);
  const auto to =
      static_cast<uint32_t>(layout.first_source + layout.source_count);
  if (neurons.empty() || (neurons.front() >= from && neurons.back() < to)) {
    return neurons;
  }
  const auto* begin = std::lower_bound(neurons.begin(), neurons.end(), from);
  const auto* end = std::lower_bound(begin, neurons.end(), to);
  return {begin, static_cast<size_t>(end - begin)};
}

// Calls visit(row, delay index, spike) for each spike of the layout's sources
// that arrives in step + 1, oldest first, then by source; `spike` counts the
// spikes of its step.
template <class Visit>
void ForEachArrival(const SynapseLayout& layout, const SpikeWindow& spikes,
                    int64_t step, Visit visit) {
  for (size_t i = layout.delays.size(); i-- > 0;) {
    const absl::Span<const uint32_t> rows =
        Sources(layout, spikes.At(step + 1 - layout.delays[i]));
    for (size_t k = 0; k < rows.size(); ++k) {
      visit(static_cast<int64_t>(rows[k]) - layout.first_source, i, k);
    }
  }
}

}  // namespace spiked

#endif  // SPIKED_CORE_MODEL_SYNAPSE_TABLE_H_
