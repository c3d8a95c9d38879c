// SPDX-License-Identifier: Apache-2.0
//
// The rule of stdp_pair.h in the frame of plastic_kernel.h: weights change at
// once, which is slower, but a synapse may see spikes of its target late. For
// delays with a dendritic part.

#ifndef SPIKED_CORE_SYNAPSES_STDP_PAIR_AT_ONCE_H_
#define SPIKED_CORE_SYNAPSES_STDP_PAIR_AT_ONCE_H_

#include "core/model/synapse_model.h"

namespace spiked {

// `info` is that of StdpPair.
const SynapseModel* NewStdpPairAtOnce(const ModelInfo& info);

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STDP_PAIR_AT_ONCE_H_
