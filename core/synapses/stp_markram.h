// SPDX-License-Identifier: Apache-2.0
//
// Short-term plasticity with two variables: synaptic resources that spikes use
// up (depression) and a utilisation that they raise (facilitation).
//
//   spike:          the synapse delivers  w u x
//   to the next spike, after h:
//     x = 1 + (x - x u - 1) exp(-h / tau_rec)
//     u = U + u (1 - U) exp(-h / tau_fac)         (U if tau_fac is 0)
//   first spike:    x = 1, u = U
//
// Maass & Markram 2002, doi:10.1016/S0893-6080(01)00144-7, equations 4 and 5;
// the same as NEST's tsodyks2_synapse. U = 0.5, tau_rec = 800 ms and tau_fac =
// 0 depress; U = 0.03, 130 ms and 530 ms facilitate (Tsodyks, Pawelzik &
// Markram 1998, doi:10.1162/089976698300017502).
//
// u and x belong to the source, because all synapses of a projection have the
// same parameters: they are updated when it spikes, and each spike delivers the
// u x of its emission, after each synapse's delay. The weight w itself doesn't
// change. A first spike delivers w U: divide weights by U if it should be w.

#ifndef SPIKED_CORE_SYNAPSES_STP_MARKRAM_H_
#define SPIKED_CORE_SYNAPSES_STP_MARKRAM_H_

#include <memory>

#include "core/model/synapse_model.h"

namespace spiked {

class StpMarkram : public SynapseModel {
 public:
  const ModelInfo& info() const override;
  bool is_plastic() const override { return false; }
  bool has_full_weights() const override { return true; }
  std::unique_ptr<SynapseKernel> Compile(const Parameters& parameters,
                                         SynapseLayout layout,
                                         const Network& network) const override;
  double StateBytesPerSource(Precision precision) const override;
  double TableBytes(const Parameters& parameters, double dt_ms,
                    Precision precision) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STP_MARKRAM_H_
