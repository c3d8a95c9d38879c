// SPDX-License-Identifier: Apache-2.0

#include "server/session/state_probe.h"

#include <algorithm>
#include <utility>

namespace spiked {

StateProbe::StateProbe(Selection selection, size_t max_bytes,
                       std::function<void()> on_room)
    : selection_(std::move(selection)),
      max_samples_(std::max<size_t>(
          2, max_bytes /
                 (sizeof(SampleRow) + values_per_sample() * sizeof(double)))),
      on_room_(std::move(on_room)) {}

void StateProbe::Close() {
  if (!closed_.exchange(true) && blocked_) on_room_();
}

void StateProbe::Sample(const Network& network, const State& state,
                        int64_t epoch) {
  if (state.step % selection_.interval_steps != 0) return;
  SampleRow row = {epoch, state.step, {}};
  row.values.reserve(values_per_sample());
  for (int variable : selection_.variables) {
    for (int32_t neuron : selection_.neurons) {
      row.values.push_back(ReadVariable(network, state, selection_.population,
                                        variable, neuron));
    }
  }
  MutexLock lock(&mutex_);
  samples_.push_back(std::move(row));
  if (samples_.size() > max_samples_) {
    samples_.pop_front();
    ++dropped_;
  }
  blocked_ = on_room_ != nullptr && 2 * samples_.size() >= max_samples_;
}

StateProbe::Reading StateProbe::Take(size_t max_samples) {
  Reading reading;
  bool has_room = false;
  {
    MutexLock lock(&mutex_);
    reading = TakeLocked(max_samples);
    has_room = blocked_ && 2 * samples_.size() < max_samples_;
    if (has_room) blocked_ = false;
  }
  if (has_room) on_room_();
  return reading;
}

StateProbe::Reading StateProbe::TakeLocked(size_t max_samples) {
  Reading reading;
  reading.dropped_sample_count = std::exchange(dropped_, 0);
  while (!samples_.empty() && reading.samples.size() < max_samples &&
         samples_.front().epoch == (reading.samples.empty()
                                        ? samples_.front().epoch
                                        : reading.samples.front().epoch)) {
    reading.samples.push_back(std::move(samples_.front()));
    samples_.pop_front();
  }
  return reading;
}

}  // namespace spiked
