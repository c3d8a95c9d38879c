// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/spike_block.h"

#include <bit>
#include <cstring>
#include <utility>

#include "server/rpc/streams/wire_writer.h"

namespace spiked {
namespace {

// Numbers in messages are little-endian; the machine's are copied unchanged.
static_assert(std::endian::native == std::endian::little);

// Bytes for tags, lengths, and the fields that each subscriber adds.
constexpr size_t kHeadBytes = 128;
constexpr size_t kQuietBytes = 4 << 10;
constexpr size_t kMaxBytesPerStep = 2 * kMaxVarint32Bytes;

// Makes a slice that owns the string instead of copying it.
grpc::Slice SliceOf(std::string bytes) {
  auto* owned = new std::string(std::move(bytes));
  return grpc::Slice(
      owned->data(), owned->size(),
      [](void* data) { delete static_cast<std::string*>(data); }, owned);
}

}  // namespace

void SpikeBlockEncoder::Begin(SpikeRing::Position position) {
  block_ = SpikeBlock();
  block_.position = position;
  offsets_.clear();
  counts_.clear();
  neuron_bytes_ = 0;
}

bool SpikeBlockEncoder::HasRoomFor(size_t spikes) const {
  const size_t each = fixed_ ? sizeof(uint32_t) : kMaxVarint32Bytes;
  return kHeadBytes + offsets_.size() + counts_.size() + neuron_bytes_ +
             kMaxBytesPerStep + spikes * each <=
         kMaxBytes;
}

bool SpikeBlockEncoder::Add(const std::vector<SpikeRing::Piece>& pieces,
                            const SpikeFilter& filter, int64_t* end_step) {
  for (const SpikeRing::Piece& piece : pieces) {
    for (const auto* step = piece.begin; step != piece.end; ++step) {
      const bool is_first = block_.spike_count == 0;
      if (!is_first && (!HasRoomFor(step->count) ||
                        step->step - last_step_ > kMaxStepOffset)) {
        *end_step = step->step;
        return false;
      }
      const auto neurons = piece.chunk->neurons(*step);
      const int32_t count =
          fixed_ ? AddFixed(neurons, filter) : AddDeltas(neurons, filter);
      if (count == 0) continue;
      if (is_first) {
        block_.first_spike_step = step->step;
      } else {
        AppendVarint(step->step - last_step_, &offsets_);
      }
      AppendVarint(count, &counts_);
      block_.spike_count += count;
      last_step_ = step->step;
    }
  }
  return true;
}

int32_t SpikeBlockEncoder::AddDeltas(absl::Span<const int32_t> neurons,
                                     const SpikeFilter& filter) {
  const size_t most = neuron_bytes_ + neurons.size() * kMaxVarint32Bytes;
  if (neurons_.size() < most) neurons_.resize(most);
  uint8_t* out = neurons_.data() + neuron_bytes_;
  int32_t previous = 0;
  int32_t count = 0;
  if (filter.all()) {
    for (const int32_t neuron : neurons) {
      out = PutVarint32(static_cast<uint32_t>(neuron - previous), out);
      previous = neuron;
    }
    count = static_cast<int32_t>(neurons.size());
  } else {
    for (const int32_t neuron : neurons) {
      if (!filter.Wants(neuron)) continue;
      out = PutVarint32(static_cast<uint32_t>(neuron - previous), out);
      previous = neuron;
      ++count;
    }
  }
  neuron_bytes_ = out - neurons_.data();
  return count;
}

int32_t SpikeBlockEncoder::AddFixed(absl::Span<const int32_t> neurons,
                                    const SpikeFilter& filter) {
  const size_t most = neuron_bytes_ + neurons.size() * sizeof(int32_t);
  if (neurons_.size() < most) neurons_.resize(most);
  uint8_t* out = neurons_.data() + neuron_bytes_;
  int32_t count = 0;
  if (filter.all()) {
    if (!neurons.empty()) {
      std::memcpy(out, neurons.data(), neurons.size() * sizeof(int32_t));
    }
    count = static_cast<int32_t>(neurons.size());
  } else {
    for (const int32_t neuron : neurons) {
      std::memcpy(out + count * sizeof(int32_t), &neuron, sizeof(neuron));
      count += filter.Wants(neuron) ? 1 : 0;
    }
  }
  neuron_bytes_ += count * sizeof(int32_t);
  return count;
}

std::shared_ptr<const SpikeBlock> SpikeBlockEncoder::Finish(int64_t end_step,
                                                            bool has_more) {
  block_.end_step = end_step;
  block_.has_more = has_more;
  if (block_.spike_count > 0) {
    std::string body;
    body.reserve(kHeadBytes + offsets_.size() + counts_.size() + neuron_bytes_);
    AppendNumber(v1::SpikeBatch::kEpochFieldNumber, block_.position.epoch,
                 &body);
    AppendNumber(v1::SpikeBatch::kEndStepFieldNumber, end_step, &body);
    if (!offsets_.empty()) {
      AppendLength(v1::SpikeBatch::kStepOffsetsFieldNumber, offsets_.size(),
                   &body);
      body += offsets_;
    }
    AppendLength(v1::SpikeBatch::kSpikeCountsFieldNumber, counts_.size(),
                 &body);
    body += counts_;
    AppendLength(fixed_ ? v1::SpikeBatch::kNeuronsU32FieldNumber
                        : v1::SpikeBatch::kNeuronDeltasFieldNumber,
                 neuron_bytes_, &body);
    body.append(reinterpret_cast<const char*>(neurons_.data()), neuron_bytes_);
    block_.body = SliceOf(std::move(body));
  }
  // A stream that has become quiet frees the buffer that it needed when it was
  // busy.
  if (block_.spike_count == 0 && neurons_.size() > kQuietBytes) {
    neurons_ = std::vector<uint8_t>();
  }
  return std::make_shared<const SpikeBlock>(std::move(block_));
}

}  // namespace spiked
