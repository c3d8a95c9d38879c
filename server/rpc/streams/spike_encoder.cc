// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/spike_encoder.h"

#include <bit>

namespace spiked {
namespace {

// Numbers in messages are little-endian; the machine's are copied unchanged.
static_assert(std::endian::native == std::endian::little);

void EncodeDeltas(absl::Span<const SpikeRun::Step> steps,
                  absl::Span<const int32_t> neurons, v1::SpikeBatch* batch) {
  auto* deltas = batch->mutable_neuron_deltas();
  deltas->Resize(static_cast<int>(neurons.size()), 0);
  int32_t* out = deltas->mutable_data();
  const int32_t* in = neurons.data();
  for (const SpikeRun::Step& step : steps) {
    int32_t previous = 0;
    for (int32_t i = 0; i < step.count; ++i) {
      *out++ = *in - previous;
      previous = *in++;
    }
  }
}

}  // namespace

void EncodeSpikes(int64_t first_step, absl::Span<const SpikeRun::Step> steps,
                  absl::Span<const int32_t> neurons, v1::SpikeEncoding encoding,
                  v1::SpikeBatch* batch) {
  int64_t previous = first_step;
  for (const SpikeRun::Step& step : steps) {
    batch->add_step_offsets(static_cast<int32_t>(step.step - previous));
    batch->add_spike_counts(step.count);
    previous = step.step;
  }
  if (encoding == v1::FIXED32_BYTES) {
    batch->set_neurons_u32(neurons.data(), neurons.size() * sizeof(int32_t));
  } else {
    EncodeDeltas(steps, neurons, batch);
  }
}

}  // namespace spiked
