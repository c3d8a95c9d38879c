// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/inverse_cdf.h"

#include <algorithm>
#include <cmath>

namespace spiked {
namespace {

// Guides of 2^12 to 2^17 intervals, two per outcome: most searches end at the
// first or second outcome.
constexpr int kMinGuideBits = 12;
constexpr int kMaxGuideBits = 17;

}  // namespace

InverseCdf::InverseCdf(const std::vector<double>& cumulative) {
  // The last word of each index.
  uint64_t end = 0;  // one beyond the words of the indices so far
  for (size_t i = 0; i < cumulative.size(); ++i) {
    const double scaled =
        std::round(std::clamp(cumulative[i], 0.0, 1.0) * 0x1p32);
    end = i + 1 == cumulative.size()
              ? uint64_t{1} << 32
              : std::max(end, static_cast<uint64_t>(scaled));
    if (end == 0) {
      ++first_;
    } else {
      last_.push_back(static_cast<uint32_t>(end - 1));
    }
    if (end == uint64_t{1} << 32) break;
  }
  // The index with which each interval of the guide begins.
  int bits = kMinGuideBits;
  while (bits < kMaxGuideBits && (size_t{1} << bits) < 2 * last_.size()) ++bits;
  shift_ = 32 - bits;
  guide_.resize(size_t{1} << bits);
  uint16_t i = 0;
  for (size_t g = 0; g < guide_.size(); ++g) {
    while (last_[i] < g << shift_) ++i;
    guide_[g] = i;
  }
}

}  // namespace spiked
