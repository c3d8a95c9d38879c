// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/state_probe.h"

#include <algorithm>
#include <utility>

namespace spiked {

StateProbe::StateProbe(Selection selection, size_t max_bytes,
                       std::function<void()> on_room,
                       std::shared_ptr<MemoryLedger> ledger,
                       std::shared_ptr<Tenant> tenant)
    : selection_(std::move(selection)),
      max_samples_(std::max<size_t>(2, max_bytes / SampleBytes())),
      first_samples_(ledger == nullptr
                         ? max_samples_
                         : std::clamp<size_t>(kFreeBytes / SampleBytes(), 2,
                                              max_samples_)),
      on_room_(std::move(on_room)),
      ledger_(std::move(ledger)),
      tenant_(std::move(tenant)),
      room_(first_samples_) {}

absl::Status StateProbe::Open() {
  const size_t bytes = kLeastSamples * SampleBytes();
  if (ledger_ == nullptr || bytes <= kFreeBytes) return absl::OkStatus();
  auto memory = Reserve(bytes);
  if (!memory.ok()) return memory.status();
  first_memory_ = *std::move(memory);
  return absl::OkStatus();
}

absl::StatusOr<MemoryReservation> StateProbe::Reserve(size_t bytes) const {
  return ledger_->Reserve(tenant_, static_cast<int64_t>(bytes),
                          "the buffer of the stream");
}

size_t StateProbe::WantedRoom() {
  if (pause_ > 0) {
    --pause_;
    return 0;
  }
  MutexLock lock(&mutex_);
  const size_t samples = samples_.size() + 1;
  // A blocking probe counts as full at half.
  const bool is_full =
      on_room_ == nullptr ? samples > room_ : 2 * samples >= room_;
  if (!is_full) return 0;
  return std::min(std::max<size_t>(1, kGrowBytes / SampleBytes()),
                  max_samples_ - room_);
}

void StateProbe::Grow(size_t samples) {
  auto memory = Reserve(samples * SampleBytes());
  if (!memory.ok()) {
    pause_ = kSamplesPerAttempt;
    return;
  }
  MutexLock lock(&mutex_);
  memory_.Add(*std::move(memory));
  room_ += samples;
}

void StateProbe::Close() {
  if (!closed_.exchange(true) && blocked_) on_room_();
}

void StateProbe::Discard() {
  Close();
  first_memory_ = MemoryReservation();
  std::deque<SampleRow> samples;  // freed after the lock is released
  MemoryReservation memory;
  MutexLock lock(&mutex_);
  samples.swap(samples_);
  memory = std::move(memory_);
  room_ = first_samples_;
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
  if (const size_t samples = WantedRoom(); samples > 0) Grow(samples);
  MutexLock lock(&mutex_);
  if (closed_) return;
  samples_.push_back(std::move(row));
  if (samples_.size() > room_) {
    samples_.pop_front();
    ++dropped_;
  }
  blocked_ = on_room_ != nullptr && 2 * samples_.size() >= room_;
}

StateProbe::Reading StateProbe::Take(size_t max_samples) {
  Reading reading;
  bool has_room = false;
  MemoryReservation memory;  // given back after the lock
  {
    MutexLock lock(&mutex_);
    reading = TakeLocked(max_samples);
    if (samples_.empty()) {
      memory = std::move(memory_);
      room_ = first_samples_;
    }
    has_room = blocked_ && 2 * samples_.size() < room_;
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
