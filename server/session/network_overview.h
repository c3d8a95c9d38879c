// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_NETWORK_OVERVIEW_H_
#define SPIKED_SERVER_SESSION_NETWORK_OVERVIEW_H_

#include <cstdint>
#include <vector>

namespace spiked {

// What clients see of a network that isn't as it was compiled. Immutable once
// published.
struct NetworkOverview {
  std::vector<int64_t> silenced_counts;  // [populations]
  std::vector<bool> held_projections;    // [projections]: plasticity is off
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_NETWORK_OVERVIEW_H_
