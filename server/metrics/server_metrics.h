// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_METRICS_SERVER_METRICS_H_
#define SPIKED_SERVER_METRICS_SERVER_METRICS_H_

#include <prometheus/collectable.h>

#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/session/registry/session_registry.h"
#include "server/statistics/call_statistics.h"
#include "server/statistics/statistics.h"

namespace spiked {

// All metrics of the daemon for Prometheus. Each scrape reads the numbers from
// their owners, so a deleted session disappears by itself, and no step waits
// for a metric. Labels have few values: there are no labels per session or
// tenant. Thread-safe.
class ServerMetrics : public prometheus::Collectable {
 public:
  // The pointers passed outlive the metrics.
  ServerMetrics(std::string version, int worker_threads,
                const SessionRegistry* registry, const Statistics* statistics,
                const CallStatistics* calls, const Clock* clock);

  std::vector<prometheus::MetricFamily> Collect() const override;

  // The families in the text format of Prometheus.
  std::string Text() const;
  static const char* ContentType();

 private:
  std::vector<prometheus::MetricFamily> CollectSessions() const;
  std::vector<prometheus::MetricFamily> CollectTime() const;
  std::vector<prometheus::MetricFamily> CollectStreams() const;
  std::vector<prometheus::MetricFamily> CollectCalls() const;
  std::vector<prometheus::MetricFamily> CollectSecurity() const;

  const std::string version_;
  const int worker_threads_;
  const SessionRegistry* const registry_;
  const Statistics* const statistics_;
  const CallStatistics* const calls_;
  const Clock* const clock_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_METRICS_SERVER_METRICS_H_
