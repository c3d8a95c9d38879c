// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_NETWORK_OVERVIEW_H_
#define SPIKED_SERVER_SESSION_NETWORK_OVERVIEW_H_

#include <cstdint>
#include <vector>

namespace spiked {

// Live changes of a network that clients can see. Immutable once published.
struct NetworkOverview {
  std::vector<int64_t> silenced_counts;  // [populations]
  std::vector<bool> frozen_projections;  // [projections]: plasticity is off
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_NETWORK_OVERVIEW_H_
