// SPDX-License-Identifier: Apache-2.0

#include "core/network/stimulus.h"

#include <utility>

namespace spiked {
namespace {

// Whether a stimulus ends earlier ones of its kind when it begins.
bool Replaces(const Stimulus& next) {
  return next.encoder >= 0 ||
         (next.targets->rates.has_value() && next.end_step == kForever);
}

// Whether `next`, which begins, ends `earlier`. Requires: Replaces(next).
bool Ends(const Stimulus& next, const Stimulus& earlier) {
  if (next.encoder >= 0) return earlier.encoder == next.encoder;
  return earlier.targets->rates.has_value() && earlier.end_step == kForever &&
         earlier.targets->population == next.targets->population &&
         earlier.targets->receptor == next.targets->receptor;
}

}  // namespace

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
  std::map<int, int32_t> rates;  // beginning now, by population
  while (!waiting_.empty() && waiting_.begin()->first <= step) {
    Stimulus& next = waiting_.begin()->second;
    if (Replaces(next)) End([&](const Stimulus& s) { return Ends(next, s); });
    if (next.targets->rates.has_value()) {
      next.ordinal = rates[next.targets->population]++;
    }
    active_.push_back(std::move(next));
    waiting_.erase(waiting_.begin());
  }
  return active_;
}

}  // namespace spiked
