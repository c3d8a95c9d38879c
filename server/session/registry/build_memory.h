// SPDX-License-Identifier: Apache-2.0
//
// What building takes beside the network, and how texts tell it.

#ifndef SPIKED_SERVER_SESSION_REGISTRY_BUILD_MEMORY_H_
#define SPIKED_SERVER_SESSION_REGISTRY_BUILD_MEMORY_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/spec/network_spec.h"

namespace spiked {

inline std::string Megabytes(double bytes) {
  return absl::StrFormat("%.1f MB", bytes / 1e6);
}

// Of the lists of synapses in a specification, which live as long as building.
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
