// SPDX-License-Identifier: Apache-2.0
//
// Triplet rule of spike-timing dependent plasticity: Pfister & Gerstner 2006,
// doi:10.1523/JNEUROSCI.1425-06.2006.
//
//   dr1/dt = -r1 / tau_plus     dr2/dt = -r2 / tau_x      presynaptic
//   do1/dt = -o1 / tau_minus    do2/dt = -o2 / tau_y      postsynaptic
//   arrival:             w = clip(w - o1 (a2_minus + a3_minus r2)),
//                        then r1 and r2 grow by 1
//   postsynaptic spike:  w = clip(w + r1 (a2_plus + a3_plus o2)),
//                        then o1 and o2 grow by 1
//
// stdp_triplet is this rule; stdp_triplet_nearest sets traces to 1 instead. r2
// and o2 are taken from before the spike itself. NEST: stdp_triplet_synapse.
// Delays are axonal by default, and the times of arrivals and spikes those of
// stdp_pair.h: in one step arrivals come before postsynaptic spikes. Signed
// weights: steps and bounds are the same for excitatory and inhibitory
// synapses.
//
// Published sets (Synapse.parameter_set), fitted to visual cortex (Sjoestroem
// et al. 2001) and to hippocampal cultures (Wang et al. 2005); tau_plus is 16.8
// ms and tau_minus 33.7 ms in all of them. In the minimal sets a3_minus is 0,
// so that tau_x doesn't matter, and in visual cortex a2_plus is 0 too.
//
//   set                      a2+      a3+     a2-     a3-     tau_x  tau_y (ms)
//   of stdp_triplet:
//   visual_cortex            5e-10    6.2e-3  7e-3    2.3e-4  101    125
//   visual_cortex_minimal    0        6.5e-3  7.1e-3  0              114
//   hippocampus              6.1e-3   6.7e-3  1.6e-3  1.4e-3  946     27
//   hippocampus_minimal      5.3e-3   8e-3    3.5e-3  0               40
//   of stdp_triplet_nearest:
//   visual_cortex            8.8e-11  5.3e-2  6.6e-3  3.1e-3  714     40
//   visual_cortex_minimal    0        5e-2    8e-3    0               40
//   hippocampus              4.6e-3   9.1e-3  3e-3    7.5e-9  575     47
//   hippocampus_minimal      4.6e-3   9.1e-3  3e-3    0               48
//
// visual_cortex is the default of both. The published amplitudes of its nearest
// sets, and hippocampus_minimal of nearest spikes, were not at hand and are
// from secondary sources; tests/conformance/stdp_triplet_test.cc shows their
// results.
//
// Memory per synapse: 16 bytes in FLOAT32, 32 in FLOAT64, in addition to those
// of the frame (plastic_kernel.h).

#ifndef SPIKED_CORE_SYNAPSES_STDP_TRIPLET_H_
#define SPIKED_CORE_SYNAPSES_STDP_TRIPLET_H_

#include "core/model/synapse_model.h"

namespace spiked {

ModelInfo StdpTripletInfo();
const SynapseModel* NewStdpTriplet();
const SynapseModel* NewStdpTripletNearest();

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STDP_TRIPLET_H_
