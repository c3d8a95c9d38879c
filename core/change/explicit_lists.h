// SPDX-License-Identifier: Apache-2.0
//
// Lists of single synapses are the large part of a specification, and a
// compiled network has them, too: so whoever keeps both keeps the specification
// without them.

#ifndef SPIKED_CORE_CHANGE_EXPLICIT_LISTS_H_
#define SPIKED_CORE_CHANGE_EXPLICIT_LISTS_H_

#include "core/network/network.h"
#include "core/spec/network_spec.h"

namespace spiked {

// Removes the lists of projections whose synapses are listed; those whose
// weights or delays are drawn for listed pairs stay as they are.
void DropExplicitLists(NetworkSpec* spec);

// Bytes of the lists that stay then.
double KeptListBytes(const NetworkSpec& spec);

// Puts them back, from the network that was compiled of it: in another order,
// of which nothing depends, and rounded as the network has them.
void RestoreExplicitLists(const Network& network, NetworkSpec* spec);

}  // namespace spiked

#endif  // SPIKED_CORE_CHANGE_EXPLICIT_LISTS_H_
