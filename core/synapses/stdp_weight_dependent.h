// SPDX-License-Identifier: Apache-2.0
//
// Pair-based spike-timing dependent plasticity with steps that depend on the
// weight, in four pairings. With x = (w - weight_min) / W and
// W = weight_max - weight_min,
//
//   presynaptic arrival:  w = clip(w - W a_minus x^mu_minus K_post)
//   postsynaptic spike:   w = clip(w + W a_plus (1 - x)^mu_plus K_pre)
//
//   mu_plus  mu_minus
//      0        0      additive (Song, Miller & Abbott 2000, doi:10.1038/78829)
//      1        1      multiplicative (Rubin, Lee & Sompolinsky 2001,
//                      doi:10.1103/PhysRevLett.86.364)
//      0        1      additive potentiation, multiplicative depression (van
//                      Rossum, Bi & Turrigiano 2000,
//                      doi:10.1523/JNEUROSCI.20-23-08812.2000)
//    between 0 and 1   Guetig, Aharonov, Rotter & Sompolinsky 2003,
//                      doi:10.1523/JNEUROSCI.23-09-03697.2003
//
// In NEST's words a_plus = lambda, a_minus = alpha lambda and Wmax = weight_max
// with weight_min = 0. K_pre and K_post decay with tau_plus_ms and
// tau_minus_ms. The pairings (Morrison, Diesmann & Gerstner 2008,
// doi:10.1007/s00422-008-0233-1) differ in what they count:
//
//   stdp_all_to_all           both grow by 1 at each spike: all pairs
//   stdp_nearest_symmetric    both are set to 1: each spike pairs with the last
//                             of the other side
//   stdp_nearest_restricted   both are set to 1, and count only if they are not
//                             older than the last spike of the own side:
//                             immediate neighbours
//   stdp_nearest_pre_centred  K_pre grows by 1 and is reset to 0 by a
//                             postsynaptic spike; K_post is set to 1: each
//                             presynaptic spike pairs with the last and the
//                             next postsynaptic one
//
// NEST: stdp_synapse, stdp_nn_symm_synapse, stdp_nn_restr_synapse,
// stdp_nn_pre_centered_synapse. Delays are axonal by default; the times of
// arrivals and spikes are those of stdp_pair.h: in one step arrivals come
// before postsynaptic spikes. stdp_pair is the additive rule of all pairs,
// faster and with steps in the unit of the weight.
//
// Powers other than 0 and 1 are those of the C library, whose last bit may
// differ from one library to another.
//
// Memory per synapse: 12 bytes in FLOAT32, 24 in FLOAT64, in addition to those
// of the frame (plastic_kernel.h).

#ifndef SPIKED_CORE_SYNAPSES_STDP_WEIGHT_DEPENDENT_H_
#define SPIKED_CORE_SYNAPSES_STDP_WEIGHT_DEPENDENT_H_

#include "core/model/synapse_model.h"

namespace spiked {

const SynapseModel* NewStdpAllToAll();
const SynapseModel* NewStdpNearestPreCentred();
const SynapseModel* NewStdpNearestRestricted();
const SynapseModel* NewStdpNearestSymmetric();

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STDP_WEIGHT_DEPENDENT_H_
