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

// Everything that the daemon tells Prometheus, read from those who own the
// numbers when it asks: a deleted session disappears by itself, and no step
// ever waits for a metric. Labels have few values: nothing is labelled by
// session. Thread-safe.
class ServerMetrics : public prometheus::Collectable {
 public:
  // What is passed outlives the metrics.
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
