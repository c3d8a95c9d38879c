// SPDX-License-Identifier: Apache-2.0
//
// Nearest-pair spike-timing dependent plasticity whose window is a hyperbola:
//
//   presynaptic arrival:  w = clip(w - a_minus / (1 + t_post / tau_minus_ms))
//   postsynaptic spike:   w = clip(w + a_plus / (1 + t_pre / tau_plus_ms))
//
// t_post and t_pre are the times since the last postsynaptic spike and since
// the last arrival; before the first, nothing happens. This is what the
// predecessor of this project meant by +-0.1 / (1 + dt / 20 ms), its defaults;
// there is no paper. Such a window has no end: spikes are forgotten only after
// 2^30 to 2^31 steps. Signed weights, delays and times are as in stdp_pair.h.
//
// Memory per synapse: 12 bytes in FLOAT32, 24 in FLOAT64, in addition to those
// of the frame (plastic_kernel.h).

#ifndef SPIKED_CORE_SYNAPSES_STDP_RECIPROCAL_H_
#define SPIKED_CORE_SYNAPSES_STDP_RECIPROCAL_H_

#include "core/model/synapse_model.h"

namespace spiked {

const SynapseModel* NewStdpReciprocal();

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STDP_RECIPROCAL_H_
