// SPDX-License-Identifier: Apache-2.0
//
// Synapses whose weight doesn't change.

#ifndef SPIKED_CORE_SYNAPSES_STATIC_H_
#define SPIKED_CORE_SYNAPSES_STATIC_H_

#include <memory>

#include "core/model/synapse_model.h"

namespace spiked {

class StaticSynapse : public SynapseModel {
 public:
  const ModelInfo& info() const override;
  bool is_plastic() const override { return false; }
  std::unique_ptr<SynapseKernel> Compile(const Parameters& parameters,
                                         SynapseLayout layout,
                                         const Network& network) const override;
};

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_STATIC_H_
