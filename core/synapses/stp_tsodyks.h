// SPDX-License-Identifier: Apache-2.0
//
// Short-term plasticity with three states of the synaptic resources: x is
// recovered, y active, z = 1 - x - y inactive; and a utilisation u.
//
//   between spikes:  y' = -y / tau_psc
//                    z' =  y / tau_psc - z / tau_rec
//                    x' =  z / tau_rec
//                    u' = -u / tau_fac            (u = 0 if tau_fac is 0)
//   spike:           u = u + U (1 - u), d = u x, x = x - d, y = y + d;
//                    the synapse delivers  w d
//   at step 0:       x = 1, y = u = 0
//
// Tsodyks, Pawelzik & Markram 1998, doi:10.1162/089976698300017502; Tsodyks,
// Uziel & Markram 2000, doi:10.1523/JNEUROSCI.20-01-j0003.2000. Integrated
// exactly from spike to spike, as NEST's tsodyks_synapse. y affects only the
// recovery. If the target has a synaptic current that decays with tau_psc
// (lif_exp), this current is w y. Time constants tau_psc and tau_rec that
// differ by less than 1e-7 of themselves, where the closed form loses its
// digits, count as equal.
//
// u, x and y belong to the source, because all synapses of a projection have
// the same parameters: they are updated when it spikes, and each spike delivers
// the d of its emission, after each synapse's delay. The weight w itself
// doesn't change. Compared with stp_markram (tsodyks2_synapse), resources that
// a spike has used recover only after they have been inactivated.

#ifndef SPIKED_CORE_SYNAPSES_STP_TSODYKS_H_
#define SPIKED_CORE_SYNAPSES_STP_TSODYKS_H_

#include <memory>

#include "core/model/synapse_model.h"

namespace spiked {

class StpTsodyks : public SynapseModel {
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

#endif  // SPIKED_CORE_SYNAPSES_STP_TSODYKS_H_
