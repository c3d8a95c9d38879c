// SPDX-License-Identifier: Apache-2.0
//
// What an error says to programs, carried by absl::Status: which quota was
// passed, and after what time to try again. server/rpc turns them into details.

#ifndef SPIKED_SERVER_BASE_STATUS_PAYLOAD_H_
#define SPIKED_SERVER_BASE_STATUS_PAYLOAD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace spiked {

// RESOURCE_EXHAUSTED because of a quota, e.g. "sessions".
absl::Status QuotaError(const std::string& quota, const std::string& message);

// The error, with a time after which it may be gone.
absl::Status WithRetry(absl::Status status, int64_t after_nanos);

// What the two have put in; nothing if they were not used.
std::optional<std::string> QuotaOf(const absl::Status& status);
std::optional<int64_t> RetryNanosOf(const absl::Status& status);

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_STATUS_PAYLOAD_H_
