// SPDX-License-Identifier: Apache-2.0

#include "core/stimulus.h"

#include <utility>

namespace spiked {

void StimulusQueue::Add(Stimulus stimulus) {
  const int64_t begin = stimulus.begin_step;
  neuron_count_ += NeuronsOf(stimulus);
  waiting_.emplace(begin, std::move(stimulus));
}

const std::vector<Stimulus>& StimulusQueue::Advance(int64_t step) {
  if (!active_.empty()) {
    std::erase_if(active_, [&](const Stimulus& s) {
      if (s.end_step > step) return false;
      neuron_count_ -= NeuronsOf(s);
      return true;
    });
  }
  while (!waiting_.empty() && waiting_.begin()->first <= step) {
    active_.push_back(std::move(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
  }
  return active_;
}

}  // namespace spiked
