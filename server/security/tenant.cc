// SPDX-License-Identifier: Apache-2.0

#include "server/security/tenant.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_payload.h"

namespace spiked {
namespace {

// The name of a tenant in messages, such as: tenant "acme".
std::string Named(const std::string& tenant) {
  return tenant.empty() ? "the tenant"
                        : absl::StrCat("tenant \"", tenant, "\"");
}

}  // namespace

void Tenant::SetQuota(const TenantQuota& quota) {
  *weight_ = quota.weight;
  MutexLock lock(&mutex_);
  limits_ = quota.limits;
}

absl::Status Tenant::Check(int resource, double amount) {
  const int r = resource;
  if (limits_[r] <= 0 || used_[r] + amount <= limits_[r]) {
    return absl::OkStatus();
  }
  ++rejections_[r];
  return QuotaError(
      kResourceNames[r],
      absl::StrFormat("%s has %.0f %s and asks for %.0f more; its quota is "
                      "%.0f",
                      Named(name_), used_[r], kResourceNames[r], amount,
                      limits_[r]));
}

absl::Status Tenant::Claim(Resource resource, double amount) {
  const int r = static_cast<int>(resource);
  MutexLock lock(&mutex_);
  if (absl::Status status = Check(r, amount); !status.ok()) return status;
  used_[r] += amount;
  return absl::OkStatus();
}

absl::Status Tenant::Claim(const TenantAmounts& amounts) {
  MutexLock lock(&mutex_);
  for (int r = 0; r < kResourceCount; ++r) {
    if (amounts[r] == 0) continue;
    if (absl::Status status = Check(r, amounts[r]); !status.ok()) return status;
  }
  for (int r = 0; r < kResourceCount; ++r) used_[r] += amounts[r];
  return absl::OkStatus();
}

void Tenant::Release(Resource resource, double amount) {
  MutexLock lock(&mutex_);
  used_[static_cast<int>(resource)] -= amount;
}

void Tenant::Release(const TenantAmounts& amounts) {
  MutexLock lock(&mutex_);
  for (int r = 0; r < kResourceCount; ++r) used_[r] -= amounts[r];
}

absl::Status Tenant::TakeStimuli(int64_t count, int64_t now_nanos) {
  MutexLock lock(&mutex_);
  const double rate = limit(Resource::kStimuliPerS);
  const int64_t wait = stimuli_.WaitNanos(rate, now_nanos);
  if (wait > 0) {
    const int r = static_cast<int>(Resource::kStimuliPerS);
    ++rejections_[r];
    return WithRetry(
        QuotaError(kResourceNames[r],
                   absl::StrFormat("%s sends more than its quota of %.0f "
                                   "stimuli per second",
                                   Named(name_), rate)),
        wait);
  }
  stimuli_.Take(rate, static_cast<double>(count), now_nanos);
  return absl::OkStatus();
}

int64_t Tenant::StreamWaitNanos(int64_t now_nanos) {
  MutexLock lock(&mutex_);
  return stream_bytes_.WaitNanos(limit(Resource::kStreamBytesPerS), now_nanos);
}

void Tenant::CountStreamBytes(int64_t bytes, int64_t now_nanos) {
  MutexLock lock(&mutex_);
  stream_bytes_.Take(limit(Resource::kStreamBytesPerS),
                     static_cast<double>(bytes), now_nanos);
}

double Tenant::Usage::Ratio(int resource) const {
  return limits[resource] > 0 ? used[resource] / limits[resource] : 0;
}

Tenant::Usage Tenant::usage(int64_t now_nanos) {
  MutexLock lock(&mutex_);
  Usage usage{limits_, used_, rejections_};
  const auto rate = [&](Resource resource, TokenBucket& bucket) {
    const double limit = usage.limits[static_cast<int>(resource)];
    usage.used[static_cast<int>(resource)] =
        std::max(0.0, bucket.Used(limit, now_nanos)) * limit;
  };
  rate(Resource::kStimuliPerS, stimuli_);
  rate(Resource::kStreamBytesPerS, stream_bytes_);
  return usage;
}

}  // namespace spiked
