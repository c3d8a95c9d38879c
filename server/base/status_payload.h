// SPDX-License-Identifier: Apache-2.0
//
// Machine-readable parts of an error, carried by absl::Status: its reason, the
// quota that would have been exceeded, and the time after which to try again.
// server/rpc turns them into gRPC error details.

#ifndef SPIKED_SERVER_BASE_STATUS_PAYLOAD_H_
#define SPIKED_SERVER_BASE_STATUS_PAYLOAD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace spiked {

// Why a call is refused. A reason has a name, which clients get, and belongs to
// one code. Names are part of the API: proto/spiked/v1/error_details.proto.
enum class Reason {
  kCancelled,
  kInvalidRequest,
  kInvalidNetwork,
  kSessionNotFound,
  kSessionExists,
  kRequestIdReused,
  kSessionState,
  kStepMismatch,
  kStepPassed,
  kStepNotInHistory,
  kHistoryEvicted,
  kEpochMismatch,
  kIncarnationMismatch,
  kBootIdMismatch,
  kNetworkEdited,
  kSlowConsumer,
  kLateStimulus,
  kLimitReached,
  kQuotaExceeded,
  kServerStopping,
  kMessagesLost,
  kUnauthenticated,
  kPermissionDenied,
  kUploadAbandoned,  // DEADLINE_EXCEEDED; its name is INTERNAL
  kInternal,         // last
};

// E.g. "SESSION_NOT_FOUND".
const char* NameOf(Reason reason);
absl::StatusCode CodeOf(Reason reason);

// An error with the reason and its code.
absl::Status Refusal(Reason reason, absl::string_view message);

// The same error with a reason, for errors of core, which knows none.
absl::Status WithReason(absl::Status status, Reason reason);

// RESOURCE_EXHAUSTED because of a quota, e.g. "sessions".
absl::Status QuotaError(const std::string& quota, const std::string& message);

// The error with a time after which a retry may succeed.
absl::Status WithRetry(absl::Status status, int64_t after_nanos);

// The error with a fact for programs, which clients get as a part of
// ErrorInfo.metadata, e.g. "incarnation_id".
absl::Status WithMetadata(absl::Status status, absl::string_view key,
                          absl::string_view value);

// All facts of WithMetadata by key.
std::map<std::string, std::string> MetadataOf(const absl::Status& status);

// The reason, the quota of QuotaError and the time of WithRetry; nullopt if the
// error has none.
std::optional<Reason> ReasonOf(const absl::Status& status);
std::optional<std::string> QuotaOf(const absl::Status& status);
std::optional<int64_t> RetryNanosOf(const absl::Status& status);

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_STATUS_PAYLOAD_H_
