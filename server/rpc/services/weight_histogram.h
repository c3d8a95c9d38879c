// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVICES_WEIGHT_HISTOGRAM_H_
#define SPIKED_SERVER_RPC_SERVICES_WEIGHT_HISTOGRAM_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace spiked {

// How numbers are distributed. See v1::GetWeightHistogramResponse.
struct Histogram {
  int64_t count = 0;
  double mean = 0;
  double standard_deviation = 0;  // of the population
  double smallest = 0;
  double largest = 0;
  double min = 0;  // where the first bin begins
  double max = 0;  // where the last one ends; is in it
  std::vector<int64_t> bins;
  int64_t below_count = 0;
  int64_t above_count = 0;
};

// Calls visit(number) for all numbers, in the same order each time.
using VisitNumbers =
    std::function<void(const std::function<void(double)>& visit)>;

// A limit that isn't given is the smallest or largest number. The numbers are
// visited twice. Requires: bin_count > 0; limits are finite.
Histogram MakeHistogram(const VisitNumbers& numbers, int bin_count,
                        std::optional<double> min, std::optional<double> max);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_WEIGHT_HISTOGRAM_H_
