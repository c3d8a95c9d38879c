// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_METRICS_PROCESS_METRICS_H_
#define SPIKED_SERVER_METRICS_PROCESS_METRICS_H_

#include <prometheus/metric_family.h>

#include <vector>

namespace spiked {

// The process_* metrics that every Prometheus client has, read from /proc.
std::vector<prometheus::MetricFamily> CollectProcessMetrics();

}  // namespace spiked

#endif  // SPIKED_SERVER_METRICS_PROCESS_METRICS_H_
