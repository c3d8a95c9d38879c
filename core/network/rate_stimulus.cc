// SPDX-License-Identifier: Apache-2.0

#include "core/network/rate_stimulus.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/network/rate_stimulus.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/numbers/simd_random.h"

#ifndef SPIKED_CORE_RATE_STIMULUS_WORDS_
#define SPIKED_CORE_RATE_STIMULUS_WORDS_
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "core/model/poisson_tables.h"

namespace spiked::rate_stimulus {

using poisson::kDigits;

// A mean is the sum of kDigits digits and a rest. Part k uses draw 2 k
// (core/numbers/simd_random.h), and draw 2 k + 1 to decide its ties.
constexpr int kRest = kDigits;

// Neurons whose random words are drawn together; ForEachRandomVector begins at
// multiples of it.
constexpr int64_t kTogether = 64;

struct RandomWords {
  alignas(64) uint32_t of[kRest + 1][kTogether];
};

}  // namespace spiked::rate_stimulus
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Draws the words of kTogether neurons from `first` on.
void DrawRateWords(const ArsKeys& keys, int64_t step, int64_t first,
                   int digit_count, rate_stimulus::RandomWords& words) {
  const auto draw = [&](int part) {
    uint32_t* const to = words.of[part];
    ForEachRandomVector(keys, step, static_cast<uint32_t>(2 * part), first,
                        rate_stimulus::kTogether, [&](Words random, int64_t i) {
                          hn::Store(random, WordTag(), to + i);
                        });
  };
  for (int digit = 0; digit < digit_count; ++digit) draw(digit);
  draw(rate_stimulus::kRest);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {

HWY_EXPORT(DrawRateWords);

namespace rate_stimulus {
namespace {

using poisson::Rests;
using poisson::Tables;

// The tables of the digits; null from `digit_count` on.
struct DigitTables {
  explicit DigitTables(int digit_count) {
    for (int d = 0; d < digit_count; ++d) of[d] = &poisson::TablesOfDigit(d);
  }
  const Tables* of[kDigits] = {};
};

// The spike counts of one stimulus in one step.
class Draws {
 public:
  Draws(const Stimulus& stimulus, int64_t step)
      : keys_(StreamOf(stimulus)),
        step_(step),
        digit_count_(stimulus.targets->rates->digit_count),
        tables_(digit_count_) {}

  // Draws the words of the kTogether neurons from `first` on.
  void MoveTo(int64_t first) {
    first_ = first;
    HWY_DYNAMIC_DISPATCH(DrawRateWords)
    (keys_, step_, first, digit_count_, words_);
  }

  // The spike count of one of these neurons.
  int64_t Count(int64_t neuron, double mean) const {
    const int64_t i = neuron - first_;
    const poisson::Digits digits(mean);
    int64_t count = 0;
    for (int d = 0; d < digit_count_; ++d) {
      const int64_t digit = digits[d];
      if (digit == 0) continue;
      count += tables_.of[d]->Count(digit, words_.of[d][i],
                                    [&] { return Tie(d, neuron); });
    }
    const double rest = digits.rest;
    const uint32_t word = words_.of[kRest][i];
    // For other words the count is 0: see Rests::CountOf.
    if (static_cast<double>(word) < rest * 0x1p32) {
      count += Rests::CountOf(rest, uint64_t{word} << 32 | Tie(kRest, neuron));
    }
    return count;
  }

 private:
  static RandomStream StreamOf(const Stimulus& stimulus) {
    const auto words = RandomBlock(stimulus.targets->rates->stream,
                                   static_cast<uint64_t>(stimulus.begin_step),
                                   static_cast<uint64_t>(stimulus.ordinal));
    return {{words[0], words[1]}};
  }

  // Gives the word of RandomWord in core/numbers/simd_random.h.
  uint32_t Tie(int part, int64_t neuron) const {
    const uint64_t draw = 2 * static_cast<uint64_t>(part) + 1;
    const auto block = static_cast<uint32_t>(neuron / 4);
    return ArsBlock(keys_, static_cast<uint64_t>(step_),
                    draw << 32 | block)[neuron % 4];
  }

  ArsKeys keys_;
  int64_t step_;
  int digit_count_;
  DigitTables tables_;
  int64_t first_ = 0;
  RandomWords words_ = {};
};

}  // namespace
}  // namespace rate_stimulus

int PrepareRates(double largest_mean) {
  int digit_count = 0;
  for (auto digits = static_cast<int64_t>(largest_mean * 64); digits > 0;
       digits >>= 6) {
    ++digit_count;
  }
  const rate_stimulus::DigitTables made(digit_count);
  return digit_count;
}

template <typename T>
void AddRates(const Stimulus& stimulus, int64_t step, const Run& run, T* row) {
  constexpr int64_t kTogether = rate_stimulus::kTogether;
  const StimulusTargets& targets = *stimulus.targets;
  const std::vector<int32_t>& neurons = targets.neurons;
  const int64_t end = run.first + run.count;
  auto next = std::lower_bound(neurons.begin(), neurons.end(), run.first);
  if (next == neurons.end() || *next >= end) return;
  rate_stimulus::Draws draws(stimulus, step);
  const size_t stride = targets.amplitudes.size() == 1 ? 0 : 1;
  const double* mean = targets.amplitudes.data() +
                       static_cast<size_t>(next - neurons.begin()) * stride;
  const auto weight = static_cast<T>(targets.rates->weight);
  while (next != neurons.end() && *next < end) {
    const int64_t together = *next / kTogether * kTogether;
    const int64_t until = std::min(together + kTogether, end);
    draws.MoveTo(together);
    for (; next != neurons.end() && *next < until; ++next, mean += stride) {
      row[run.first_slot + (*next - run.first)] +=
          weight * static_cast<T>(draws.Count(*next, *mean));
    }
  }
}

template void AddRates(const Stimulus& stimulus, int64_t step, const Run& run,
                       float* row);
template void AddRates(const Stimulus& stimulus, int64_t step, const Run& run,
                       double* row);

}  // namespace spiked
#endif  // HWY_ONCE
