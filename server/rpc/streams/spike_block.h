// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_SPIKE_BLOCK_H_
#define SPIKED_SERVER_RPC_STREAMS_SPIKE_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/support/slice.h"
#include "server/session/history/spike_filter.h"
#include "server/session/history/spike_ring.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// The most steps between the first step of a message and its spikes, because
// step_offsets are int32.
inline constexpr int64_t kMaxStepOffset = std::numeric_limits<int32_t>::max();

// The wanted spikes of the steps [position, end_step), encoded: the part of a
// v1::SpikeBatch that all subscribers with the same filter and encoding share.
// Immutable.
//
// The body leaves out first_step and the first of step_offsets. Each subscriber
// writes these before it, so that its message can begin with a silence that it
// has not reported yet. Parsers join the parts of a packed field.
struct SpikeBlock {
  SpikeRing::Position position;
  int64_t end_step = 0;
  int64_t first_spike_step = 0;  // valid if there are spikes
  int64_t spike_count = 0;
  bool has_more = false;  // the ring had more than fits into a message
  grpc::Slice body;       // empty without spikes

  // Whether a reader at `from` can use this block.
  bool Serves(SpikeRing::Position from) const {
    return from.epoch == position.epoch && from.step >= position.step &&
           from.step < end_step &&
           (from.step == position.step ||
            (spike_count > 0 && from.step <= first_spike_step));
  }
};

// Encodes spikes into blocks and keeps its buffers between them. Used by one
// thread at a time.
class SpikeBlockEncoder {
 public:
  explicit SpikeBlockEncoder(v1::SpikeEncoding encoding)
      : fixed_(encoding == v1::FIXED32_BYTES) {}

  // Begins a block.
  void Begin(SpikeRing::Position position);

  // Adds the pieces' spikes that pass the filter, up to the size of a message.
  // False if there was no room for all: then `*end_step` is the first step that
  // was left out.
  bool Add(const std::vector<SpikeRing::Piece>& pieces,
           const SpikeFilter& filter, int64_t* end_step);

  std::shared_ptr<const SpikeBlock> Finish(int64_t end_step, bool has_more);

  // The most bytes of a message, unless one step alone needs more.
  static constexpr size_t kMaxBytes = size_t{256} << 10;

 private:
  bool HasRoomFor(size_t spikes) const;
  // Both append the wanted neurons and return their number.
  int32_t AddDeltas(absl::Span<const int32_t> neurons,
                    const SpikeFilter& filter);
  int32_t AddFixed(absl::Span<const int32_t> neurons,
                   const SpikeFilter& filter);

  const bool fixed_;
  SpikeBlock block_;
  int64_t last_step_ = 0;
  std::string offsets_;
  std::string counts_;
  std::vector<uint8_t> neurons_;  // as large as was ever needed
  size_t neuron_bytes_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_SPIKE_BLOCK_H_
