// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/rate_reader.h"

#include <algorithm>
#include <utility>

namespace spiked {
namespace {

constexpr int64_t kMaxSpikes = 50'000;  // read from the ring at once

}  // namespace

RateReader::RateReader(const SpikeRing* ring, SpikeRing::Cursor cursor,
                       std::vector<RateGroup> groups, int64_t bin_steps)
    : ring_(ring),
      cursor_(std::move(cursor)),
      groups_(std::move(groups)),
      bin_steps_(bin_steps),
      epoch_(cursor_.epoch),
      position_(cursor_.step),
      end_step_(cursor_.step),
      counts_(groups_.size()) {
  BeginBinAt(cursor_.step);
}

void RateReader::BeginBinAt(int64_t step) {
  bin_begin_ = (step + bin_steps_ - 1) / bin_steps_ * bin_steps_;
  std::fill(counts_.begin(), counts_.end(), 0);
}

void RateReader::Read(v1::RateBatch* batch) {
  if (position_ == end_step_ && !discarded_) {
    Refill();
  } else {
    // The ring may have moved on since it was read.
    ring_has_more_ = !discarded_ && ring_->HasMore(cursor_);
  }
  batch->Clear();
  batch->set_epoch(epoch_);
  batch->set_dropped_spike_count(std::exchange(dropped_, 0));
  batch->set_first_step(bin_begin_);
  const auto group_count = std::max<int64_t>(1, std::ssize(groups_));
  int64_t bins_left = std::max<int64_t>(1, kMaxCounts / group_count);
  while (position_ < end_step_ && bins_left > 0) {
    const int64_t bin_end = bin_begin_ + bin_steps_;
    position_ = std::min(bin_end, end_step_);
    CountUntil(position_);
    if (position_ < bin_end) break;
    batch->mutable_spike_counts()->Add(counts_.begin(), counts_.end());
    BeginBinAt(bin_end);
    --bins_left;
  }
  batch->set_end_step(bin_begin_);
}

void RateReader::CountUntil(int64_t step) {
  for (; next_step_ < steps_.size() && steps_[next_step_].step < step;
       ++next_step_) {
    const int32_t* const begin = neurons_.data() + next_neuron_;
    const int32_t* const end = begin + steps_[next_step_].count;
    next_neuron_ += steps_[next_step_].count;
    if (steps_[next_step_].step < bin_begin_) continue;  // its bin was cut
    size_t group = 0;
    for (const int32_t* neuron = begin; neuron < end; ++neuron) {
      while (*neuron >= groups_[group].end) ++group;
      ++counts_[group];
    }
  }
}

void RateReader::Refill() {
  steps_.clear();
  neurons_.clear();
  next_step_ = 0;
  next_neuron_ = 0;
  const SpikeRing::Reading reading = ring_->Read(&cursor_, kMaxSpikes);
  for (const auto& run : reading.runs) {
    ring_->Select(*run, cursor_, reading.first_step, &steps_, &neurons_);
  }
  cursor_.spikes_before += static_cast<int64_t>(neurons_.size());
  dropped_ += reading.dropped_spike_count;
  if (reading.epoch != epoch_ || reading.first_step != end_step_) {
    BeginBinAt(reading.first_step);
  }
  epoch_ = reading.epoch;
  position_ = reading.first_step;
  end_step_ = reading.end_step;
  ring_has_more_ = reading.has_more;
}

void RateReader::Discard() {
  do {
    dropped_ += static_cast<int64_t>(neurons_.size() - next_neuron_);
    Refill();
  } while (!steps_.empty() || ring_has_more_);
  position_ = end_step_;
  discarded_ = true;
}

}  // namespace spiked
