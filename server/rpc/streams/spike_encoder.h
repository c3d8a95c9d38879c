// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_SPIKE_ENCODER_H_
#define SPIKED_SERVER_RPC_STREAMS_SPIKE_ENCODER_H_

#include <cstdint>

#include "absl/types/span.h"
#include "server/session/history/spike_ring.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// Writes spikes into the repeated fields of a message; step_offsets count from
// `first_step`. The encoding UNSPECIFIED means DELTA_VARINT.
//
// Requires: steps and their neurons ascend; the counts of the steps add up to
// the number of neurons; no two steps, nor first_step and the first, are more
// than 2^31 - 1 apart.
void EncodeSpikes(int64_t first_step, absl::Span<const SpikeRun::Step> steps,
                  absl::Span<const int32_t> neurons, v1::SpikeEncoding encoding,
                  v1::SpikeBatch* batch);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_SPIKE_ENCODER_H_
