// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/spike_reader.h"

#include <string>
#include <utility>

#include "server/rpc/streams/wire_writer.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

SpikeReader::SpikeReader(std::unique_ptr<SpikeCursor> cursor,
                         std::shared_ptr<SpikeFeed> feed)
    : cursor_(std::move(cursor)), feed_(std::move(feed)) {
  const SpikeRing::Position here = cursor_->LookHere().position;
  epoch_ = written_epoch_ = here.epoch;
  first_step_ = silent_until_ = here.step;
}

int64_t SpikeReader::end_step() const {
  if (block_ == nullptr) return silent_until_;
  return IsTooFar() ? block_->first_spike_step : block_->end_step;
}

bool SpikeReader::IsTooFar() const {
  return HasSpikes() && block_->first_spike_step - first_step_ > kMaxStepOffset;
}

void SpikeReader::Read() {
  if (HasSpikes() || cursor_ == nullptr) return;
  for (;;) {
    const SpikeCursor::Look look = cursor_->LookHere();
    dropped_ += look.dropped;
    const SpikeRing::Position here = look.position;
    if (here.epoch != epoch_) {
      // Report the rest of the old epoch first.
      epoch_ended_ = silent_until_ > first_step_;
      if (epoch_ended_) return;
      epoch_ = here.epoch;
      first_step_ = silent_until_ = here.step;
    }
    // Steps were evicted: continue behind them.
    if (here.step != silent_until_) first_step_ = silent_until_ = here.step;
    const bool is_shared = feed_.use_count() > 1;
    auto block = feed_->Next(*cursor_, here, is_shared);
    if (block != nullptr && cursor_->Move(here, block->end_step)) {
      return Take(here, std::move(block));
    }
  }
}

void SpikeReader::Take(SpikeRing::Position from,
                       std::shared_ptr<const SpikeBlock> block) {
  has_more_ = block->has_more;
  silent_until_ = block->end_step;
  if (block->spike_count > 0) {
    block_ = std::move(block);
    silent_until_ = from.step;
  }
}

void SpikeReader::Write(const BatchHeader& header, Message* message) {
  const bool has_body = HasSpikes() && !IsTooFar();
  const int64_t end = end_step();
  std::string head;
  AppendNumber(v1::SpikeBatch::kSequenceFieldNumber, header.sequence, &head);
  AppendNumber(v1::SpikeBatch::kFirstStepFieldNumber, first_step_, &head);
  if (has_body) {
    std::string offset;
    AppendVarint(block_->first_spike_step - first_step_, &offset);
    AppendLength(v1::SpikeBatch::kStepOffsetsFieldNumber, offset.size(), &head);
    head += offset;
  } else {
    AppendNumber(v1::SpikeBatch::kEpochFieldNumber, epoch_, &head);
    AppendNumber(v1::SpikeBatch::kEndStepFieldNumber, end, &head);
  }
  AppendNumber(v1::SpikeBatch::kDroppedSpikeCountFieldNumber, dropped_, &head);
  AppendNumber(v1::SpikeBatch::kSessionStepFieldNumber, header.session_step,
               &head);
  AppendNumber(v1::SpikeBatch::kEndOfStreamFieldNumber,
               header.end_of_stream ? 1 : 0, &head);
  if (!header.incarnation_id.empty()) {
    AppendLength(v1::SpikeBatch::kIncarnationIdFieldNumber,
                 header.incarnation_id.size(), &head);
    head.append(header.incarnation_id.data(), header.incarnation_id.size());
  }
  const grpc::Slice slices[] = {grpc::Slice(head),
                                has_body ? block_->body : grpc::Slice()};
  *message = grpc::ByteBuffer(slices, has_body ? 2 : 1);

  first_step_ = silent_until_ = end;
  if (has_body) block_ = nullptr;
  dropped_ = 0;
  written_epoch_ = epoch_;
  epoch_ended_ = false;
}

void SpikeReader::Discard() {
  if (HasSpikes()) dropped_ += block_->spike_count;
  block_ = nullptr;
  dropped_ += cursor_->SkipTo(cursor_->ring()->end());
  const SpikeRing::Position here = cursor_->LookHere().position;
  epoch_ = here.epoch;
  first_step_ = silent_until_ = here.step;
  has_more_ = epoch_ended_ = false;
  // The feed is known by the address of its ring, which the cursor keeps.
  feed_ = nullptr;
  cursor_ = nullptr;
}

}  // namespace spiked
