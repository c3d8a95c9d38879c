// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_CORE_ERROR_H_
#define SPIKED_SERVER_SESSION_CORE_ERROR_H_

#include "absl/status/status.h"

namespace spiked {

// An error of core/, which knows no reasons, with the reason that clients get:
// its functions refuse networks with few codes, and each has one meaning.
absl::Status FromCore(absl::Status status);

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_CORE_ERROR_H_
