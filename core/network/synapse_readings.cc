// SPDX-License-Identifier: Apache-2.0

#include "core/network/synapse_readings.h"

namespace spiked {

std::vector<SynapseReading> ReadSynapses(const Network& network,
                                         const State& state, int projection) {
  const Projection& wanted = network.projections[projection];
  std::vector<SynapseReading> result;
  result.reserve(wanted.synapse_count);
  ForEachReading(network, state, SettledBlocks(network, state, wanted.group),
                 wanted, [&](const SynapseReading& s) { result.push_back(s); });
  return result;
}

int64_t CountSynapses(const Network& network, int projection,
                      absl::Span<const int32_t> sources, int64_t max_count) {
  int64_t count = 0;
  std::vector<PlacedSynapse> synapses;
  for (int32_t source : sources) {
    FindSynapses(network, network.projections[projection], source, &synapses);
    count += std::ssize(synapses);
    if (count > max_count) break;
  }
  return count;
}

void VisitSynapses(const Network& network, const State& state, int projection,
                   const std::function<void(const SynapseReading&)>& visit) {
  const Projection& wanted = network.projections[projection];
  ForEachReading(network, state, SettledBlocks(network, state, wanted.group),
                 wanted, visit);
}

bool ReadSynapses(const Network& network, const State& state, int projection,
                  absl::Span<const int32_t> sources, int64_t max_count,
                  std::vector<SynapseReading>* synapses) {
  const Projection& wanted = network.projections[projection];
  const SettledBlocks settled(network, state, wanted.group);
  std::vector<PlacedSynapse> scratch;
  for (int32_t source : sources) {
    ForEachReadingOf(source, network, state, settled, wanted, scratch,
                     [&](const SynapseReading& s) { synapses->push_back(s); });
    if (std::ssize(*synapses) > max_count) return false;
  }
  return true;
}

}  // namespace spiked
