// SPDX-License-Identifier: Apache-2.0

#include "core/stimulus.h"

#include <utility>

namespace spiked {

void StimulusQueue::Add(Stimulus stimulus) {
  const int64_t begin = stimulus.begin_step;
  neuron_count_ += NeuronsOf(stimulus);
  waiting_.emplace(begin, std::move(stimulus));
}

template <class Ends>
void StimulusQueue::End(Ends ends) {
  std::erase_if(active_, [&](const Stimulus& stimulus) {
    if (!ends(stimulus)) return false;
    neuron_count_ -= NeuronsOf(stimulus);
    return true;
  });
}

const std::vector<Stimulus>& StimulusQueue::Advance(int64_t step) {
  End([&](const Stimulus& s) { return s.end_step <= step; });
  while (!waiting_.empty() && waiting_.begin()->first <= step) {
    const int encoder = waiting_.begin()->second.encoder;
    if (encoder >= 0) {
      End([&](const Stimulus& s) { return s.encoder == encoder; });
    }
    active_.push_back(std::move(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
  }
  return active_;
}

}  // namespace spiked
