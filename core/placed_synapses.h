// SPDX-License-Identifier: Apache-2.0
//
// The synapses of a projection in an order of their own, which depends neither
// on blocks nor on which projections are stored together.

#ifndef SPIKED_CORE_PLACED_SYNAPSES_H_
#define SPIKED_CORE_PLACED_SYNAPSES_H_

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "core/network.h"
#include "core/synapse_table.h"

namespace spiked {

struct PlacedSynapse {
  SynapseAt at;
  int32_t target;  // in the target population
  int32_t delay_steps;
};

// Replaces `synapses` by those of one source: by descending delay, then target.
inline void FindSynapses(const Network& network, const Projection& projection,
                         int64_t source, std::vector<PlacedSynapse>* synapses) {
  const SynapseLayout& layout =
      network.groups[projection.group].kernel->layout();
  const int64_t row = network.populations[projection.source].first_neuron +
                      source - layout.first_source;
  synapses->clear();
  for (size_t b = 0; b < network.blocks.size(); ++b) {
    const Block& block = network.blocks[b];
    const Run& run = block.runs[projection.target];
    ForEachSynapse(
        layout, static_cast<int>(b), block.slot_count, row,
        [&](const SynapseAt& synapse) {
          const int64_t at = int64_t{synapse.slot} - run.first_slot;
          if (at < 0 || at >= run.count) return;
          synapses->push_back({synapse, static_cast<int32_t>(run.first + at),
                               layout.delays[synapse.delay_index]});
        });
  }
  // Within a target in their order in the block, which is always the same.
  std::stable_sort(synapses->begin(), synapses->end(),
                   [](const PlacedSynapse& a, const PlacedSynapse& b) {
                     return std::tie(b.delay_steps, a.target) <
                            std::tie(a.delay_steps, b.target);
                   });
}

}  // namespace spiked

#endif  // SPIKED_CORE_PLACED_SYNAPSES_H_
