// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/services/weight_histogram.h"

#include <algorithm>
#include <cmath>

namespace spiked {

Histogram MakeHistogram(const VisitNumbers& numbers, int bin_count,
                        std::optional<double> min, std::optional<double> max) {
  Histogram h;
  h.bins.resize(bin_count);
  // First pass: range, mean and limits.
  double sum = 0;
  numbers([&](double x) {
    h.smallest = h.count == 0 ? x : std::min(h.smallest, x);
    h.largest = h.count == 0 ? x : std::max(h.largest, x);
    sum += x;
    ++h.count;
  });
  h.min = min.value_or(h.smallest);
  h.max = max.value_or(h.largest);
  if (h.count == 0) return h;
  h.mean = sum / static_cast<double>(h.count);
  // Second pass: bins and standard deviation.
  double squares = 0;
  const double bins_per_unit =
      h.max > h.min ? static_cast<double>(bin_count) / (h.max - h.min) : 0;
  numbers([&](double x) {
    squares += (x - h.mean) * (x - h.mean);
    if (x < h.min) {
      ++h.below_count;
    } else if (x > h.max) {
      ++h.above_count;
    } else {
      const int bin = static_cast<int>((x - h.min) * bins_per_unit);
      ++h.bins[std::min(bin, bin_count - 1)];
    }
  });
  h.standard_deviation = std::sqrt(squares / static_cast<double>(h.count));
  return h;
}

}  // namespace spiked
