// SPDX-License-Identifier: Apache-2.0
//
// Machine-readable parts of an error, carried by absl::Status: the quota that
// would have been exceeded, and the time after which to try again. server/rpc
// turns them into gRPC error details.

#ifndef SPIKED_SERVER_BASE_STATUS_PAYLOAD_H_
#define SPIKED_SERVER_BASE_STATUS_PAYLOAD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace spiked {

// RESOURCE_EXHAUSTED because of a quota, e.g. "sessions".
absl::Status QuotaError(const std::string& quota, const std::string& message);

// The error with a time after which a retry may succeed.
absl::Status WithRetry(absl::Status status, int64_t after_nanos);

// The quota of QuotaError and the time of WithRetry; nullopt if the error has
// none.
std::optional<std::string> QuotaOf(const absl::Status& status);
std::optional<int64_t> RetryNanosOf(const absl::Status& status);

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_STATUS_PAYLOAD_H_
