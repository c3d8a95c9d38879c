// SPDX-License-Identifier: Apache-2.0

#include "server/session/core_error.h"

#include <utility>

#include "server/base/status_payload.h"

namespace spiked {

absl::Status FromCore(absl::Status status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return status;
    case absl::StatusCode::kCancelled:
      return WithReason(std::move(status), Reason::kCancelled);
    case absl::StatusCode::kInvalidArgument:
      return WithReason(std::move(status), Reason::kInvalidRequest);
    case absl::StatusCode::kResourceExhausted:
      return WithReason(std::move(status), Reason::kLimitReached);
    case absl::StatusCode::kFailedPrecondition:
      return WithReason(std::move(status), Reason::kSessionState);
    default:
      return WithReason(std::move(status), Reason::kInternal);
  }
}

}  // namespace spiked
