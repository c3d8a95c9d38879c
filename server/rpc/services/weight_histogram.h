// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVICES_WEIGHT_HISTOGRAM_H_
#define SPIKED_SERVER_RPC_SERVICES_WEIGHT_HISTOGRAM_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace spiked {

// The distribution of numbers; see v1::GetWeightHistogramResponse.
struct Histogram {
  int64_t count = 0;
  double mean = 0;
  double standard_deviation = 0;  // divided by the count
  double smallest = 0;
  double largest = 0;
  double min = 0;  // begin of the first bin
  double max = 0;  // end of the last bin, inclusive
  std::vector<int64_t> bins;
  int64_t below_count = 0;
  int64_t above_count = 0;
};

// Calls visit(number) for all numbers, in the same order each time.
using VisitNumbers =
    std::function<void(const std::function<void(double)>& visit)>;

// Makes a histogram with bins of equal width from `min` to `max`; by default
// these are the smallest and largest number. Visits the numbers twice.
// Requires: bin_count > 0; limits are finite.
Histogram MakeHistogram(const VisitNumbers& numbers, int bin_count,
                        std::optional<double> min, std::optional<double> max);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_WEIGHT_HISTOGRAM_H_
