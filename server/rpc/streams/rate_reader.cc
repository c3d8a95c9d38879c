// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/rate_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/base/ceil_div.h"

namespace spiked {
namespace {

constexpr int64_t kMaxSpikes = 1 << 17;  // read from the ring at once

}  // namespace

RateReader::RateReader(std::unique_ptr<SpikeCursor> cursor,
                       std::vector<SpikeGroup> groups, int64_t bin_steps)
    : cursor_(std::move(cursor)),
      groups_(std::move(groups)),
      bin_steps_(bin_steps),
      max_bins_(std::max<int64_t>(
          1, kMaxCounts / std::max<int64_t>(1, std::ssize(groups_)))) {
  BeginAt(cursor_->LookHere().position);
  written_epoch_ = epoch_;
}

void RateReader::BeginAt(SpikeRing::Position position) {
  epoch_ = position.epoch;
  position_ = position.step;
  first_step_ = CeilDiv(position.step, bin_steps_) * bin_steps_;
  counts_.clear();
}

void RateReader::Read() {
  if (cursor_ == nullptr) return;
  const auto is_full = [&] { return whole_bins() >= max_bins_; };
  while (!is_full()) {
    const SpikeCursor::Look look = cursor_->LookHere();
    dropped_ += look.dropped;
    if (look.position.epoch != epoch_ || look.position.step != position_) {
      has_to_write_first_ = whole_bins() > 0;
      if (has_to_write_first_) return;
      BeginAt(look.position);
    }
    const SpikeRing::Reading reading = cursor_->Read(
        look.position, kMaxSpikes, first_step_ + max_bins_ * bin_steps_);
    if (!reading.found || !cursor_->Move(look.position, reading.end_step)) {
      continue;
    }
    Count(reading);
    has_more_ = reading.has_more;
    return;
  }
}

void RateReader::Count(const SpikeRing::Reading& reading) {
  position_ = reading.end_step;
  if (position_ <= first_step_) return;
  const int64_t bins = CeilDiv(position_ - first_step_, bin_steps_);
  counts_.resize(bins * groups_.size());
  for (const SpikeRing::Piece& piece : reading.pieces) {
    for (const auto* step = piece.begin; step != piece.end; ++step) {
      if (step->step < first_step_) continue;  // before the first whole bin
      const int64_t bin = (step->step - first_step_) / bin_steps_;
      CountSpikes<int32_t>(piece.chunk->neurons(*step), groups_,
                           counts_.data() + bin * groups_.size());
    }
  }
}

void RateReader::Write(const BatchHeader& header, Message* message) {
  const int64_t bins = whole_bins();
  const auto end = counts_.begin() + bins * std::ssize(groups_);
  message->Clear();
  message->set_sequence(header.sequence);
  message->set_epoch(epoch_);
  message->set_first_step(first_step_);
  message->set_end_step(end_step());
  message->mutable_spike_counts()->Add(counts_.begin(), end);
  message->set_dropped_spike_count(std::exchange(dropped_, 0));
  message->set_session_step(header.session_step);
  message->set_end_of_stream(header.end_of_stream);
  message->set_incarnation_id(std::string(header.incarnation_id));
  first_step_ += bins * bin_steps_;
  counts_.erase(counts_.begin(), end);
  written_epoch_ = epoch_;
  has_to_write_first_ = false;
}

void RateReader::Discard() {
  dropped_ += cursor_->SkipTo(cursor_->ring()->end());
  BeginAt(cursor_->LookHere().position);
  has_more_ = has_to_write_first_ = false;
  cursor_ = nullptr;
}

}  // namespace spiked
