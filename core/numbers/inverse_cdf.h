// SPDX-License-Identifier: Apache-2.0
//
// Draws indices with given probabilities from one random word each: the inverse
// of the cumulative distribution, searched from where a guide table points
// (Chen and Asau 1974).

#ifndef SPIKED_CORE_NUMBERS_INVERSE_CDF_H_
#define SPIKED_CORE_NUMBERS_INVERSE_CDF_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spiked {

class InverseCdf {
 public:
  static constexpr size_t kMaxOutcomes = 65536;

  // cumulative[i]: the probability of an index of at most i. Ascending; the
  // last counts as 1. Requires: 1 to kMaxOutcomes of them. Probabilities are
  // rounded to multiples of 2^-32, so indices in the tails whose sum is less
  // than half of that are never drawn.
  explicit InverseCdf(const std::vector<double>& cumulative);

  // The index for a uniformly distributed word; ascends with the word.
  uint32_t operator()(uint32_t word) const {
    uint32_t i = guide_[word >> shift_];
    // Usually one step is enough, and this way takes no branch that can't be
    // predicted. No word is beyond the last index.
    i += word > last_[i];
    while (word > last_[i]) ++i;
    return first_ + i;
  }

  // The smallest and largest index that can be drawn.
  uint32_t first() const { return first_; }
  uint32_t last() const {
    return first_ + static_cast<uint32_t>(last_.size()) - 1;
  }

 private:
  uint32_t first_ = 0;
  int shift_ = 0;
  std::vector<uint32_t> last_;   // the largest word of each index from first_
  std::vector<uint16_t> guide_;  // the index of the first word of each interval
};

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_INVERSE_CDF_H_
