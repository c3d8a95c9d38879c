// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/bare/poisson.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace spiked::benchmark {

PoissonTable::PoissonTable(double mean) {
  // Each entry has the probability 1 / 32. Counts with more than that fill up
  // the entries of counts with less.
  double left[32];
  int alias[32];
  double keep[32];
  std::vector<int> below;
  std::vector<int> above;
  double probability = std::exp(-mean);
  for (int k = 0; k < 32; ++k) {
    left[k] = 32 * probability;
    alias[k] = k;
    keep[k] = 1;
    (left[k] < 1 ? below : above).push_back(k);
    probability *= mean / (k + 1);
  }
  while (!below.empty() && !above.empty()) {
    const int low = below.back();
    const int high = above.back();
    below.pop_back();
    keep[low] = left[low];
    alias[low] = high;
    left[high] -= 1 - left[low];
    if (left[high] < 1) {
      above.pop_back();
      below.push_back(high);
    }
  }
  for (int k = 0; k < 32; ++k) {
    const double threshold = keep[k] * 2048;
    const double whole = std::min(2047.0, std::floor(threshold));
    table_[k] = static_cast<uint16_t>(static_cast<int>(whole) << 5 | alias[k]);
    fraction_[k] = static_cast<uint64_t>((threshold - whole) * 0x1p32);
  }
}

}  // namespace spiked::benchmark
