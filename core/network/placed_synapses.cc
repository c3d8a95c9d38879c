// SPDX-License-Identifier: Apache-2.0

#include "core/network/placed_synapses.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace spiked {
namespace {

// The neuron of the network in each slot.
std::vector<uint32_t> NeuronsOf(const Network& network, const Block& block) {
  std::vector<uint32_t> neurons(block.slot_count);
  for (size_t p = 0; p < block.runs.size(); ++p) {
    const Run& run = block.runs[p];
    for (int64_t i = 0; i < run.count; ++i) {
      neurons[run.first_slot + i] = static_cast<uint32_t>(
          network.populations[p].first_neuron + run.first + i);
    }
  }
  return neurons;
}

}  // namespace

void FindSynapses(const Network& network, const Projection& projection,
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
  // Equal delays and targets: in the order in the block, which is always the
  // same.
  std::stable_sort(synapses->begin(), synapses->end(),
                   [](const PlacedSynapse& a, const PlacedSynapse& b) {
                     return std::tie(b.delay_steps, a.target) <
                            std::tie(a.delay_steps, b.target);
                   });
}

void ForEachSynapseInOrder(const Network& network, const SynapseLayout& layout,
                           const std::function<void(const SynapseAt&)>& visit) {
  std::vector<std::vector<uint32_t>> neurons;  // [blocks][slots]
  for (const Block& block : network.blocks) {
    neurons.push_back(NeuronsOf(network, block));
  }
  std::vector<std::pair<uint32_t, SynapseAt>> row;  // with target neurons
  for (int64_t r = 0; r < layout.source_count; ++r) {
    row.clear();
    for (size_t b = 0; b < layout.blocks.size(); ++b) {
      ForEachSynapse(layout, static_cast<int>(b), network.blocks[b].slot_count,
                     r, [&](const SynapseAt& at) {
                       row.emplace_back(neurons[b][at.slot], at);
                     });
    }
    // Equal delays and targets: in the order in the block, always the same.
    std::stable_sort(row.begin(), row.end(), [](const auto& a, const auto& b) {
      return std::tie(a.second.delay_index, a.first) <
             std::tie(b.second.delay_index, b.first);
    });
    for (const auto& entry : row) visit(entry.second);
  }
}

}  // namespace spiked
