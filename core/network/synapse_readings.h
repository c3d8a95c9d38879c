// SPDX-License-Identifier: Apache-2.0
//
// The synapses of a state, one by one.

#ifndef SPIKED_CORE_NETWORK_SYNAPSE_READINGS_H_
#define SPIKED_CORE_NETWORK_SYNAPSE_READINGS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "core/model/synapse_model.h"
#include "core/network/network.h"
#include "core/network/placed_synapses.h"
#include "core/network/state.h"

namespace spiked {

// The synapses of a projection with their weights now, ordered by source, then
// descending delay, then target.
struct SynapseReading {
  int32_t source;  // in the source population
  int32_t target;  // in the target population
  int32_t delay_steps;
  double weight;
};
std::vector<SynapseReading> ReadSynapses(const Network& network,
                                         const State& state, int projection);

// Number of synapses of these sources; counting stops above `max_count`.
int64_t CountSynapses(const Network& network, int projection,
                      absl::Span<const int32_t> sources, int64_t max_count);

// Calls visit(synapse) for each synapse of a projection, in the order of
// ReadSynapses, without a list of all.
void VisitSynapses(const Network& network, const State& state, int projection,
                   const std::function<void(const SynapseReading&)>& visit);

// Appends the synapses of some sources, which must ascend. False, with only
// some of the synapses, if there are more than `max_count`.
bool ReadSynapses(const Network& network, const State& state, int projection,
                  absl::Span<const int32_t> sources, int64_t max_count,
                  std::vector<SynapseReading>* synapses);

// The states of a group, with all weight changes applied.
class SettledBlocks {
 public:
  SettledBlocks(const Network& network, const State& state, int group) {
    for (size_t b = 0; b < state.blocks.size(); ++b) {
      const SynapseState* own = state.blocks[b].synapses[group].get();
      if (network.groups[group].is_plastic) {
        settled_.push_back(network.groups[group].kernel->Settle(
            static_cast<int>(b), *own, state.spikes, state.step));
      }
      blocks_.push_back(settled_.empty() ? own : settled_.back().get());
    }
  }
  const std::vector<const SynapseState*>& blocks() const { return blocks_; }

 private:
  std::vector<std::unique_ptr<SynapseState>> settled_;
  std::vector<const SynapseState*> blocks_;
};

// Calls visit(SynapseReading) for the synapses of one source of a projection.
// `settled` are the states of its group; `synapses` is scratch.
template <class Visit>
void ForEachReadingOf(int64_t i, const Network& network, const State& state,
                      const SettledBlocks& settled,
                      const Projection& projection,
                      std::vector<PlacedSynapse>& synapses, Visit visit) {
  const SynapseGroup& group = network.groups[projection.group];
  const SynapseKernel& kernel = *group.kernel;
  const double unit =
      network.populations[projection.target].receptors[group.receptor].unit;
  const bool is_constant = kernel.layout().format == WeightFormat::kConstant;
  const double constant =
      is_constant ? ConstantWeight(network, state, projection) : 0;
  FindSynapses(network, projection, i, &synapses);
  for (const PlacedSynapse& synapse : synapses) {
    visit(SynapseReading{
        static_cast<int32_t>(i), synapse.target, synapse.delay_steps,
        is_constant ? constant
                    : kernel.Weight(synapse.at,
                                    settled.blocks()[synapse.at.block], unit)});
  }
}

// Calls visit(SynapseReading) for all sources, in the order of ReadSynapses.
template <class Visit>
void ForEachReading(const Network& network, const State& state,
                    const SettledBlocks& settled, const Projection& projection,
                    Visit visit) {
  std::vector<PlacedSynapse> synapses;
  const int64_t sources = network.populations[projection.source].count;
  for (int64_t i = 0; i < sources; ++i) {
    ForEachReadingOf(i, network, state, settled, projection, synapses, visit);
  }
}

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_SYNAPSE_READINGS_H_
