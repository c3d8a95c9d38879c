// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/spike_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/types/span.h"
#include "server/rpc/spike_encoder.h"

namespace spiked {
namespace {

constexpr int64_t kMaxOffset = std::numeric_limits<int32_t>::max();

// Appends all spikes of a run from `first_step` on.
void AppendAll(const SpikeRun& run, int64_t first_step,
               std::vector<SpikeRun::Step>* steps,
               std::vector<int32_t>* neurons) {
  const int32_t* next = run.neurons.data();
  for (const SpikeRun::Step& step : run.steps) {
    if (step.step >= first_step) {
      steps->push_back(step);
      neurons->insert(neurons->end(), next, next + step.count);
    }
    next += step.count;
  }
}

}  // namespace

SpikeReader::SpikeReader(const SpikeRing* ring, SpikeRing::Cursor cursor,
                         v1::SpikeEncoding encoding)
    : ring_(ring),
      cursor_(std::move(cursor)),
      encoding_(encoding),
      all_populations_(std::all_of(cursor_.populations.begin(),
                                   cursor_.populations.end(),
                                   [](bool wanted) { return wanted; })) {}

void SpikeReader::Read(v1::SpikeBatch* batch) {
  if (next_step_ == steps_.size() && !discarded_) {
    Refill();
  } else {
    // The ring may have moved on since it was read.
    ring_has_more_ = !discarded_ && ring_->HasMore(cursor_);
  }
  batch->Clear();
  batch->set_epoch(epoch_);
  batch->set_dropped_spike_count(std::exchange(dropped_, 0));
  TakeSteps(batch);
}

void SpikeReader::Refill() {
  steps_.clear();
  neurons_.clear();
  next_step_ = 0;
  next_neuron_ = 0;
  const SpikeRing::Reading reading = ring_->Read(&cursor_, kMaxSpikes);
  for (const auto& run : reading.runs) {
    // Selecting takes a search per population and step; spare it.
    if (all_populations_) {
      AppendAll(*run, reading.first_step, &steps_, &neurons_);
    } else {
      ring_->Select(*run, cursor_, reading.first_step, &steps_, &neurons_);
    }
  }
  cursor_.spikes_before += static_cast<int64_t>(neurons_.size());
  dropped_ += reading.dropped_spike_count;
  epoch_ = reading.epoch;
  position_ = reading.first_step;
  end_step_ = reading.end_step;
  ring_has_more_ = reading.has_more;
}

// As many steps as fit into a message, at least one, and no gap that a 32-bit
// offset cannot bridge.
void SpikeReader::TakeSteps(v1::SpikeBatch* batch) {
  const size_t begin = next_step_;
  int64_t previous = position_;
  int64_t count = 0;
  for (; next_step_ < steps_.size(); ++next_step_) {
    const SpikeRun::Step& step = steps_[next_step_];
    if (next_step_ > begin && count + step.count > kMaxSpikes) break;
    if (step.step - previous > kMaxOffset) break;
    previous = step.step;
    count += step.count;
  }
  EncodeSpikes(
      position_, absl::MakeSpan(steps_).subspan(begin, next_step_ - begin),
      absl::MakeSpan(neurons_).subspan(next_neuron_, count), encoding_, batch);
  batch->set_first_step(position_);
  position_ = next_step_ == steps_.size() ? end_step_ : steps_[next_step_].step;
  batch->set_end_step(position_);
  next_neuron_ += count;
}

void SpikeReader::Discard() {
  do {
    dropped_ += static_cast<int64_t>(neurons_.size() - next_neuron_);
    Refill();
  } while (!steps_.empty() || ring_has_more_);
  position_ = end_step_;
  discarded_ = true;
}

}  // namespace spiked
