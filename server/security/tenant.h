// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_TENANT_H_
#define SPIKED_SERVER_SECURITY_TENANT_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/base/mutex.h"
#include "server/security/tenant_limits.h"
#include "server/security/token_bucket.h"

namespace spiked {

// Somebody who has sessions, what they use together and what they may use.
// Thread-safe.
class Tenant {
 public:
  // An empty name: the only tenant of a server without tokens.
  Tenant(std::string name, const TenantLimits& limits)
      : name_(std::move(name)), limits_(limits) {}

  const std::string& name() const { return name_; }
  void SetLimits(const TenantLimits& limits);

  // Takes an amount of something that is given back later: anything but the
  // rates. RESOURCE_EXHAUSTED, with a quota violation, if it is too much.
  absl::Status Claim(Resource resource, double amount);
  void Release(Resource resource, double amount);

  // Counts stimuli. RESOURCE_EXHAUSTED, with a time to wait, if they come too
  // fast.
  absl::Status TakeStimuli(int64_t count, int64_t now_nanos);

  // Nanoseconds until a stream may send again; 0: now.
  int64_t StreamWaitNanos(int64_t now_nanos);
  // What is sent: messages of streams, and answers, for which streams wait.
  void CountStreamBytes(int64_t bytes, int64_t now_nanos);

  struct Usage {
    TenantLimits limits{};
    // [resource] of the rates: the share of the last second's allowance.
    std::array<double, kResourceCount> used{};
    std::array<int64_t, kResourceCount> rejections{};

    // used / limit; 0 without a limit.
    double Ratio(int resource) const;
  };
  Usage usage(int64_t now_nanos);

 private:
  double limit(Resource resource) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return limits_[static_cast<int>(resource)];
  }

  const std::string name_;
  Mutex mutex_;
  TenantLimits limits_ ABSL_GUARDED_BY(mutex_);
  std::array<double, kResourceCount> used_ ABSL_GUARDED_BY(mutex_){};
  std::array<int64_t, kResourceCount> rejections_ ABSL_GUARDED_BY(mutex_){};
  TokenBucket stimuli_ ABSL_GUARDED_BY(mutex_);
  TokenBucket stream_bytes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TENANT_H_
