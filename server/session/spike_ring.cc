// SPDX-License-Identifier: Apache-2.0

#include "server/session/spike_ring.h"

#include <algorithm>
#include <utility>

namespace spiked {
namespace {

// The sum of the counts of the wanted populations.
int64_t SumOf(const std::vector<int64_t>& counts,
              const std::vector<bool>& populations) {
  int64_t sum = 0;
  for (size_t p = 0; p < counts.size(); ++p) {
    if (populations[p]) sum += counts[p];
  }
  return sum;
}

}  // namespace

SpikeRing::SpikeRing(std::vector<int64_t> population_begin, size_t max_bytes,
                     const MemoryGuard* memory_guard)
    : population_begin_(std::move(population_begin)),
      max_bytes_(max_bytes),
      memory_guard_(memory_guard),
      epochs_(1),
      appended_(population_begin_.size() - 1),
      evicted_(population_begin_.size() - 1) {}

void SpikeRing::Append(std::shared_ptr<const SpikeRun> run, int64_t end_step) {
  std::vector<int64_t> counts(population_begin_.size() - 1);
  if (run != nullptr) Count(*run, &counts);
  MutexLock lock(&mutex_);
  epochs_.back().end_step = end_step;
  if (run == nullptr || run->neurons.empty()) return;
  for (size_t p = 0; p < counts.size(); ++p) appended_[p] += counts[p];
  const bool tight = memory_guard_ != nullptr && memory_guard_->tight();
  const size_t max_bytes = tight ? std::min(bytes_, max_bytes_) : max_bytes_;
  bytes_ += run->bytes();
  ++run_count_;
  epochs_.back().runs.push_back(std::move(run));
  while (bytes_ > max_bytes && run_count_ > 1) EvictOldest();
}

void SpikeRing::EvictOldest() {
  while (epochs_.front().runs.empty()) epochs_.pop_front();
  Epoch& oldest = epochs_.front();
  const SpikeRun& run = *oldest.runs.front();
  Count(run, &evicted_);
  oldest.first_step = run.steps.back().step + 1;
  bytes_ -= run.bytes();
  --run_count_;
  oldest.runs.pop_front();
}

void SpikeRing::Count(const SpikeRun& run, std::vector<int64_t>* counts) const {
  for (int32_t neuron : run.neurons) {
    const auto it = std::upper_bound(population_begin_.begin(),
                                     population_begin_.end(), neuron);
    ++(*counts)[it - population_begin_.begin() - 1];
  }
}

void SpikeRing::Reset(int64_t epoch) {
  MutexLock lock(&mutex_);
  epochs_.push_back({.epoch = epoch});
  while (epochs_.size() > kMaxEpochs) {
    while (!epochs_.front().runs.empty()) EvictOldest();
    epochs_.pop_front();
  }
}

bool SpikeRing::Seek(int64_t step, std::vector<bool> populations,
                     Cursor* cursor) const {
  MutexLock lock(&mutex_);
  const Epoch& now = epochs_.back();
  if (step < 0) step = now.end_step;
  if (step < now.first_step || step > now.end_step) return false;
  cursor->epoch = now.epoch;
  cursor->step = step;
  cursor->populations = std::move(populations);
  // Counted from the end, where most readers begin.
  cursor->spikes_before =
      SumOf(appended_, cursor->populations) - CountFrom(now, step, *cursor);
  return true;
}

int64_t SpikeRing::CountFrom(const Epoch& epoch, int64_t step,
                             const Cursor& cursor) const {
  std::vector<SpikeRun::Step> steps;
  std::vector<int32_t> neurons;
  int64_t sum = 0;
  auto it = std::partition_point(
      epoch.runs.begin(), epoch.runs.end(),
      [&](const auto& run) { return run->steps.back().step < step; });
  for (; it != epoch.runs.end(); ++it) {
    steps.clear();
    neurons.clear();
    Select(**it, cursor, step, &steps, &neurons);
    sum += static_cast<int64_t>(neurons.size());
  }
  return sum;
}

const SpikeRing::Epoch& SpikeRing::Locate(Cursor* cursor,
                                          Reading* reading) const {
  auto it = std::find_if(epochs_.begin(), epochs_.end(), [&](const Epoch& e) {
    return e.epoch == cursor->epoch;
  });
  if (it == epochs_.end() || cursor->step < it->first_step) {
    const int64_t evicted = SumOf(evicted_, cursor->populations);
    reading->dropped_spike_count =
        std::max<int64_t>(0, evicted - cursor->spikes_before);
    cursor->spikes_before = std::max(cursor->spikes_before, evicted);
    it = epochs_.begin();
    cursor->epoch = it->epoch;
    cursor->step = it->first_step;
  }
  // An old epoch that was read to its end gives way to the next.
  while (cursor->step == it->end_step && std::next(it) != epochs_.end()) {
    ++it;
    cursor->epoch = it->epoch;
    cursor->step = it->first_step;
  }
  return *it;
}

SpikeRing::Reading SpikeRing::Read(Cursor* cursor, int64_t max_spikes) const {
  MutexLock lock(&mutex_);
  Reading reading;
  const Epoch& epoch = Locate(cursor, &reading);
  reading.epoch = epoch.epoch;
  reading.first_step = cursor->step;
  reading.end_step = epoch.end_step;
  // The first run that ends after the cursor.
  auto it = std::partition_point(
      epoch.runs.begin(), epoch.runs.end(),
      [&](const auto& run) { return run->steps.back().step < cursor->step; });
  int64_t spikes = 0;
  for (; it != epoch.runs.end(); ++it) {
    const auto count = static_cast<int64_t>((*it)->neurons.size());
    if (!reading.runs.empty() && spikes + count > max_spikes) {
      reading.end_step = (*it)->steps.front().step;
      break;
    }
    spikes += count;
    reading.runs.push_back(*it);
  }
  cursor->step = reading.end_step;
  reading.has_more =
      reading.end_step < epoch.end_step || &epoch != &epochs_.back();
  return reading;
}

bool SpikeRing::HasMore(const Cursor& cursor) const {
  MutexLock lock(&mutex_);
  const Epoch& now = epochs_.back();
  return cursor.epoch != now.epoch || cursor.step < now.end_step;
}

void SpikeRing::Select(const SpikeRun& run, const Cursor& cursor,
                       int64_t first_step, std::vector<SpikeRun::Step>* steps,
                       std::vector<int32_t>* neurons) const {
  const int32_t* next = run.neurons.data();
  for (const SpikeRun::Step& step : run.steps) {
    const int32_t* const end = next + step.count;
    const size_t before = neurons->size();
    if (step.step >= first_step) {
      for (size_t p = 0; p < cursor.populations.size(); ++p) {
        if (!cursor.populations[p]) continue;
        const auto* from = std::lower_bound(next, end, population_begin_[p]);
        const auto* to = std::lower_bound(from, end, population_begin_[p + 1]);
        neurons->insert(neurons->end(), from, to);
      }
    }
    if (neurons->size() > before) {
      steps->push_back(
          {step.step, static_cast<int32_t>(neurons->size() - before)});
    }
    next = end;
  }
}

int64_t SpikeRing::end_step() const {
  MutexLock lock(&mutex_);
  return epochs_.back().end_step;
}

}  // namespace spiked
