// SPDX-License-Identifier: Apache-2.0

#include "core/network/plasticity_switch.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace spiked {

void NoteSwitch(const Network& network, const PlasticitySwitch& plasticity,
                State& state, std::vector<int>* groups) {
  const auto hold = [&](size_t projection) {
    const bool frozen = !plasticity.enabled;
    if (state.frozen_projections[projection] == frozen) return;
    state.frozen_projections[projection] = frozen;
    ++state.overview_revision;
    groups->push_back(network.projections[projection].group);
  };
  for (int32_t p : plasticity.projections) hold(p);
  if (!plasticity.projections.empty()) return;
  for (size_t p = 0; p < network.projections.size(); ++p) {
    if (network.IsPlastic(network.projections[p])) hold(p);
  }
}

std::vector<SwitchedGroup> SwitchedGroupsOf(const Network& network,
                                            const std::vector<int>& groups,
                                            const State& state) {
  if (groups.empty()) return {};
  return MakeSwitchedGroups(network, groups, state.frozen_projections);
}

void FreezeSynapses(const Network& network, int block,
                    const std::vector<SwitchedGroup>& switched, State& state) {
  for (const SwitchedGroup& group : switched) {
    std::unique_ptr<SynapseState>& own =
        state.blocks[block].synapses[group.group];
    // Weight changes that were put off happened before the switch.
    own = network.groups[group.group].kernel->Settle(block, *own, state.spikes,
                                                     state.step);
    own->frozen = group.frozen;
  }
}

}  // namespace spiked
