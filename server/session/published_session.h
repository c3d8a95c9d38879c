// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_PUBLISHED_SESSION_H_
#define SPIKED_SERVER_SESSION_PUBLISHED_SESSION_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "server/base/mutex.h"
#include "server/session/command.h"
#include "server/session/session_meter.h"
#include "server/session/session_network.h"
#include "server/statistics/histogram.h"

namespace spiked {

// A session as its worker last told other threads. Thread-safe.
class PublishedSession {
 public:
  explicit PublishedSession(const SessionOptions& options) {
    status_.options = options;
  }

  // `lateness`: of ticks; null: none yet.
  void Set(const SessionStatus& status, const SessionMetrics& metrics,
           std::shared_ptr<DurationHistogram> lateness, int64_t memory_bytes) {
    MutexLock lock(&mutex_);
    status_ = status;
    metrics_ = metrics;
    lateness_ = std::move(lateness);
    memory_bytes_ = memory_bytes;
  }

  SessionStatus status() const {
    MutexLock lock(&mutex_);
    return status_;
  }
  std::shared_ptr<const SessionNetwork> built() const {
    MutexLock lock(&mutex_);
    return status_.built;
  }
  int64_t memory_bytes() const {
    MutexLock lock(&mutex_);
    return memory_bytes_;
  }
  // With quantiles of the lateness.
  SessionMetrics metrics() const;

 private:
  mutable Mutex mutex_;
  SessionStatus status_ ABSL_GUARDED_BY(mutex_);
  SessionMetrics metrics_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<DurationHistogram> lateness_ ABSL_GUARDED_BY(mutex_);
  int64_t memory_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_PUBLISHED_SESSION_H_
