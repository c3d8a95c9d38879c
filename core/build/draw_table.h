// SPDX-License-Identifier: Apache-2.0
//
// Draws numbers of a value that are rounded to multiples of a unit, such as
// delays in steps: exact probabilities, one random word and a nanosecond or two
// for each.

#ifndef SPIKED_CORE_BUILD_DRAW_TABLE_H_
#define SPIKED_CORE_BUILD_DRAW_TABLE_H_

#include <cstdint>
#include <utility>

#include "core/numbers/inverse_cdf.h"
#include "core/spec/network_spec.h"

namespace spiked {

class DrawTable {
 public:
  // Index k stands for k * unit and is drawn with the probability of the
  // numbers that std::round(x / unit) takes there; numbers beyond min_index and
  // max_index go to these. Bounds of the value itself hold for the unrounded
  // numbers: after redrawing what is below 1, 1 covers [1, 1.5). Probabilities
  // are rounded to multiples of 2^-32, so tails below that are never drawn.
  //
  // Requires: a valid value, neither a list nor by distance; unit > 0; 1 to
  // 65,536 indices that fit into 32 bits. Takes up to 50 ns to make and 12
  // bytes per index that can be drawn, so make one per distinct value; at least
  // 8 KiB.
  static DrawTable Of(const Value& value, double unit, int64_t min_index,
                      int64_t max_index);

  int32_t Draw(uint32_t word) const {
    return first_ + static_cast<int32_t>(inverse_(word));
  }

  // The smallest and the largest index that can be drawn; equal for constants.
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
