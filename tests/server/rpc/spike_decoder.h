// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SERVER_RPC_SPIKE_DECODER_H_
#define SPIKED_TESTS_SERVER_RPC_SPIKE_DECODER_H_

#include <cstdint>
#include <cstring>
#include <vector>

#include "spiked/v1/recording.pb.h"

namespace spiked::testing {

struct DecodedSpike {
  int64_t step;
  int32_t neuron;

  // clang-tidy 14 wrongly reports a null pointer here.
  auto operator<=>(const DecodedSpike&) const = default;  // NOLINT
};

// Decodes the spikes of a message in either encoding, as a client does.
inline std::vector<DecodedSpike> DecodeSpikes(const v1::SpikeBatch& batch) {
  std::vector<DecodedSpike> spikes;
  int64_t step = batch.first_step();
  int next = 0;
  for (int i = 0; i < batch.step_offsets_size(); ++i) {
    step += batch.step_offsets(i);
    int32_t neuron = 0;
    for (int k = 0; k < batch.spike_counts(i); ++k, ++next) {
      if (batch.neuron_deltas_size() > 0) {
        neuron += batch.neuron_deltas(next);
      } else {
        std::memcpy(&neuron, batch.neurons_u32().data() + 4 * next, 4);
      }
      spikes.push_back({step, neuron});
    }
  }
  return spikes;
}

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SERVER_RPC_SPIKE_DECODER_H_
