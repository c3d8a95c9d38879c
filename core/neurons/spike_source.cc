// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/spike_source.h"

#include "core/neurons/vector_model.h"

namespace spiked::spike_source {

enum Receptor { kSpikes, kReceptorCount };

template <typename T>
struct Rows {
  Rows(const Parameters&, const NeuronBuild&) {}
};

namespace {

template <typename T>
int64_t Update(const Rows<T>&, const NeuronUpdate& update) {
  if (update.inputs[kSpikes].is_silent) return 0;
  const T* input = update.Input<T>(kSpikes);
  uint32_t* end = update.spikes;
  for (int64_t i = 0; i < update.count; ++i) {
    if (input[i] >= 1) {
      *end++ = update.first_neuron + static_cast<uint32_t>(i);
    }
  }
  return end - update.spikes;
}

UpdateFunctions<Rows> Functions() { return {Update<float>, Update<double>}; }

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "spike_source";
  info.summary = "Neurons without dynamics that spike when they are told to.";
  info.equations = "A neuron spikes in each step whose input is at least 1.";
  Append(
      info.receptors, kReceptorCount,
      {{kSpikes,
        {"spikes", "", "Sum of arriving spikes; at least 1 makes a spike."}}});
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({.info = MakeInfo(), .update = Functions});
}

}  // namespace spiked::spike_source
