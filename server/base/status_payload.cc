// SPDX-License-Identifier: Apache-2.0

#include "server/base/status_payload.h"

#include <cstdlib>

#include "absl/strings/cord.h"

namespace spiked {
namespace {

constexpr char kQuota[] = "spiked/quota";
constexpr char kRetryNanos[] = "spiked/retry_nanos";

}  // namespace

absl::Status QuotaError(const std::string& quota, const std::string& message) {
  absl::Status status = absl::ResourceExhaustedError(message);
  status.SetPayload(kQuota, absl::Cord(quota));
  return status;
}

absl::Status WithRetry(absl::Status status, int64_t after_nanos) {
  status.SetPayload(kRetryNanos, absl::Cord(std::to_string(after_nanos)));
  return status;
}

std::optional<std::string> QuotaOf(const absl::Status& status) {
  const auto quota = status.GetPayload(kQuota);
  if (!quota.has_value()) return std::nullopt;
  return std::string(*quota);
}

std::optional<int64_t> RetryNanosOf(const absl::Status& status) {
  const auto nanos = status.GetPayload(kRetryNanos);
  if (!nanos.has_value()) return std::nullopt;
  return std::strtoll(std::string(*nanos).c_str(), nullptr, 10);
}

}  // namespace spiked
