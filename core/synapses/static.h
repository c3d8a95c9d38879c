// SPDX-License-Identifier: Apache-2.0
//
// Synapses whose weight doesn't change.

#ifndef SPIKED_CORE_SYNAPSES_STATIC_H_
#define SPIKED_CORE_SYNAPSES_STATIC_H_

#include <memory>
#include <vector>

#include "core/synapse_model.h"

namespace spiked {

class StaticSynapse : public SynapseModel {
 public:
  const ModelInfo& info() const override;
  std::unique_ptr<SynapseKernel> Compile(const Parameters& parameters,
                                         SynapseTable table,
                                         std::vector<double> weights,
                                         double dt_ms,
                                         Precision precision) const override;
  double BytesPerSynapse(Precision precision) const override;
  double BytesPerSlot(int64_t max_delay_steps,
                      Precision precision) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STATIC_H_
