// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/spike_source.h"

namespace spiked {
namespace {

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters&, const NeuronBuild&) {}

  int64_t Update(const NeuronUpdate& update) const override {
    if (update.inputs[0].is_silent) return 0;
    const T* input = update.Input<T>(0);
    uint32_t* end = update.spikes;
    for (int64_t i = 0; i < update.count; ++i) {
      if (input[i] >= 1) {
        *end++ = update.first_neuron + static_cast<uint32_t>(i);
      }
    }
    return end - update.spikes;
  }
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "spike_source";
  info.summary = "Neurons without dynamics that spike when they are told to.";
  info.equations = "A neuron spikes in each step whose input is at least 1.";
  info.receptors = {
      {"spikes", "", "Sum of arriving spikes; at least 1 makes a spike."}};
  return info;
}

}  // namespace

const ModelInfo& SpikeSource::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

std::unique_ptr<NeuronKernel> SpikeSource::Compile(
    const Parameters& parameters, const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
