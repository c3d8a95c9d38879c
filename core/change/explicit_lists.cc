// SPDX-License-Identifier: Apache-2.0

#include "core/change/explicit_lists.h"

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "core/network/placed_synapses.h"
#include "core/network/state.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

using List = std::vector<double>;

bool IsListOrConstant(const Value& value) {
  return std::holds_alternative<List>(value) || IsConstant(value);
}

// Whether the lists of a projection can be read back from its network.
bool IsInNetwork(const ProjectionSpec& projection) {
  return IsListOrConstant(projection.weight) &&
         IsListOrConstant(projection.delay_ms);
}

// The pairs of a projection whose lists can be read back; null for others.
ExplicitPairs* PairsOf(ProjectionSpec& projection) {
  if (!IsInNetwork(projection)) return nullptr;
  return std::get_if<ExplicitPairs>(&projection.rule);
}

}  // namespace

void DropExplicitLists(NetworkSpec* spec) {
  for (ProjectionSpec& projection : spec->projections) {
    ExplicitPairs* pairs = PairsOf(projection);
    if (pairs == nullptr) continue;
    *pairs = {};
    for (Value* value : {&projection.weight, &projection.delay_ms}) {
      if (std::holds_alternative<List>(*value)) *value = List();
    }
  }
}

double KeptListBytes(const NetworkSpec& spec) {
  double bytes = 0;
  for (const ProjectionSpec& projection : spec.projections) {
    if (IsInNetwork(projection)) continue;
    const auto* pairs = std::get_if<ExplicitPairs>(&projection.rule);
    if (pairs == nullptr) continue;
    bytes +=
        sizeof(int32_t) * static_cast<double>(pairs->source_indices.size() +
                                              pairs->target_indices.size());
    for (const Value* value : {&projection.weight, &projection.delay_ms}) {
      const auto* list = std::get_if<List>(value);
      if (list != nullptr) {
        bytes += sizeof(double) * static_cast<double>(list->size());
      }
    }
  }
  return bytes;
}

void RestoreExplicitLists(const Network& network, NetworkSpec* spec) {
  std::vector<PlacedSynapse> synapses;
  for (ProjectionSpec& wanted : spec->projections) {
    ExplicitPairs* pairs = PairsOf(wanted);
    if (pairs == nullptr || !pairs->source_indices.empty()) continue;
    const Projection& projection =
        network.projections[network.FindProjection(NameOf(wanted))];
    const SynapseGroup& group = network.groups[projection.group];
    const double unit =
        network.populations[projection.target].receptors[group.receptor].unit;
    // States as at step 0, because weights may be part of the state.
    std::vector<std::unique_ptr<SynapseState>> states;
    for (size_t b = 0; b < network.blocks.size(); ++b) {
      states.push_back(group.kernel->MakeState(static_cast<int>(b)));
    }
    auto* weights = std::get_if<List>(&wanted.weight);
    auto* delays_ms = std::get_if<List>(&wanted.delay_ms);
    const int64_t sources = network.populations[projection.source].count;
    for (int64_t source = 0; source < sources; ++source) {
      FindSynapses(network, projection, source, &synapses);
      for (const PlacedSynapse& synapse : synapses) {
        pairs->source_indices.push_back(static_cast<int32_t>(source));
        pairs->target_indices.push_back(synapse.target);
        if (weights != nullptr) {
          weights->push_back(group.kernel->Weight(
              synapse.at, states[synapse.at.block].get(), unit));
        }
        if (delays_ms != nullptr) {
          delays_ms->push_back(synapse.delay_steps * network.dt_ms);
        }
      }
    }
  }
}

}  // namespace spiked
