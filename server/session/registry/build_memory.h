// SPDX-License-Identifier: Apache-2.0
//
// The memory that building takes beside the network.

#ifndef SPIKED_SERVER_SESSION_REGISTRY_BUILD_MEMORY_H_
#define SPIKED_SERVER_SESSION_REGISTRY_BUILD_MEMORY_H_

#include <variant>
#include <vector>

#include "core/spec/network_spec.h"

namespace spiked {

// The bytes of the lists of synapses in a specification, which live as long as
// building.
inline double ListedBytes(const NetworkSpec& spec) {
  double bytes = 0;
  for (const ProjectionSpec& p : spec.projections) {
    if (const auto* pairs = std::get_if<ExplicitPairs>(&p.rule)) {
      bytes += 8 * static_cast<double>(pairs->source_indices.size());
    }
    for (const Value* value : {&p.weight, &p.delay_ms}) {
      if (const auto* list = std::get_if<std::vector<double>>(value)) {
        bytes += 8 * static_cast<double>(list->size());
      }
    }
  }
  return bytes;
}

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_BUILD_MEMORY_H_
