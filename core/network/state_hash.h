// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_NETWORK_STATE_HASH_H_
#define SPIKED_CORE_NETWORK_STATE_HASH_H_

#include <cstdint>

#include "core/network/network.h"
#include "core/network/state.h"

namespace spiked {

// A 64-bit hash of everything that decides how the network goes on: equal
// hashes mean equal futures. Static weights and parameters as compiled are not
// part of it; changes to them are.
//
// It is a sum of hashes of (section, index, value). A section is a part of the
// state, by name: a variable of a population, the weights of a projection, a
// stimulus. So the order in which a state is read doesn't matter, nor how it is
// split over blocks, threads and vectors, and parts of it can be hashed where
// they lie.
uint64_t HashState(const Network& network, const State& state);

// Grows when the same state gets another hash.
inline constexpr int kStateHashVersion = 1;

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_STATE_HASH_H_
