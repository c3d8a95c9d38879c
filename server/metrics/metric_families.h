// SPDX-License-Identifier: Apache-2.0
//
// Plain numbers as Prometheus metric families.

#ifndef SPIKED_SERVER_METRICS_METRIC_FAMILIES_H_
#define SPIKED_SERVER_METRICS_METRIC_FAMILIES_H_

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

#include "server/statistics/histogram.h"

namespace spiked {

using Labels = std::vector<prometheus::ClientMetric::Label>;

// Builds a metric family: Add its values, then take `family`.
class FamilyBuilder {
 public:
  static FamilyBuilder Counter(std::string name, std::string help);
  static FamilyBuilder Gauge(std::string name, std::string help);
  static FamilyBuilder Histogram(std::string name, std::string help);

  FamilyBuilder& Add(double value, Labels labels = {});

  // A histogram with bucket bounds first, first * 2, ... up to last, in
  // seconds.
  FamilyBuilder& Add(const DurationHistogram& histogram, double first_s,
                     double last_s, Labels labels = {});

  prometheus::MetricFamily family;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_METRICS_METRIC_FAMILIES_H_
