// SPDX-License-Identifier: Apache-2.0
//
// Pair-based spike-timing dependent plasticity, all pairs, additive.
//
//   dK_pre/dt  = -K_pre / tau_plus      + 1 at each presynaptic arrival
//   dK_post/dt = -K_post / tau_minus    + 1 at each postsynaptic spike
//   arrival:             w = clip(w - a_minus K_post)
//   postsynaptic spike:  w = clip(w + a_plus  K_pre)
//
// Song, Miller & Abbott 2000, doi:10.1038/78829, with signed weights: steps and
// bounds are the same for excitatory and inhibitory synapses. K_pre is what the
// synapse sees, delayed by the whole delay (axonal). A spike of step n with
// delay d acts in step n + d and counts as arrived at the beginning of it,
// which is the end of step n + d - 1: when that step's postsynaptic spikes are
// found. So a delay of one step is no delay for the rule. In one step, arrivals
// come before postsynaptic spikes: an arrival and a spike of the same step
// potentiate and don't depress. A spike delivers the weight from before its own
// change.
// With a dendritic part of the delay, see core/network/dendritic_delays.h.
// While plasticity is off, spikes leave their traces, but no arrival or
// postsynaptic spike changes a weight. So the later spike of a pair decides: if
// plasticity is on again at that time, an earlier spike from the time when it
// was off takes part.

#ifndef SPIKED_CORE_SYNAPSES_STDP_PAIR_H_
#define SPIKED_CORE_SYNAPSES_STDP_PAIR_H_

#include <memory>

#include "core/model/synapse_model.h"

namespace spiked {

class StdpPair : public SynapseModel {
 public:
  const ModelInfo& info() const override;
  void CheckWeights(const Parameters& parameters, double* min,
                    double* max) const override;
  bool is_plastic() const override { return true; }
  const SynapseModel& WithDendriticDelays() const override;
  std::unique_ptr<SynapseKernel> Compile(const Parameters& parameters,
                                         SynapseLayout layout,
                                         const Network& network) const override;
  double StateBytesPerSynapse(Precision precision) const override;
  double StateBytesPerNeuron(Precision precision) const override;
  double StateBytesPerSource(Precision precision) const override;
  double TableBytes(const Parameters& parameters, double dt_ms,
                    Precision precision) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STDP_PAIR_H_
