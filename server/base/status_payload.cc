// SPDX-License-Identifier: Apache-2.0

#include "server/base/status_payload.h"

#include <cstdlib>
#include <iterator>

#include "absl/strings/cord.h"

namespace spiked {
namespace {

struct ReasonEntry {
  Reason reason;
  const char* name;
  absl::StatusCode code;
};
using Code = absl::StatusCode;
constexpr ReasonEntry kReasons[] = {
    {Reason::kCancelled, "CANCELLED", Code::kCancelled},
    {Reason::kInvalidRequest, "INVALID_REQUEST", Code::kInvalidArgument},
    {Reason::kInvalidNetwork, "INVALID_NETWORK", Code::kInvalidArgument},
    {Reason::kSessionNotFound, "SESSION_NOT_FOUND", Code::kNotFound},
    {Reason::kSessionExists, "SESSION_EXISTS", Code::kAlreadyExists},
    {Reason::kRequestIdReused, "REQUEST_ID_REUSED", Code::kAlreadyExists},
    {Reason::kSessionState, "SESSION_STATE", Code::kFailedPrecondition},
    {Reason::kStepMismatch, "STEP_MISMATCH", Code::kAborted},
    {Reason::kStepPassed, "STEP_PASSED", Code::kFailedPrecondition},
    {Reason::kStepNotInHistory, "STEP_NOT_IN_HISTORY", Code::kOutOfRange},
    {Reason::kHistoryEvicted, "HISTORY_EVICTED", Code::kOutOfRange},
    {Reason::kEpochMismatch, "EPOCH_MISMATCH", Code::kAborted},
    {Reason::kIncarnationMismatch, "INCARNATION_MISMATCH", Code::kAborted},
    {Reason::kBootIdMismatch, "BOOT_ID_MISMATCH", Code::kAborted},
    {Reason::kNetworkEdited, "NETWORK_EDITED", Code::kAborted},
    {Reason::kSlowConsumer, "SLOW_CONSUMER", Code::kResourceExhausted},
    {Reason::kLateStimulus, "LATE_STIMULUS", Code::kOutOfRange},
    {Reason::kLimitReached, "LIMIT_REACHED", Code::kResourceExhausted},
    {Reason::kQuotaExceeded, "QUOTA_EXCEEDED", Code::kResourceExhausted},
    {Reason::kServerStopping, "SERVER_STOPPING", Code::kUnavailable},
    {Reason::kMessagesLost, "MESSAGES_LOST", Code::kDataLoss},
    {Reason::kUnauthenticated, "UNAUTHENTICATED", Code::kUnauthenticated},
    {Reason::kPermissionDenied, "PERMISSION_DENIED", Code::kPermissionDenied},
    {Reason::kUploadAbandoned, "INTERNAL", Code::kDeadlineExceeded},
    {Reason::kInternal, "INTERNAL", Code::kInternal}};

// The entries are in the order of the enumeration.
static_assert([] {
  for (size_t i = 0; i < std::size(kReasons); ++i) {
    if (kReasons[i].reason != static_cast<Reason>(i)) return false;
  }
  return std::size(kReasons) == static_cast<size_t>(Reason::kInternal) + 1;
}());

constexpr char kReason[] = "spiked/reason";
constexpr char kQuota[] = "spiked/quota";
constexpr char kRetryNanos[] = "spiked/retry_nanos";
constexpr char kMetadataPrefix[] = "spiked/metadata/";

}  // namespace

const char* NameOf(Reason reason) {
  return kReasons[static_cast<size_t>(reason)].name;
}

absl::StatusCode CodeOf(Reason reason) {
  return kReasons[static_cast<size_t>(reason)].code;
}

absl::Status Refusal(Reason reason, absl::string_view message) {
  return WithReason(absl::Status(CodeOf(reason), message), reason);
}

absl::Status WithReason(absl::Status status, Reason reason) {
  const auto number = static_cast<int>(reason);
  status.SetPayload(kReason, absl::Cord(std::to_string(number)));
  return status;
}

absl::Status QuotaError(const std::string& quota, const std::string& message) {
  absl::Status status = Refusal(Reason::kQuotaExceeded, message);
  status.SetPayload(kQuota, absl::Cord(quota));
  return status;
}

absl::Status WithRetry(absl::Status status, int64_t after_nanos) {
  status.SetPayload(kRetryNanos, absl::Cord(std::to_string(after_nanos)));
  return status;
}

absl::Status WithMetadata(absl::Status status, absl::string_view key,
                          absl::string_view value) {
  status.SetPayload(kMetadataPrefix + std::string(key), absl::Cord(value));
  return status;
}

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  std::map<std::string, std::string> metadata;
  const absl::string_view prefix = kMetadataPrefix;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    if (url.substr(0, prefix.size()) != prefix) return;
    metadata[std::string(url.substr(prefix.size()))] = std::string(value);
  });
  return metadata;
}

std::optional<Reason> ReasonOf(const absl::Status& status) {
  const auto number = status.GetPayload(kReason);
  if (!number.has_value()) return std::nullopt;
  return static_cast<Reason>(
      std::strtol(std::string(*number).c_str(), nullptr, 10));
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
