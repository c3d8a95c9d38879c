// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_CEIL_DIV_H_
#define SPIKED_SERVER_BASE_CEIL_DIV_H_

#include <cstdint>

namespace spiked {

// count / size, rounded up: the number of parts of `size` that hold `count`.
// (count + size - 1) / size would overflow if a client gives a size near the
// largest number. Requires: count >= 0, size > 0.
constexpr int64_t CeilDiv(int64_t count, int64_t size) {
  return count / size + (count % size == 0 ? 0 : 1);
}

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_CEIL_DIV_H_
