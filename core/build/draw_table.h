// SPDX-License-Identifier: Apache-2.0
//
// Draws numbers from a value, rounded to multiples of a unit, such as delays in
// steps. Probabilities are exact; a draw takes one random word and a nanosecond
// or two.

#ifndef SPIKED_CORE_BUILD_DRAW_TABLE_H_
#define SPIKED_CORE_BUILD_DRAW_TABLE_H_

#include <cstdint>
#include <utility>

#include "core/numbers/inverse_cdf.h"
#include "core/spec/network_spec.h"

namespace spiked {

class DrawTable {
 public:
  // Index k stands for k * unit and is drawn with the probability of all
  // numbers x for which std::round(x / unit) is k. Numbers beyond min_index and
  // max_index count as these. Bounds of the value apply before rounding: if
  // numbers below 1 are redrawn, index 1 covers [1, 1.5). Probabilities are
  // rounded to multiples of 2^-32, so tails below that are never drawn.
  //
  // Requires: a valid value, neither a list nor by distance; unit > 0; 1 to
  // 65,536 indices that fit into 32 bits. Making a table takes up to 50 ns per
  // index that can be drawn, and the table 12 bytes per index, at least 8 KiB,
  // so make one per distinct value.
  static DrawTable Of(const Value& value, double unit, int64_t min_index,
                      int64_t max_index);

  int32_t Draw(uint32_t word) const {
    return first_ + static_cast<int32_t>(inverse_(word));
  }

  // The smallest and the largest index that can be drawn, which are equal for
  // constants.
  int32_t min() const {
    return first_ + static_cast<int32_t>(inverse_.first());
  }
  int32_t max() const { return first_ + static_cast<int32_t>(inverse_.last()); }

 private:
  DrawTable(int32_t first, InverseCdf inverse)
      : first_(first), inverse_(std::move(inverse)) {}

  int32_t first_;  // the index of outcome 0
  InverseCdf inverse_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_DRAW_TABLE_H_
