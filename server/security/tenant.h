// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_TENANT_H_
#define SPIKED_SERVER_SECURITY_TENANT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/base/mutex.h"
#include "server/security/tenant_limits.h"
#include "server/security/token_bucket.h"

namespace spiked {

// An owner of sessions, with its use of resources and its limits. Thread-safe.
class Tenant {
 public:
  // The name is empty for the only tenant of a server without tokens.
  Tenant(std::string name, const TenantQuota& quota)
      : name_(std::move(name)),
        weight_(std::make_shared<std::atomic<double>>(quota.weight)),
        limits_(quota.limits) {}

  const std::string& name() const { return name_; }
  void SetQuota(const TenantQuota& quota);

  // TenantQuota::weight; changes with the quota.
  std::shared_ptr<const std::atomic<double>> weight() const { return weight_; }

  // Takes an amount of a resource, which Release gives back; not for the rates.
  // Error: RESOURCE_EXHAUSTED, with the quota, if it would exceed the limit.
  absl::Status Claim(Resource resource, double amount);
  void Release(Resource resource, double amount);

  // The same for several resources, all or nothing. A resource of which nothing
  // is asked is never too much.
  absl::Status Claim(const TenantAmounts& amounts);
  void Release(const TenantAmounts& amounts);

  // Counts stimuli. Error: RESOURCE_EXHAUSTED, with a time after which to try
  // again, if they come too fast.
  absl::Status TakeStimuli(int64_t count, int64_t now_nanos);

  // Nanoseconds until a stream may send; 0 means now.
  int64_t StreamWaitNanos(int64_t now_nanos);
  // Counts bytes sent to the tenant: messages of streams, and answers. Answers
  // don't wait for the quota, but make streams wait longer.
  void CountStreamBytes(int64_t bytes, int64_t now_nanos);

  struct Usage {
    TenantLimits limits{};
    // [resource]; for rates, the used amount of one second's allowance.
    std::array<double, kResourceCount> used{};
    std::array<int64_t, kResourceCount> rejections{};

    // Used / limit; 0 without a limit.
    double Ratio(int resource) const;
  };
  Usage usage(int64_t now_nanos);

 private:
  // RESOURCE_EXHAUSTED, and counted, if the amount is too much.
  absl::Status Check(int resource, double amount)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  double limit(Resource resource) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return limits_[static_cast<int>(resource)];
  }

  const std::string name_;
  const std::shared_ptr<std::atomic<double>> weight_;
  Mutex mutex_;
  TenantLimits limits_ ABSL_GUARDED_BY(mutex_);
  std::array<double, kResourceCount> used_ ABSL_GUARDED_BY(mutex_){};
  std::array<int64_t, kResourceCount> rejections_ ABSL_GUARDED_BY(mutex_){};
  TokenBucket stimuli_ ABSL_GUARDED_BY(mutex_);
  TokenBucket stream_bytes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TENANT_H_
