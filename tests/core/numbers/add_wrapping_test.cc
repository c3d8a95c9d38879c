// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/add_wrapping.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

TEST(AddWrapping, AddsModulo65536AndSaysWhenItWrapped) {
  for (int before : {-32768, -32767, -20000, -1, 0, 1, 20000, 32766, 32767}) {
    for (int value : {-32768, -32767, -12769, -1, 0, 1, 12767, 32767}) {
      auto sum = static_cast<int16_t>(before);
      const bool wrapped = AddWrapping(static_cast<int16_t>(value), &sum);
      const int exact = before + value;
      EXPECT_EQ(wrapped, exact < -32768 || exact > 32767)
          << before << " + " << value;
      const int carried = wrapped ? (value > 0 ? 65536 : -65536) : 0;
      EXPECT_EQ(sum + carried, exact) << before << " + " << value;
    }
  }
}

}  // namespace
}  // namespace spiked
