// SPDX-License-Identifier: Apache-2.0
//
// Removes lists of single synapses from a specification, and restores them from
// the compiled network. The lists are the largest part of a specification and
// the network contains them, so they needn't be kept twice.

#ifndef SPIKED_CORE_CHANGE_EXPLICIT_LISTS_H_
#define SPIKED_CORE_CHANGE_EXPLICIT_LISTS_H_

#include "core/network/network.h"
#include "core/spec/network_spec.h"

namespace spiked {

// Removes the lists of explicitly listed synapses, except for projections whose
// weights or delays are drawn.
void DropExplicitLists(NetworkSpec* spec);

// Bytes of the lists that DropExplicitLists keeps.
double KeptListBytes(const NetworkSpec& spec);

// Restores the removed lists from the network compiled from `spec`. Their order
// may differ, which has no effect, and their numbers are rounded as the network
// stores them.
void RestoreExplicitLists(const Network& network, NetworkSpec* spec);

}  // namespace spiked

#endif  // SPIKED_CORE_CHANGE_EXPLICIT_LISTS_H_
