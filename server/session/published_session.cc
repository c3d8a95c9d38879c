// SPDX-License-Identifier: Apache-2.0

#include "server/session/published_session.h"

namespace spiked {

SessionMetrics PublishedSession::metrics() const {
  SessionMetrics metrics;
  std::shared_ptr<DurationHistogram> lateness;
  {
    MutexLock lock(&mutex_);
    metrics = metrics_;
    lateness = lateness_;
  }
  if (lateness == nullptr) return metrics;
  const auto seconds = [&](double fraction) {
    return static_cast<double>(lateness->QuantileNanos(fraction)) / 1e9;
  };
  metrics.lateness_p50_s = seconds(0.5);
  metrics.lateness_p99_s = seconds(0.99);
  return metrics;
}

}  // namespace spiked
