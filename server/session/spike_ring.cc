// SPDX-License-Identifier: Apache-2.0

#include "server/session/spike_ring.h"

#include <algorithm>
#include <utility>

namespace spiked {

SpikeRing::SpikeRing(std::vector<int64_t> population_begin, size_t max_bytes)
    : population_begin_(std::move(population_begin)),
      max_bytes_(max_bytes),
      evicted_(population_begin_.size() - 1) {}

void SpikeRing::Append(std::shared_ptr<const SpikeRun> run, int64_t end_step) {
  MutexLock lock(&mutex_);
  end_step_ = end_step;
  if (run == nullptr || run->neurons.empty()) return;
  bytes_ += run->bytes();
  runs_.push_back(std::move(run));
  while (bytes_ > max_bytes_ && runs_.size() > 1) EvictOldest();
}

void SpikeRing::EvictOldest() {
  const SpikeRun& run = *runs_.front();
  for (int32_t neuron : run.neurons) {
    const auto it = std::upper_bound(population_begin_.begin(),
                                     population_begin_.end(), neuron);
    ++evicted_[it - population_begin_.begin() - 1];
  }
  first_step_ = run.steps.back().step + 1;
  bytes_ -= run.bytes();
  runs_.pop_front();
}

void SpikeRing::Reset(int64_t epoch) {
  MutexLock lock(&mutex_);
  while (!runs_.empty()) EvictOldest();
  epoch_ = epoch;
  first_step_ = 0;
  end_step_ = 0;
}

bool SpikeRing::Seek(int64_t step, std::vector<bool> populations,
                     Cursor* cursor) const {
  MutexLock lock(&mutex_);
  if (step < 0) step = end_step_;
  if (step < first_step_ || step > end_step_) return false;
  cursor->epoch = epoch_;
  cursor->step = step;
  cursor->populations = std::move(populations);
  cursor->spikes_before = EvictedOf(cursor->populations);
  std::vector<SpikeRun::Step> steps;
  std::vector<int32_t> neurons;
  for (const auto& run : runs_) {
    if (run->steps.front().step >= step) break;
    Select(*run, *cursor, 0, &steps, &neurons);
  }
  for (const SpikeRun::Step& s : steps) {
    if (s.step < step) cursor->spikes_before += s.count;
  }
  return true;
}

int64_t SpikeRing::EvictedOf(const std::vector<bool>& populations) const {
  int64_t sum = 0;
  for (size_t p = 0; p < evicted_.size(); ++p) {
    if (populations[p]) sum += evicted_[p];
  }
  return sum;
}

SpikeRing::Reading SpikeRing::Read(Cursor* cursor, int64_t max_spikes) const {
  MutexLock lock(&mutex_);
  Reading reading;
  if (cursor->epoch != epoch_ || cursor->step < first_step_) {
    const int64_t evicted = EvictedOf(cursor->populations);
    reading.dropped_spike_count =
        std::max<int64_t>(0, evicted - cursor->spikes_before);
    cursor->spikes_before = std::max(cursor->spikes_before, evicted);
    cursor->epoch = epoch_;
    cursor->step = first_step_;
  }
  reading.epoch = epoch_;
  reading.first_step = cursor->step;
  reading.end_step = end_step_;
  // The first run that ends after the cursor.
  auto it = std::partition_point(
      runs_.begin(), runs_.end(), [&](const auto& run) {
        return run->steps.back().step < cursor->step;
      });
  int64_t spikes = 0;
  for (; it != runs_.end(); ++it) {
    if (!reading.runs.empty() &&
        spikes + static_cast<int64_t>((*it)->neurons.size()) > max_spikes) {
      reading.end_step = (*it)->steps.front().step;
      break;
    }
    spikes += static_cast<int64_t>((*it)->neurons.size());
    reading.runs.push_back(*it);
  }
  cursor->step = reading.end_step;
  return reading;
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
  return end_step_;
}

}  // namespace spiked
